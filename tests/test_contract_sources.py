"""Every value of the contract is traced to the resource that it must come from, and to the output of it.

The program is recorded, not run: each resource answers with what names it (`arn:kafka-a`, `network-vpc-id`), so that a
value from another resource is another value. What a consumer finds behind it: tests/rehearsal/rules/test_consumer.py.
"""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import pulumi
import pytest

from arguments import aws as arguments
from arguments.contract import contract
from milvus_contract.text import KEYS
from tests.components.recording import Recording, Resource
from tests.deployments import PUBLIC, TAKEN, Sections, deployed, merged
from tests.program import run

PROOF = ("kubernetes:batch/v1:Job", "milvus-probe")
NLB = ("aws:lb/loadBalancer:LoadBalancer", "endpoints-milvus")
NLB_NAME = "endpoints-milvus.elb.us-east-1.amazonaws.com"
A_RECORD = "aws:route53/record:Record"
SUBNET = "aws:ec2/subnet:Subnet"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
SECRET = "aws:secretsmanager/secretVersion:SecretVersion"


class Source(NamedTuple):
    """What a key must be, and what must exist before a consumer reads it."""

    value: str
    waits_for: tuple[tuple[str, str], ...] = ()
    """Type and name of the resources that its parameter depends on."""


PLAIN = {
    "contract_version": Source("1.2"),
    "target": Source("aws"),
    "milvus_uri": Source(f"http://{NLB_NAME}:19530", (NLB, PROOF)),
    "milvus_host": Source(NLB_NAME, (NLB,)),
    "milvus_port": Source("19530"),
    "milvus_tls": Source("false"),
    "milvus_auth_secret_arn": Source("arn:milvus-root", ((SECRET, "milvus-root"), PROOF)),
    "attu_url": Source(
        "http://endpoints-attu.elb.us-east-1.amazonaws.com", (("aws:lb/loadBalancer:LoadBalancer", "endpoints-attu"),)
    ),
    "bucket_name": Source(
        "bucket-bucket-1234567",
        (("aws:s3/bucket:Bucket", "bucket-bucket"), ("aws:s3/bucketPolicy:BucketPolicy", "bucket-policy")),
    ),
    "kafka_bootstrap_servers": Source(
        "b-1.kafka:9096,b-2.kafka:9096",
        (
            ("aws:msk/cluster:Cluster", "kafka-cluster"),
            ("aws:msk/scramSecretAssociation:ScramSecretAssociation", "kafka-users"),
        ),
    ),
    "kafka_secret_arn": Source("arn:kafka-a", ((SECRET, "kafka-a"),)),
    "vpc_id": Source("network-vpc-id", (("aws:ec2/vpc:Vpc", "network-vpc"),)),
    "private_subnet_ids": Source(
        "network-private-us-east-1a-id,network-private-us-east-1b-id",
        ((SUBNET, "network-private-us-east-1a"), (SUBNET, "network-private-us-east-1b")),
    ),
    "client_security_group_id": Source(
        "endpoints-clients-id", (("aws:ec2/securityGroup:SecurityGroup", "endpoints-clients"),)
    ),
    "nlb_arn": Source("arn:endpoints-milvus", (NLB,)),
    "cluster_name": Source("milvus-on-aws-dev", (("eks:index:Cluster", "cluster"),)),
    "namespace": Source("milvus", (("kubernetes:core/v1:Namespace", "milvus-namespace"),)),
    "aws_region": Source("us-east-1"),
}
BACKED_UP = {
    "backup_bucket_name": Source(
        "backup-bucket-1234567",
        (("aws:s3/bucketPolicy:BucketPolicy", "backup-policy"), (ENCRYPTION, "backup-encryption")),
    ),
    "backup_copy_bucket_name": Source(
        "backup-copy-bucket-1234567", (("aws:s3/bucketPolicy:BucketPolicy", "backup-copy-policy"),)
    ),
    "backup_role_arn": Source(
        "arn:backup-milvus-backup-role", (("aws:iam/rolePolicy:RolePolicy", "backup-milvus-backup-buckets"),)
    ),
    "restore_role_arn": Source(
        "arn:backup-milvus-restore-role", (("aws:iam/rolePolicy:RolePolicy", "backup-milvus-restore-buckets"),)
    ),
}
LINKED: Sections = {"access": {"privateLink": {"principals": ["arn:aws:iam::210987654321:root"], "privateDns": True}}}
SERVICE = ("aws:ec2/vpcEndpointService:VpcEndpointService", "private-link-service")
VERIFICATION = "aws:vpc/endpointServicePrivateDnsVerification:EndpointServicePrivateDnsVerification"
BY_LINK = {
    "private_link_service_name": Source("com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0", (SERVICE,)),
    "private_link_dns_name": Source("milvus.corp.internal", ((VERIFICATION, "private-link-verification"),)),
}
WATCHED = {
    "dashboard_url": Source(
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        "#dashboards/dashboard/milvus-on-aws-dev-us-east-1",
        (("aws:cloudwatch/dashboard:Dashboard", "observability"),),
    ),
}
BY_NAME = {
    "milvus_uri": Source("https://milvus.corp.internal:19530", ((A_RECORD, "endpoints-milvus"), PROOF)),
    "milvus_host": Source("milvus.corp.internal", ((A_RECORD, "endpoints-milvus"),)),
    "milvus_tls": Source("true"),
    "attu_url": Source("https://attu.corp.internal", ((A_RECORD, "endpoints-attu"),)),
}
SOMEBODYS = {
    "vpc_id": Source("vpc-0123456789abcdef0"),
    "private_subnet_ids": Source("subnet-0000000000000000a,subnet-0000000000000000b"),
}
OTHER_USER = {"kafka_secret_arn": Source("arn:kafka-b", ((SECRET, "kafka-b"),))}
ON_MILVUS = {"attu_url": Source(f"http://{NLB_NAME}:3000", (NLB,))}
DEPLOYED: Mapping[str, tuple[Sections, Mapping[str, Source]]] = {
    "plain": ({}, {}),
    "by name, with TLS": (PUBLIC, BY_NAME),
    "by PrivateLink": (merged(PUBLIC, LINKED), {**BY_NAME, **BY_LINK}),
    "in somebody's VPC": (TAKEN, SOMEBODYS),
    "as Kafka's other user": ({"kafka": {"users": ["a", "b"], "activeUser": "b"}}, OTHER_USER),
    "with alarms": ({"alarms": {"emails": ["ops@corp.internal"]}}, WATCHED),
    "with backups": ({"backup": {"enabled": True, "replicateTo": "us-west-2"}}, BACKED_UP),
    "Attu by Milvus' balancer": ({"attu": {"behind": "nlb"}}, ON_MILVUS),
}


