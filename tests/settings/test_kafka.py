"""Settings of the log, and of MSK."""

from typing import Any

import pytest

from tests.settings.written import AWS, Wrong, problems

WRONG: list[Wrong] = [
    ({"target": "embedded", "kafka": {}}, "kafka", "has no effect with target embedded; remove it or set target: aws"),
    ({**AWS, "kafka": {"version": "4.0.x.kraft"}}, "kafka.version", "cannot log in to Kafka 4 by SCRAM"),
    ({**AWS, "kafka": {"version": "3.6.0"}}, "kafka.version", "Use 3.8.x, 3.8.x.kraft, 3.9.x.kraft"),
    (
        {**AWS, "kafka": {"version": "3.9.x.kraft", "instanceType": "kafka.t3.small"}},
        "kafka.version",
        "3.9.x.kraft: MSK runs kafka.t3.small without KRaft only; use 3.8.x",
    ),
    ({**AWS, "kafka": {"instanceType": "m7g.large"}}, "kafka.instanceType", "must match ^kafka"),
    (
        {**AWS, "tier": "production", "kafka": {"instanceType": "kafka.t3.small"}},
        "kafka.instanceType",
        "burstable, for trying things; production needs m5 or m7g",
    ),
    ({**AWS, "kafka": {"retentionHours": 24}}, "kafka.retentionHours", "24 is not allowed: at least 168."),
    ({**AWS, "kafka": {"storageGib": 20000}}, "kafka.storageGib", "20000 is not allowed: at most 16384."),
    (
        {**AWS, "kafka": {"storageGib": 200, "maxStorageGib": 100}},
        "kafka.maxStorageGib",
        "100 is less than kafka.storageGib",
    ),
    (
        {**AWS, "kafka": {"instanceType": "kafka.t3.small", "maxStorageGib": 100}},
        "kafka.maxStorageGib",
        "has no effect on kafka.t3.small",
    ),
    ({**AWS, "kafka": {"activeUser": "c"}}, "kafka.activeUser", "one of a, b."),
    ({**AWS, "kafka": {"activeUser": "b"}}, "kafka.activeUser", "b is not among kafka.users (a); add it"),
    ({**AWS, "kafka": {"users": ["a", "a"]}}, "kafka.users", "a is named twice; remove one"),
    ({**AWS, "kafka": {"users": []}}, "kafka.users", "at least 1 entries"),
    ({**AWS, "log": {"kind": "pulsar"}}, "log.kind", '"pulsar" is not allowed: one of kafka, woodpecker.'),
    (
        {**AWS, "log": {"kind": "woodpecker"}, "kafka": {"retentionHours": 200}},
        "kafka.retentionHours",
        "has no effect with log.kind woodpecker, which has no brokers; remove it",
    ),
    (
        {**AWS, "log": {"kind": "woodpecker"}, "milvus": {"version": "2.6.16"}},
        "milvus.version",
        "2.6.16: its Woodpecker can skip segments of the log (milvus#49670); use 2.6.17 or later, or kafka",
    ),
]


@pytest.mark.parametrize(("written", "key", "text"), WRONG, ids=[key for _, key, _ in WRONG])
def test_a_wrong_setting_is_refused_with_its_key_its_value_and_what_is_allowed(
    written: dict[str, Any], key: str, text: str
) -> None:
    assert text in problems(written)[key]
