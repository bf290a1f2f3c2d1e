"""The unchanged program also passes with configurations that are not in the repository."""

import pytest

from rehearsal.cloud.resource import Resource
from rehearsal.run import rehearse
from tests.rehearsal import theirs
from tests.rehearsal.variants.variants import OURS, Setup

OPERATOR = Resource(
    "kubernetes:helm.sh/v3:Release", "monitoring/prometheus", inputs={"chart": "kube-prometheus-stack"}, foreign=True
)
PUBLIC = {"public": True, "clientCidrs": ["198.51.100.0/24"]}
SETUPS = {
    "somebody else's VPC, Attu behind the NLB": Setup(
        settings={
            "network": {"existing": theirs.NETWORK_SETTING},
            "access": {"clientCidrs": ["10.7.0.0/16"], "clientPrefixLists": [theirs.LIST]},
            "attu": {"exposure": "internal", "behind": "nlb"},
        },
        world=(*theirs.NETWORK, theirs.LISTED),
    ),
    "somebody else's Kafka, in their VPC": Setup(
        settings={
            "network": {"existing": theirs.NETWORK_SETTING},
            "access": {"clientCidrs": ["10.7.0.0/16"]},
            "kafka": {"existing": theirs.KAFKA_SETTING},
        },
        world=(*theirs.NETWORK, *theirs.KAFKA),
    ),
    "somebody else's bucket, its key and a folder of it, without Kafka": Setup(
        settings={
            "bucket": {"existing": theirs.BUCKET_SETTING},
            "log": {"kind": "woodpecker"},
            "backup": {"enabled": True},
        },
        world=theirs.ENCRYPTED_BUCKET,
    ),
    "PrivateLink under a name that AWS verifies": Setup(
        settings={
            "access": {
                "privateLink": {"principals": ["arn:aws:iam::210987654321:root"], "privateDns": True},
                "domain": {"zoneId": "Z0123456789", "milvus": "milvus.example.org", "attu": "attu.example.org"},
            },
        },
        world=theirs.DNS_ZONE,
    ),
    "PrivateLink without TLS, no Attu": Setup(
        settings={
            "access": {
                "privateLink": {"principals": ["arn:aws:iam::210987654321:role/app"], "acceptanceRequired": True}
            },
            "attu": {"exposure": "none"},
        },
    ),
    "public by TLS, with a domain, Attu and a customer's key": Setup(
        settings={
            "access": PUBLIC
            | {"domain": {"zoneId": "Z0123456789", "milvus": "milvus.example.org", "attu": "attu.example.org"}},
            "attu": {"exposure": "public"},
            "bucket": {"customerKey": True, "keepDeletedDays": 7, "forceDestroy": True},
            "backup": {"enabled": True, "replicateTo": "us-west-2"},
        }
    ),
    "DISKANN on local disks, two users, volumes that grow": Setup(
        settings={
            "workload": {"vectors": 60_000_000, "dimension": 768, "index": "DISKANN"},
            "kafka": {"maxStorageGib": 2000, "users": ["a", "b"], "activeUser": "b", "openMonitoring": True},
        }
    ),
    "no way out but private endpoints, no flow logs": Setup(
        settings={
            "network": {"nat": "none", "interfaceEndpoints": True, "flowLogs": "none"},
            "milvus": {"registry": "123456789012.dkr.ecr.us-east-1.amazonaws.com/hub"},
            "cluster": {"publicAccessCidrs": ["198.51.100.0/24"], "architectures": ["x86_64"], "keepVolumes": True},
        }
    ),
    "production without Kafka": Setup("prod", settings={"log": {"kind": "woodpecker"}, "alarms": {"enabled": True}}),
    "GovCloud, in zones of the account": Setup("prod", settings={"region": "us-gov-west-1", "network": {}}),
    "a region whose accounts have two zones": Setup(settings={"region": "us-west-1"}),
    "production with stops in order, more vectors and a certificate": Setup(
        "prod",
        settings={
            "workload": {"vectors": 20_000_000, "dimension": 768, "index": "HNSW", "replicas": 2},
            "milvus": {"stopInOrder": True, "namespace": "vectors", "monitoringNamespace": "monitoring"},
            "backup": {"objectLockDays": 5, "replicateTo": "eu-west-1", "schedule": "0 */6 * * *"},
            "monitoring": {"prometheus": "existing", "labels": {"release": "prometheus"}},
            "alarms": {"emails": ["ops@example.org"], "canary": True},
            "access": {
                "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
                "domain": {"milvus": "milvus.example.org"},
            },
            "cluster": {
                "publicAccessCidrs": ["198.51.100.0/24"],
                "accessEntries": {"team": {"principalArn": "arn:aws:iam::123456789012:role/team", "policy": "admin"}},
            },
        },
        world=(OPERATOR,),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETUPS)
def test_the_program_passes_with(name: str) -> None:
    setup = SETUPS[name]
    settings = {OURS + key: value for key, value in setup.settings.items()}
    report = rehearse(setup.stack, settings=settings, world=setup.world)
    assert report.violations == []
    assert (report.second_up_changes, report.secrets_in_plaintext) == (0, 0)
    kept = ("aws:s3/", "aws:kms/") if setup.stack == "prod" else ()
    left = [each for each in report.left if not each.startswith(kept)]
    assert left == [f"aws:cloudwatch/logGroup:LogGroup=/aws/eks/milvus-on-aws-{setup.stack}/cluster"]
    assert report.minutes_to_ready <= 1.05 * report.lower_bound_minutes
