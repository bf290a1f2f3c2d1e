"""Combinations of what a team has, where it is and what it wants that can't work: each is refused, with a way out.

Settings that are wrong by themselves are in the files of their sections.
"""

from typing import Any

import pytest

from tests.settings.written import AWS, EXISTING, Wrong, problems

ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/x"
CONSUMER = "arn:aws:iam::111122223333:root"
THEIR_KAFKA = {"existing": {"bootstrap": ["b-1.corp.internal:9096"], "secretArn": SECRET}}
THEIR_BUCKET = {"existing": {"name": "team-vectors"}}
NAMES = {"zoneId": "Z0123456789", "milvus": "milvus.example.com", "attu": "attu.example.com"}
IRELAND: dict[str, Any] = {**AWS, "region": "eu-west-1"}
GOV: dict[str, Any] = {**AWS, "region": "us-gov-west-1"}
PRODUCTION: dict[str, Any] = {**AWS, "tier": "production"}


def with_(sections: dict[str, Any], base: dict[str, Any] = AWS) -> dict[str, Any]:
    return {**base, **sections}


WRONG: list[Wrong] = [
    (
        with_({"network": {"existing": EXISTING, "cidr": "10.1.0.0/16"}}),
        "network.existing",
        "so cidr of a new VPC",
    ),
    (
        with_({"network": {"existing": EXISTING, "nat": "none"}}),
        "network.existing",
        "so nat of a new VPC have",
    ),
    (
        with_({"network": {"existing": EXISTING}, "access": {"public": True, "clientCidrs": ["192.0.2.0/24"]}}),
        "network.existing.publicSubnetIds",
        "is missing: the public endpoint needs public subnets",
    ),
    (
        with_({"network": {"existing": EXISTING}, "attu": {"exposure": "internal"}}),
        "access.clientCidrs",
        "is missing: say which networks of the existing VPC may open Attu",
    ),
    (
        with_({"network": {"existing": EXISTING}}, PRODUCTION),
        "network.existing.privateSubnetIds",
        "2 zones: production survives the loss of one; name three",
    ),
    (
        with_({"network": {"existing": EXISTING}}, IRELAND),
        "network.existing.privateSubnetIds",
        "us-east-1a",
    ),
    (with_({"network": {"nat": "none"}}), "network.nat", "none needs network.interfaceEndpoints: true"),
    (
        with_({"network": {"nat": "none", "interfaceEndpoints": True}}),
        "network.nat",
        "none needs milvus.registry: nodes can't pull images from Docker Hub",
    ),
    (
        with_(
            {
                "network": {"nat": "none", "interfaceEndpoints": True},
                "milvus": {"registry": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hub"},
            }
        ),
        "milvus.registry",
        "nodes reach a private ECR registry in the stack's region only",
    ),
    (with_({"network": {"nat": "single", "zones": ZONES}}, PRODUCTION), "network.nat", "single: production survives"),
    (
        with_({"network": {"zones": ["us-west-1a", "us-west-1b", "us-west-1c"]}}, {**AWS, "region": "us-west-1"}),
        "network.zones",
        "3 zones: an account has two in us-west-1; choose another region",
    ),
    (with_({"kafka": {**THEIR_KAFKA, "users": ["a"]}}), "kafka.users", "has no effect with kafka.existing"),
    (with_({"kafka": {**THEIR_KAFKA, "instanceType": "kafka.m7g.large"}}), "kafka.instanceType", "remove it"),
    (with_({"kafka": THEIR_KAFKA, "log": {"kind": "woodpecker"}}), "kafka.existing", "which has no brokers; remove it"),
    (
        with_({"kafka": {"retentionHours": 200}, "log": {"kind": "woodpecker"}}),
        "kafka.retentionHours",
        "has no brokers",
    ),
    (with_({"milvus": {"version": "2.5.27"}, "log": {"kind": "woodpecker"}}), "milvus.version", "2.5.27"),
    (
        with_({"kafka": THEIR_KAFKA}, GOV),
        "kafka.existing.secretArn",
        "is in partition aws, region us-gov-west-1 in aws-us-gov",
    ),
    (
        with_({"kafka": THEIR_KAFKA}, IRELAND),
        "kafka.existing.secretArn",
        "is in us-east-1, the stack in eu-west-1",
    ),
    (
        with_({"bucket": {**THEIR_BUCKET, "customerKey": True}}),
        "bucket.customerKey",
        "has no effect with bucket.existing",
    ),
    (
        with_({"bucket": {**THEIR_BUCKET, "forceDestroy": True}}),
        "bucket.forceDestroy",
        "nobody changes here; remove it",
    ),
    (
        with_({"bucket": {**THEIR_BUCKET, "keepDeletedDays": 7}}),
        "bucket.keepDeletedDays",
        "nobody changes here; remove it",
    ),
    (
        with_({"bucket": {"existing": {"name": "team-vectors", "keyArn": KEY}}}, GOV),
        "bucket.existing.keyArn",
        "is in partition aws, region us-gov-west-1 in aws-us-gov; name one of there",
    ),
    (
        with_({"bucket": {"existing": {"name": "team-vectors", "keyArn": KEY}}}, IRELAND),
        "bucket.existing.keyArn",
        "is in us-east-1, the stack in eu-west-1; name a KMS key of eu-west-1",
    ),
    (
        with_({"access": {"privateLink": {"principals": [CONSUMER]}}, "attu": {"behind": "nlb"}}),
        "access.privateLink",
        "set attu.behind: alb or attu.exposure: none",
    ),
    (
        with_({"access": {"privateLink": {"principals": [CONSUMER], "privateDns": True}}}),
        "access.privateLink.privateDns",
        "true needs access.domain with zoneId",
    ),
    (
        with_({"access": {"privateLink": {"principals": [CONSUMER]}}}, GOV),
        "access.privateLink.principals[0]",
        "is in partition aws, region us-gov-west-1 in aws-us-gov",
    ),
    (
        with_({"access": {"certificateArn": CERTIFICATE, "domain": NAMES}}, IRELAND),
        "access.certificateArn",
        "is in us-east-1, the stack in eu-west-1; name an ACM certificate of eu-west-1",
    ),
    (
        with_({"cluster": {"permissionsBoundary": "arn:aws:iam::123456789012:policy/b"}}, GOV),
        "cluster.permissionsBoundary",
        "is in partition aws, region us-gov-west-1",
    ),
    (
        with_(
            {
                "cluster": {"permissionsBoundary": "arn:aws:iam::210987654321:policy/b"},
                "access": {"accountIds": ["123456789012"]},
            }
        ),
        "cluster.permissionsBoundary",
        "is of account 210987654321, but access.accountIds has 123456789012; name one of there",
    ),
    (
        with_({"backup": {"enabled": True, "replicateTo": "us-east-1"}}),
        "backup.replicateTo",
        "is the region of the stack",
    ),
    (
        with_({"backup": {"enabled": True, "replicateTo": "us-east-1"}}, GOV),
        "backup.replicateTo",
        "us-east-1 is in partition aws, the stack in aws-us-gov",
    ),
    ({"target": "embedded", "bucket": THEIR_BUCKET}, "bucket", "has no effect with target embedded; remove it or set"),
]


@pytest.mark.parametrize(("written", "key", "text"), WRONG, ids=[f"{n}-{key}" for n, (_, key, _) in enumerate(WRONG)])
def test_a_combination_that_can_not_work_is_refused_with_key_value_and_what_to_do(
    written: dict[str, Any], key: str, text: str
) -> None:
    assert text in problems(written)[key]


def test_there_are_thirty_of_them() -> None:
    assert len(WRONG) >= 30
