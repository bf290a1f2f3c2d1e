import json
from typing import Any

import pytest

from problems import SettingsError
from settings import Settings, read

WORKLOAD = {"vectors": 1_000_000, "dimension": 1024}
AWS: dict[str, Any] = {"target": "aws", "workload": WORKLOAD}


def settings(given: dict[str, Any]) -> Settings:
    """As Pulumi hands configuration over: every value as text, objects as JSON."""
    return read({f"milvus-on-aws:{k}": v if isinstance(v, str) else json.dumps(v) for k, v in given.items()}, "dev")


def problems(given: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(SettingsError) as error:
        settings(given)
    return dict(error.value.problems)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({}, "target", "is missing"),
    ({"target": "gcp"}, "target", '"gcp" is not allowed: one of aws, embedded.'),
    ({"tier": "prod"}, "tier", '"prod" is not allowed: one of development, production.'),
    ({"worklod": {}}, "worklod", "no such key; did you mean workload? Known here: target, tier, workload"),
    ({"workload": "big"}, "workload", "'big' is no object; write its keys below it, indented"),
    ({"workload": [1]}, "workload", "[1] is not allowed: keys below it, indented."),
    ({"workload": {"dimension": 8}}, "workload.vectors", "is missing. Rows to hold, over all collections."),
    ({"workload": {**WORKLOAD, "vectors": 0}}, "workload.vectors", "0 is not allowed: at least 1."),
    ({"workload": {**WORKLOAD, "vectors": 1.5}}, "workload.vectors", "1.5 is not allowed: a whole number."),
    ({"workload": {**WORKLOAD, "vectors": True}}, "workload.vectors", "true is not allowed: a whole number."),
    ({"workload": {**WORKLOAD, "vectors": "1000"}}, "workload.vectors", '"1000" is not allowed: a whole number.'),
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
    ({"target": "embedded", "kafka": {}}, "kafka", "has no effect with target embedded; remove it or set target: aws"),
    ({**AWS, "embedded": {}}, "embedded", "has no effect with target aws; remove it or set target: embedded"),
    ({"target": "aws"}, "workload", "is missing: say how many vectors of which dimension"),
    ({**AWS, "network": {"cidr": "10.0.0.1/16"}}, "network.cidr", "10.0.0.1/16 has host bits set"),
    ({**AWS, "network": {"zones": ["a", "b"]}}, "network.zones[1]", '"b" is not allowed: must match'),
    ({**AWS, "network": {"zones": ["eu-west-1a"]}}, "network.zones", "name two or three different zones"),
    ({**AWS, "network": {"zones": ["eu-west-1a"] * 2}}, "network.zones", "name two or three different zones"),
    ({**AWS, "network": {"cidr": "172.20.0.0/16"}}, "network.cidr", "overlaps cluster.serviceCidr 172.20.0.0/16"),
    (
        {**AWS, "tier": "production", "network": {"nat": "single"}},
        "network.nat",
        "production survives the loss of a zone",
    ),
    ({**AWS, "network": {"nat": 1}}, "network.nat", "1 is not allowed: one of none, single, perZone."),
    ({**AWS, "network": {"existing": {"vpcId": "vpc-1"}}}, "network.existing.privateSubnetIds", "is missing."),
    ({**AWS, "cluster": {"version": "1.29"}}, "cluster.version", "one of 1.33, 1.34, 1.35, 1.36."),
    (
        {**AWS, "cluster": {"publicAccessCidrs": ["0.0.0.0/0"]}},
        "cluster.publicAccessCidrs[0]",
        "open to the whole internet",
    ),
    ({**AWS, "cluster": {"logDays": 8}}, "cluster.logDays", "8 is not allowed: one of 1, 3, 5, 7"),
    (
        {**AWS, "cluster": {"accessEntries": {"ops": {"principalArn": "me"}}}},
        "cluster.accessEntries.ops.principalArn",
        '"me" is not allowed: must match ^arn:aws',
    ),
    ({**AWS, "kafka": {"version": "4.0.x.kraft"}}, "kafka.version", "cannot authenticate to Kafka 4 (milvus#52601)"),
    ({**AWS, "kafka": {"retentionHours": 24}}, "kafka.retentionHours", "24 is not allowed: at least 168."),
    ({**AWS, "kafka": {"storageGib": 20000}}, "kafka.storageGib", "20000 is not allowed: at most 16384."),
    ({**AWS, "kafka": {"activeUser": "c"}}, "kafka.activeUser", "one of a, b."),
    ({**AWS, "access": {"accountIds": [123456789012]}}, "access.accountIds[0]", "quote it if it looks like a number"),
    ({**AWS, "access": {"public": True}}, "access.public", "true needs access.clientCidrs"),
    ({**AWS, "access": {"clientCidrs": ["0.0.0.0/0"]}}, "access.clientCidrs", "opens the database to everybody"),
    ({**AWS, "attu": {"exposure": "public"}}, "attu.exposure", "public needs access.clientCidrs"),
]


