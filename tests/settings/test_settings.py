import json
from typing import Any

import pytest

from settings.model import Settings
from settings.problems import SettingsError
from settings.reading import read

WORKLOAD = {"vectors": 1_000_000, "dimension": 1024}
AWS: dict[str, Any] = {"target": "aws", "region": "us-east-1", "workload": WORKLOAD}
EXISTING = {
    "vpcId": "vpc-0123456789abcdef0",
    "privateSubnetIds": {"us-east-1a": "subnet-0123456789abcdef0", "us-east-1b": "subnet-0123456789abcdef1"},
}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/x"
OIDC = {
    "issuer": "https://login.example.com",
    "authorizationEndpoint": "https://login.example.com/authorize",
    "tokenEndpoint": "https://login.example.com/token",
    "userInfoEndpoint": "https://login.example.com/userinfo",
    "clientId": "attu",
    "clientSecret": "hush-hush",
}


def settings(given: dict[str, Any]) -> Settings:
    """As Pulumi hands configuration over: every value as text, objects as JSON."""
    return read({f"milvus-on-aws:{k}": v if isinstance(v, str) else json.dumps(v) for k, v in given.items()}, "dev")


def problems(given: dict[str, Any]) -> dict[str, str]:
    """Everything that is said of each key."""
    with pytest.raises(SettingsError) as error:
        settings(given)
    found: dict[str, str] = {}
    for key, text in error.value.problems:
        found[key] = f"{found.get(key, '')} {text}"
    return found


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({}, "target", "is missing"),
    ({"target": "gcp"}, "target", '"gcp" is not allowed: one of aws, embedded.'),
    ({"tier": "prod"}, "tier", '"prod" is not allowed: one of development, production.'),
    ({"worklod": {}}, "worklod", "no such key; did you mean workload? Known here: target, tier, region"),
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
    ({"target": "aws", "workload": WORKLOAD}, "region", "is missing: the AWS region of everything, such as us-east-1"),
    ({**AWS, "region": "Ireland"}, "region", '"Ireland" is not allowed: must match'),
    ({**AWS, "region": "eu-west-9"}, "workload", "there are no prices for region eu-west-9, only for us-east-1"),
    ({**AWS, "workload": {**WORKLOAD, "vectors": 10**11}}, "workload", "vectors of this kind work; for more, "),
    ({**AWS, "tags": {"team": 1}}, "tags.team", "1 is not allowed: text"),
    ({**AWS, "protect": "yes"}, "protect", "'yes' is no object"),
    ({"target": "embedded", "region": "us-east-1"}, "region", "has no effect with target embedded"),
    ({**AWS, "network": {"cidr": "10.0.0.1/16"}}, "network.cidr", "10.0.0.1/16 has host bits set"),
    ({**AWS, "network": {"cidr": "10.0.0.0/24"}}, "network.cidr", "its size must be between /16 and /19"),
    ({**AWS, "network": {"cidr": "11.0.0.0/16"}}, "network.cidr", "not in 10.0.0.0/8, 172.16.0.0/12"),
    ({**AWS, "network": {"zones": ["a", "b"]}}, "network.zones[1]", '"b" is not allowed: must match'),
    ({**AWS, "network": {"zones": ["us-east-1a"]}}, "network.zones", "1 zones: give 2 or 3"),
    ({**AWS, "network": {"zones": ["us-east-1a"] * 2}}, "network.zones", "one is named twice"),
    ({**AWS, "network": {"zones": ["us-east-1a", "eu-west-1b"]}}, "network.zones", "not in region us-east-1"),
    ({**AWS, "network": {"cidr": "172.20.0.0/16"}}, "network.cidr", "service CIDR 172.20.0.0/16 overlap"),
    (
        {**AWS, "tier": "production", "network": {"nat": "single"}},
        "network.nat",
        "production survives the loss of a zone",
    ),
    (
        {**AWS, "tier": "production", "network": {"zones": ["us-east-1a", "us-east-1b"]}},
        "network.zones",
        "2 zones: production survives the loss of one; name three",
    ),
    ({**AWS, "network": {"nat": 1}}, "network.nat", "1 is not allowed: one of none, single, perZone."),
    ({**AWS, "network": {"nat": "none"}}, "network.nat", "none needs "),
    ({**AWS, "network": {"existing": {"vpcId": "vpc-1"}}}, "network.existing.privateSubnetIds", "is missing."),
    (
        {**AWS, "network": {"existing": {**EXISTING, "vpcId": "10.0.0.0/16"}}},
        "network.existing.vpcId",
        "must match ^vpc-",
    ),
    (
        {**AWS, "network": {"existing": EXISTING, "nat": "single", "cidr": "10.0.0.0/16"}},
        "network.existing",
        "is there, so cidr, nat of a new VPC have no effect; remove them",
    ),
    (
        {**AWS, "network": {"existing": {**EXISTING, "privateSubnetIds": {"us-east-1a": "subnet-12345678"}}}},
        "network.existing.privateSubnetIds",
        "has 1 zones: EKS and MSK need 2 or 3",
    ),
    (
        {**AWS, "network": {"existing": EXISTING}, "access": {"public": True, "clientCidrs": ["198.51.100.0/24"]}},
        "network.existing.publicSubnetIds",
        "is missing: the public endpoint needs public subnets",
    ),
    ({**AWS, "cluster": {"version": "1.29"}}, "cluster.version", "Use 1.33, 1.34, 1.35, 1.36."),
    (
        {**AWS, "cluster": {"publicAccessCidrs": ["0.0.0.0/0"]}},
        "cluster.publicAccessCidrs[0]",
        "open to the whole internet",
    ),
    (
        {**AWS, "cluster": {"serviceCidr": "198.51.100.0/24"}},
        "network.cidr",
        "service CIDR 198.51.100.0/24: EKS takes it",
    ),
    ({**AWS, "cluster": {"logDays": 8}}, "cluster.logDays", "8 is not allowed: one of 1, 3, 5, 7"),
    ({**AWS, "cluster": {"architectures": []}}, "cluster.architectures", "at least 1 entries"),
    ({**AWS, "cluster": {"architectures": ["arm"]}}, "cluster.architectures[0]", "one of arm64, x86_64."),
    ({**AWS, "cluster": {"addonVersions": {"calico": "v1"}}}, "cluster.addonVersions", "calico: not an add-on that"),
    ({**AWS, "cluster": {"permissionsBoundary": "x"}}, "cluster.permissionsBoundary", "must match ^arn:aws"),
    (
        {**AWS, "cluster": {"accessEntries": {"ops": {"principalArn": "me"}}}},
        "cluster.accessEntries.ops.principalArn",
        '"me" is not allowed: must match ^arn:aws',
    ),
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
    ({**AWS, "kafka": {"users": ["a", "a"]}}, "kafka.users", "a, a: one is named twice"),
    ({**AWS, "kafka": {"users": []}}, "kafka.users", "at least 1 entries"),
    ({**AWS, "bucket": {"keepDeletedDays": -1}}, "bucket.keepDeletedDays", "-1 is not allowed: at least 0."),
    (
        {**AWS, "milvus": {"version": "2.6.22"}},
        "milvus.version",
        "AccessDenied now and then when the pod's role comes by IRSA",
    ),
    ({**AWS, "milvus": {"version": "2.6.9"}}, "milvus.version", "CVE-2026-26190"),
    ({**AWS, "milvus": {"version": "latest"}}, "milvus.version", "not a release that was looked at here"),
    ({**AWS, "milvus": {"version": "3.0.1"}}, "milvus.version", "3.0 is reached from 2.6.20 only"),
    ({**AWS, "milvus": {"chartVersion": "4.2.58"}}, "milvus.chartVersion", "this chart's values are not known here"),
    ({**AWS, "milvus": {"prefix": "by-dev-partition-1"}}, "milvus.prefix", "Milvus stops on topics with -partition-"),
    ({**AWS, "milvus": {"prefix": "/"}}, "milvus.prefix", '"/" is not allowed: must match'),
    ({**AWS, "milvus": {"roles": {"queryNode": {"replicas": 3}}}}, "workload", "queryNode"),
    ({**AWS, "milvus": {"roles": {"standalone": {"cpus": 3}}}}, "milvus.roles.standalone.cpus", "did you mean cpu?"),
    (
        {**AWS, "milvus": {"roles": {"indexNode": {}}}},
        "milvus.roles.indexNode",
        "one of mixCoordinator, proxy, queryNode",
    ),
    ({**AWS, "kafka": {"instanceType": "kafka.m5.huge"}}, "workload", "kafka.m5.huge"),
    ({**AWS, "milvus": {"namespace": "Milvus"}}, "milvus.namespace", '"Milvus" is not allowed: must match'),
    (
        {**AWS, "milvus": {"config": {"kafka": {}}}},
        "milvus.config",
        "kafka: this program sets these itself; remove them",
    ),
    ({**AWS, "access": {"accountIds": [123456789012]}}, "access.accountIds[0]", "quote it if it looks like a number"),
    ({**AWS, "access": {"public": True}}, "access.public", "true needs access.clientCidrs"),
    (
        {**AWS, "tier": "production", "access": {"public": True, "clientCidrs": ["198.51.100.0/24"]}},
        "access.public",
        "true without TLS sends passwords in clear; give certificateArn or domain",
    ),
    ({**AWS, "access": {"clientCidrs": ["0.0.0.0/0"]}}, "access.clientCidrs", "opens the database to everybody"),
    (
        {**AWS, "network": {"existing": EXISTING}},
        "access.clientCidrs",
        "say which networks of the existing VPC may open",
    ),
    ({**AWS, "access": {"certificateArn": "cert"}}, "access.certificateArn", "must match ^arn:aws"),
    ({**AWS, "access": {"idleTimeoutSeconds": 10}}, "access.idleTimeoutSeconds", "10 is not allowed: at least 60."),
    ({**AWS, "access": {"domain": {"zoneId": "zone"}}}, "access.domain.zoneId", "must match ^Z"),
    (
        {**AWS, "access": {"domain": {"zoneId": "Z0123456789", "milvus": "m.example.com", "attu": "m.example.com"}}},
        "access.domain.attu",
        "m.example.com is Milvus' own name; give it another one",
    ),
    ({**AWS, "attu": {"exposure": "public"}}, "attu.exposure", "public needs "),
    (
        {
            **AWS,
            "attu": {"exposure": "public", "behind": "nlb"},
            "access": {"certificateArn": CERTIFICATE, "clientCidrs": ["198.51.100.0/24"]},
        },
        "attu.behind",
        "nlb shares Milvus' load balancer, which is internal",
    ),
    ({**AWS, "attu": {"oidc": OIDC}}, "attu.oidc", "needs HTTPS: give access.certificateArn or access.domain"),
    (
        {**AWS, "attu": {"oidc": OIDC, "behind": "nlb"}, "access": {"certificateArn": CERTIFICATE}},
        "attu.oidc",
        "needs behind: alb; a network load balancer knows no login",
    ),
    (
        {**AWS, "attu": {"oidc": OIDC, "exposure": "none"}, "access": {"certificateArn": CERTIFICATE}},
        "attu.oidc",
        "no effect",
    ),
    ({**AWS, "attu": {"oidc": {**OIDC, "clientSecret": 7}}}, "attu.oidc.clientSecret", "a secret value is not allowed"),
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
            "region": "us-east-1",
            "workload": {"vectors": -5, "dimenson": 8},
            "network": {"zones": ["us-east-1a"], "cidr": "172.20.0.0/16"},
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
    workload = settings({**AWS, "workload": {"vectors": 1e6, "dimension": 768}}).workload
    assert workload is not None
    assert (workload.vectors, type(workload.vectors)) == (1_000_000, int)


