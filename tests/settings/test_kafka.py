"""Settings of the log, and of MSK."""

from typing import Any

import pytest

from tests.certificates import AUTHORITY, EXPIRED, NEXT, OF_A_BROKER
from tests.settings.written import AWS, Wrong, accepted, problems

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka"
PRIVATE = "-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n"


def theirs(**changed: Any) -> dict[str, Any]:
    existing = {"bootstrap": ["b-1.corp.internal:9096"], "secretArn": SECRET, **changed}
    return {**AWS, "kafka": {"existing": {key: value for key, value in existing.items() if value is not None}}}


WRONG: list[Wrong] = [
    ({"target": "embedded", "kafka": {}}, "kafka", "has no effect with target embedded; remove it or set target: aws"),
    ({**AWS, "kafka": {"version": "4.0.x.kraft"}}, "kafka.version", "cannot log in to Kafka 4 by SCRAM"),
    ({**AWS, "kafka": {"version": "3.6.0"}}, "kafka.version", "Use 3.8.x, 3.8.x.kraft, 3.9.x.kraft"),
    (
        {**AWS, "kafka": {"version": "3.9.x.kraft", "instanceType": "kafka.t3.small"}},
        "kafka.version",
        "3.9.x.kraft: MSK runs kafka.t3.small without KRaft only; use 3.8.x",
    ),
    ({**AWS, "kafka": {"instanceType": "m7g.large"}}, "kafka.instanceType", "a type with its prefix, such as kafka."),
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
    (theirs(bootstrap=None), "kafka.existing.bootstrap", "is missing"),
    (theirs(bootstrap=[]), "kafka.existing.bootstrap", "at least 1 entries"),
    (theirs(bootstrap=["b-1.corp.internal"]), "kafka.existing.bootstrap[0]", "host:port, such as b-1.example.com:9096"),
    (theirs(bootstrap=["b-1.corp.internal:99999"]), "kafka.existing.bootstrap[0]", "host:port"),
    (theirs(bootstrap=["https://b-1:9096"]), "kafka.existing.bootstrap[0]", "host:port"),
    (
        theirs(bootstrap=["b-1.x.c2.kafka.us-east-1.amazonaws.com:9094"]),
        "kafka.existing.bootstrap[0]",
        "MSK's SASL/SCRAM listeners have port 9096 (public ones 9196)",
    ),
    (
        theirs(bootstrap=["b-1.corp.internal:9096"] * 2),
        "kafka.existing.bootstrap",
        "b-1.corp.internal:9096 is named twice; remove one",
    ),
    (theirs(secretArn=None), "kafka.existing.secretArn", "is missing"),
    (theirs(secretArn="kafka"), "kafka.existing.secretArn", "the ARN of a secret of Secrets Manager, such as"),
    (theirs(secretArn=SECRET.replace("us-east-1", "eu-west-1")), "kafka.existing.secretArn", "is in eu-west-1, the st"),
    (
        theirs(secretArn=SECRET.replace(":aws:", ":aws-us-gov:")),
        "kafka.existing.secretArn",
        "is in partition aws-us-gov",
    ),
    (theirs(securityGroupId="default"), "kafka.existing.securityGroupId", "a security group's id, such as sg-"),
    (theirs(caCertificate="/etc/ssl/ca.pem"), "kafka.existing.caCertificate", "is not allowed: the PEM text of one or"),
    (theirs(caCertificate=OF_A_BROKER), "kafka.existing.caCertificate", "this has one of a server: give that of the"),
    (theirs(caCertificate=EXPIRED), "kafka.existing.caCertificate", "one ended on Dec 22"),
    (theirs(caCertificate=f"{AUTHORITY}{PRIVATE}"), "kafka.existing.caCertificate", "remove the PRIVATE KEY, which"),
    (theirs(arn="arn:aws:kafka"), "kafka.existing.arn", "no such key"),
    (
        {**AWS, "kafka": {**theirs()["kafka"], "users": ["a"]}},
        "kafka.users",
        "has no effect with kafka.existing, which nobody changes here; remove it",
    ),
    (
        {**theirs(), "log": {"kind": "woodpecker"}},
        "kafka.existing",
        "has no effect with log.kind woodpecker, which has no brokers; remove it",
    ),
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


def test_a_private_key_is_not_shown_again() -> None:
    assert "planted" not in problems(theirs(caCertificate=PRIVATE))["kafka.existing.caCertificate"]


def test_several_authorities_are_trusted_while_one_follows_the_other() -> None:
    assert accepted(theirs(caCertificate=f"{AUTHORITY}{NEXT}"))