def untraced(recording: Recording, sources: Mapping[str, Source]) -> set[str]:
    """Keys whose parameter, or output, has another value, or does not wait for its resources."""
    parameters = {each.name.removeprefix("parameters-"): each for each in recording.all("aws:ssm/parameter:Parameter")}
    return {
        key
        for key, source in sources.items()
        if key not in parameters
        or parameters[key].inputs["insecureValue"] != source.value
        or _text(recording.stack_outputs.get(key)) != source.value
        or not _waits(recording, parameters[key], source)
    } | (parameters.keys() - sources.keys())


def _text(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value))
    return ",".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON


def _waits(recording: Recording, parameter: Resource, source: Source) -> bool:
    by_urn = {each.urn: (each.type, each.name) for each in recording.resources}
    return set(source.waits_for) <= {by_urn[urn] for urn in parameter.depends_on if urn in by_urn}


def test_every_key_has_a_source() -> None:
    assert PLAIN.keys() | BACKED_UP.keys() | BY_LINK.keys() | WATCHED.keys() == set(KEYS)


@pytest.mark.parametrize("name", DEPLOYED)
def test_every_value_comes_from_where_it_must(name: str) -> None:
    sections, other = DEPLOYED[name]
    assert untraced(deployed(sections), {**PLAIN, **other}) == set()


PLANTED: Mapping[str, Callable[[Any], Any]] = {
    "private_subnet_ids": lambda program: list(program.network.public_subnet_ids.values()),
    "kafka_secret_arn": lambda program: program.milvus.auth_secret_arn,
    "milvus_auth_secret_arn": lambda program: program.kafka.secret_arn,
    "milvus_uri": lambda program: pulumi.Output.format("http://{}:19530", program.endpoints.milvus_host),
    "milvus_tls": lambda _: True,
    "nlb_arn": lambda program: program.endpoints.milvus_target_group_arn,
    "client_security_group_id": lambda program: program.endpoints.milvus_security_group_id,
    "vpc_id": lambda program: program.endpoints.client_security_group_id,
    "bucket_name": lambda _: "bucket-bucket-1234567",
    "cluster_name": lambda _: "milvus-on-aws-dev",
    "namespace": lambda program: program.milvus.service,
    "attu_url": lambda _: None,
    "kafka_bootstrap_servers": lambda _: "b-1.kafka:9096,b-2.kafka:9096",
    "aws_region": lambda _: "us-east-2",
}
"""A wrong source for a key; some give the right value, and too early."""


def test_values_from_other_resources_are_found_by_their_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    def planted(deployment: Any, network: Any, cluster: Any, kafka: Any, bucket: Any, *rest: Any) -> Any:
        endpoints, milvus = rest[:2]
        program = SimpleNamespace(network=network, kafka=kafka, endpoints=endpoints, milvus=milvus)
        right = contract(deployment, network, cluster, kafka, bucket, *rest)
        return {**right, **{key: wrong(program) for key, wrong in PLANTED.items()}}

    monkeypatch.setattr(arguments, "contract", planted)
    assert untraced(run("dev"), PLAIN) == PLANTED.keys()