def test_the_tier_decides_only_what_the_settings_leave_out() -> None:
    production = settings({**AWS, "tier": "production", "cluster": {"logDays": 30}})
    assert (production.cluster.log_days, production.protect) == (30, True)
    assert (production.network.nat, production.attu.exposure) == ("perZone", "none")
    development = settings(AWS)
    assert (development.network.nat, development.bucket.force_destroy) == ("single", True)


def test_keys_of_other_namespaces_are_left_alone() -> None:
    assert read({"aws:region": "eu-west-1", "milvus-on-aws:target": "embedded"}, "x").target == "embedded"


def test_settings_cannot_be_changed_after_reading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings(AWS).kafka.retention_hours = 1  # pyright: ignore[reportAttributeAccessIssue]  # what is tested


@pytest.mark.parametrize(
    ("given", "more"),
    [
        ({"network": {"nat": "perZone"}}, 36.5),  # one more: 730 h at 0.045 + 0.005 for its address
        ({"attu": {"exposure": "none"}}, -17.0),  # 730 h at 0.0225, and the least of its capacity units
        ({"kafka": {"users": ["a", "b"]}}, 0.4),
        ({"bucket": {"customerKey": True}}, 1.0),
        ({"network": {"interfaceEndpoints": True}}, 131.4),  # 9 endpoints, 2 zones, 730 h at 0.01
    ],
)
def test_what_a_setting_adds_is_in_the_price(given: dict[str, Any], more: float) -> None:
    with_it, without = (settings({**AWS, **changed}).plan().cost.usd for changed in (given, {}))
    assert round(with_it - without, 1) == pytest.approx(more, abs=0.1)
