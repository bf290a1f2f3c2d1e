"""Wrong values are refused with their key, the value, and what is allowed."""

from typing import Any

import pytest

from tests.settings.written import AWS, WORKLOAD, Wrong, problems

WRONG: list[Wrong] = [
    ({}, "target", "is missing"),
    ({"target": "gcp"}, "target", '"gcp" is not allowed: one of aws, embedded.'),
    ({"tier": "prod"}, "tier", '"prod" is not allowed: one of development, production.'),
    ({"worklod": {}}, "worklod", "no such key; did you mean workload? Known here: target, tier, region"),
    ({"workload": "big"}, "workload", '"big" is not allowed: keys below it, indented.'),
    ({"workload": [1]}, "workload", "[1] is not allowed: keys below it, indented."),
    ({"workload": {"dimension": 8}}, "workload.vectors", "is missing. Rows to hold, over all collections."),
    ({"workload": {**WORKLOAD, "vectors": 0}}, "workload.vectors", "0 is not allowed: at least 1."),
    ({"workload": {**WORKLOAD, "vectors": 1.5}}, "workload.vectors", "1.5 is not allowed: a whole number."),
    ({"workload": {**WORKLOAD, "vectors": True}}, "workload.vectors", "true is not allowed: a whole number."),
    (
        {"workload": {**WORKLOAD, "vectors": "1000"}},
        "workload.vectors",
        '"1000" is not allowed: a whole number, without quotes.',
    ),
    ({"workload": {**WORKLOAD, "dimension": 1}}, "workload.dimension", "1 is not allowed: at least 2."),
    ({"workload": {**WORKLOAD, "dimension": 40000}}, "workload.dimension", "40000 is not allowed: at most 32768."),
    (
        {"workload": {**WORKLOAD, "index": "hnsw"}},
        "workload.index",
        "one of FLAT, IVF_FLAT, IVF_SQ8, IVF_RABITQ, SCANN, HN",
    ),
    ({"workload": {**WORKLOAD, "growth": 0.5}}, "workload.growth", "0.5 is not allowed: at least 1."),
    ({"workload": {**WORKLOAD, "replicas": 99}}, "workload.replicas", "99 is not allowed: at most 16."),
    ({"workload": {**WORKLOAD, "refineBits": 5}}, "workload.refineBits", "5 is not allowed: one of 0, 6, 8, 16, 32."),
    ({"workload": {**WORKLOAD, "mmap": "yes"}}, "workload.mmap", '"yes" is not allowed: true or false.'),
    ({"workload": {**WORKLOAD, "scalar_bytes": 1}}, "workload.scalar_bytes", "no such key; did you mean scalarBytes?"),
    ({"target": "embedded", "embedded": {"port": 80}}, "embedded.port", "80 is not allowed: at least 1024."),
    ({"target": "embedded", "embedded": {"port": 70000}}, "embedded.port", "70000 is not allowed: at most 65535."),
    ({"target": "embedded", "embedded": {"dataDir": ""}}, "embedded.dataDir", '"" is not allowed: not empty.'),
    (
        {"target": "embedded", "embedded": {"logLevel": "TRACE"}},
        "embedded.logLevel",
        "one of DEBUG, INFO, WARNING, ERROR",
    ),
    ({"target": "embedded", "embedded": {"keepdata": True}}, "embedded.keepdata", "did you mean keepData?"),
    ({**AWS, "embedded": {}}, "embedded", "has no effect with target aws; remove it or set target: embedded"),
    ({"target": "aws"}, "workload", "is missing: say how many vectors of which dimension"),
    ({"target": "aws", "workload": WORKLOAD}, "region", "is missing: the AWS region of everything, such as us-east-1"),
    ({**AWS, "region": "Ireland"}, "region", '"Ireland" is not allowed: a region such as us-east-1.'),
    (
        {**AWS, "region": "eu-west-9"},
        "region",
        '"eu-west-9" is not allowed: no region that is known here; known are af',
    ),
    ({**AWS, "workload": {**WORKLOAD, "vectors": 10**11}}, "workload", "vectors of this kind work; for more, "),
    ({**AWS, "tags": {"team": 1}}, "tags.team", "1 is not allowed: text"),
    ({**AWS, "access": "none"}, "access", '"none" is not allowed: keys below it, indented.'),
    ({**AWS, "access": ""}, "access", '"" is not allowed: keys below it, indented.'),
    ({**AWS, "protect": "yes"}, "protect", '"yes" is not allowed: true or false.'),
    ({"target": "embedded", "region": "us-east-1"}, "region", "has no effect with target embedded"),
    ({**AWS, "bucket": {"keepDeletedDays": -1}}, "bucket.keepDeletedDays", "-1 is not allowed: at least 0."),
    ({**AWS, "milvus": {"roles": {"queryNode": {"replicas": 3}}}}, "milvus.roles", "queryNode"),
    ({**AWS, "kafka": {"instanceType": "kafka.m5.huge"}}, "kafka.instanceType", "kafka.m5.huge"),
]


@pytest.mark.parametrize(("written", "key", "text"), WRONG, ids=[key for _, key, _ in WRONG])
def test_a_wrong_setting_is_refused_with_its_key_its_value_and_what_is_allowed(
    written: dict[str, Any], key: str, text: str
) -> None:
    assert text in problems(written)[key]