@pytest.mark.parametrize(("given", "key", "text"), WRONG, ids=[key for _, key, _ in WRONG])
def test_a_wrong_setting_is_refused_with_its_key_its_value_and_what_is_allowed(
    given: dict[str, Any], key: str, text: str
) -> None:
    assert text in problems(given)[key]


def test_all_mistakes_are_reported_at_once_the_contradictions_too() -> None:
    found = problems(
        {
            "target": "aws",
            "workload": {"vectors": -5, "dimenson": 8},
            "network": {"zones": ["eu-west-1a"], "cidr": "172.20.0.0/16"},
            "kafka": {"retentionHours": 1},
            "foo": 1,
        }
    )
    assert set(found) == {
        "workload.vectors",
        "workload.dimension",
        "workload.dimenson",
        "network.zones",
        "network.cidr",
        "kafka.retentionHours",
        "foo",
    }


def test_a_wrong_value_hides_no_contradiction_but_its_own() -> None:
    assert set(problems({**AWS, "access": {"public": True, "clientCidrs": [1]}})) == {
        "access.clientCidrs[0]",
        "access.public",
    }


def test_the_message_names_the_file_and_every_key_as_written() -> None:
    with pytest.raises(SettingsError) as error:
        settings({"target": "embedded", "embedded": {"port": 80, "logLevel": "x"}})
    assert str(error.value).splitlines() == [
        "2 settings are wrong in Pulumi.dev.yaml; nothing was created or changed:",
        "  milvus-on-aws:embedded.port: 80 is not allowed: at least 1024. "
        "TCP port. Another stack on the same machine needs another one.",
        '  milvus-on-aws:embedded.logLevel: "x" is not allowed: one of DEBUG, INFO, WARNING, ERROR. '
        "How much the server writes into `server.log` beside the data.",
        "docs/settings.md lists every setting.",
    ]


def test_an_exponent_is_a_whole_number_as_in_yaml() -> None:
    workload = settings({"target": "aws", "workload": {"vectors": 1e6, "dimension": 768}}).workload
    assert workload is not None
    assert (workload.vectors, type(workload.vectors)) == (1_000_000, int)


def test_the_tier_decides_only_what_the_settings_leave_out() -> None:
    production = settings({**AWS, "tier": "production", "cluster": {"logDays": 30}})
    assert (production.cluster.log_days, production.cluster.deletion_protection) == (30, True)
    assert (production.network.nat, production.attu.exposure) == ("perZone", "none")
    development = settings(AWS)
    assert (development.network.nat, development.bucket.force_destroy) == ("single", True)


def test_keys_of_other_namespaces_are_left_alone() -> None:
    assert read({"aws:region": "eu-west-1", "milvus-on-aws:target": "embedded"}, "x").target == "embedded"


def test_settings_cannot_be_changed_after_reading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings(AWS).kafka.retention_hours = 1  # pyright: ignore[reportAttributeAccessIssue]  # what is tested
