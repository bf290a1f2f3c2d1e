"""A consumer that does what the contract says finds each wrong value, in a small cloud with what a contract names."""

import json
from typing import Any

import pytest

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.rules import register

ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/milvus/1"
OTHER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/attu/2"
NAME, HOST = "milvus-1.elb.us-east-1.amazonaws.com", "milvus.example.com"
ROOT, KAFKA, FORMER = "arn:secret:root", "arn:secret:AmazonMSK_a", "arn:secret:AmazonMSK_b"
BROKERS, SERVER = "b-1.kafka:9096", "https://eks"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
CONTRACT = {
    "target": "aws",
    "milvus_uri": f"http://{NAME}:19530",
    "milvus_host": NAME,
    "milvus_port": "19530",
    "milvus_tls": "false",
    "milvus_auth_secret_arn": ROOT,
    "attu_url": "http://attu.elb.us-east-1.amazonaws.com",
    "bucket_name": "bucket",
    "kafka_bootstrap_servers": BROKERS,
    "kafka_secret_arn": KAFKA,
    "vpc_id": "vpc-1",
    "private_subnet_ids": "subnet-private",
    "client_security_group_id": "sg-clients",
    "nlb_arn": ARN,
    "cluster_name": "milvus-dev",
    "namespace": "milvus",
    "aws_region": "us-east-1",
}
LISTS = ("private_subnet_ids",)
BY_NAME = {"milvus_host": HOST, "milvus_uri": f"https://{HOST}:19530", "milvus_tls": "true"}


def secret(arn: str, username: str, password: str) -> list[Resource]:
    held = {"secretId": arn, "secretString": json.dumps({"username": username, "password": password})}
    return [
        Resource("aws:secretsmanager/secret:Secret", arn),
        Resource("aws:secretsmanager/secretVersion:SecretVersion", f"{arn}|1", inputs=held),
    ]


def subnet(name: str, cidr: str, gateway: dict[str, str]) -> list[Resource]:
    table = f"rtb-{name}"
    return [
        Resource("aws:ec2/subnet:Subnet", f"subnet-{name}", inputs={"vpcId": "vpc-1", "cidrBlock": cidr}),
        Resource(
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            f"a-{name}",
            inputs={"subnetId": f"subnet-{name}", "routeTableId": table},
        ),
        Resource(
            "aws:ec2/route:Route",
            f"r-{name}",
            inputs={"routeTableId": table, "destinationCidrBlock": "0.0.0.0/0", **gateway},
        ),
    ]


def balancer(arn: str, dns_name: str, port: int, protocol: str, **listening: Any) -> list[Resource]:
    inputs = {"securityGroups": ["sg-milvus"], "subnets": ["subnet-private"], "dnsName": dns_name}
    forward = {"type": "forward", "targetGroupArn": f"{arn}/targets"}
    listener = {"loadBalancerArn": arn, "port": port, "protocol": protocol, "defaultActions": [forward], **listening}
    return [
        Resource("aws:lb/loadBalancer:LoadBalancer", arn, inputs=inputs),
        Resource("aws:lb/listener:Listener", f"{arn}/listener", inputs=listener),
        Resource("aws:lb/targetGroup:TargetGroup", f"{arn}/targets", inputs={"port": 3000 if port == 80 else port}),
    ]


def passage(type_: str, group: str, peer: str) -> Resource:
    ports = {"ipProtocol": "tcp", "fromPort": 19530, "toPort": 19530}
    return Resource(
        type_, f"{group}-{peer}", inputs={"securityGroupId": group, "referencedSecurityGroupId": peer, **ports}
    )


def world(milvus: list[Resource]) -> list[Resource]:
    environment = [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": "login", "key": name}}}
        for name in ("COMMON_SECURITY_DEFAULTROOTPASSWORD", "KAFKA_SASLUSERNAME", "KAFKA_SASLPASSWORD")
    ]
    login = dict(zip([each["name"] for each in environment], ("root-password", "milvus-a", "kafka"), strict=True))
    release = {
        "chart": "milvus",
        "name": "milvus",
        "values": {"standalone": {"extraEnv": environment}, "externalS3": {"bucketName": "bucket"}},
    }
    gateway = {"gatewayId": "igw-1"}
    return [
        Resource("aws:ec2/vpc:Vpc", "vpc-1"),
        Resource("aws:ec2/internetGateway:InternetGateway", "igw-1", inputs={"vpcId": "vpc-1"}),
        Resource("aws:ec2/natGateway:NatGateway", "nat-1", inputs={"subnetId": "subnet-public"}),
        *subnet("public", "10.0.0.0/24", gateway),
        *subnet("private", "10.0.1.0/24", {"natGatewayId": "nat-1"}),
        *(
            Resource("aws:ec2/securityGroup:SecurityGroup", f"sg-{name}", inputs={"vpcId": "vpc-1"})
            for name in ("milvus", "clients", "brokers")
        ),
        passage(EGRESS, "sg-clients", "sg-milvus"),
        passage(INGRESS, "sg-milvus", "sg-clients"),
        *milvus,
        *balancer(OTHER, "attu.elb.us-east-1.amazonaws.com", 80, "HTTP"),
        *secret(ROOT, "root", "root-password"),
        *secret(KAFKA, "milvus-a", "kafka"),
        *secret(FORMER, "milvus-b", "kafka-b"),
        Resource("aws:msk/cluster:Cluster", "arn:kafka", inputs={"bootstrapBrokersSaslScram": BROKERS}),
        Resource(
            "aws:msk/scramSecretAssociation:ScramSecretAssociation",
            "arn:kafka",
            inputs={"clusterArn": "arn:kafka", "secretArnLists": [KAFKA, FORMER]},
        ),
        *(Resource("aws:s3/bucket:Bucket", name) for name in ("bucket", "logs")),
        Resource("aws:eks/cluster:Cluster", "milvus-dev", inputs={"endpoint": SERVER}),
        Resource("aws:eks/cluster:Cluster", "other", inputs={"endpoint": "https://other"}),
        *(Resource("kubernetes:core/v1:Namespace", name, server=SERVER) for name in ("milvus", "other")),
        Resource("kubernetes:core/v1:Secret", "milvus/login", inputs={"stringData": login}, server=SERVER),
        Resource("kubernetes:helm.sh/v3:Release", "milvus/milvus", inputs=release, server=SERVER),
    ]  # fmt: skip


PLAIN = balancer(ARN, NAME, 19530, "TCP")
TLS = [
    *balancer(ARN, NAME, 19530, "TLS", certificateArn=CERTIFICATE),
    Resource("aws:acm/certificate:Certificate", CERTIFICATE, inputs={"domainName": HOST}),
]
RECORD = Resource("aws:route53/record:Record", "record", inputs={"name": HOST, "aliases": [{"name": NAME}]})
ELSEWHERE = Resource("aws:route53/record:Record", "record", inputs={"name": HOST, "aliases": [{"name": "old.elb"}]})


def said(resources: list[Resource], lists: tuple[str, ...] = LISTS, /, **contract: str | None) -> list[str]:
    """What a consumer of this cloud complains about, without the rules' names. `lists` names StringLists."""
    register()
    cloud = Cloud(forgiving=True)
    for resource in resources:
        cloud.put(resource)
    type_ = "aws:ssm/parameter:Parameter"
    for key, value in {**CONTRACT, **contract}.items():
        if value is not None:
            inputs = {"type": "StringList" if key in lists else "String", "insecureValue": value}
            cloud.put(Resource(type_, f"/milvus/dev/{key}", inputs=inputs, region="us-east-1"))
    version = Resource(type_, "/milvus/dev/contract_version", inputs={"insecureValue": "1.0"}, region="us-east-1")
    cloud.settle(version)
    return [each.splitlines()[0].partition(": ")[2] for each in cloud.refusals]


def test_a_contract_that_is_right_is_followed_to_the_end() -> None:
    assert said(world(PLAIN)) == []
    assert said(world([*TLS, RECORD]), **BY_NAME) == []
    assert said(world(TLS), **BY_NAME) == []  # the record is somebody else's, and the certificate has the name
    assert said(world(PLAIN), attu_url=None) == []


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("target", "embedded", "Milvus runs on AWS"),
        ("milvus_uri", f"https://{NAME}:19530", f"milvus_tls say http://{NAME}:19530"),
        ("milvus_uri", "http://10.0.1.7:19530", f"milvus_tls say http://{NAME}:19530"),
        ("milvus_auth_secret_arn", KAFKA, "it holds user milvus-a, not root"),
        ("milvus_auth_secret_arn", "arn:gone", "Secrets Manager can't find the specified secret"),
        ("attu_url", "https://attu.elb.us-east-1.amazonaws.com", "no listener on port 443"),
        ("attu_url", f"http://{NAME}", "no listener on port 80"),
        ("attu_url", f"http://{NAME}:19530", "leads to ports [19530] of pods, not to 3000"),
        ("bucket_name", "logs", "Milvus keeps its data in bucket"),
        ("kafka_bootstrap_servers", "b-1.kafka:9092", "no cluster has these SASL/SCRAM listeners"),
        ("kafka_secret_arn", ROOT, "it holds user root, not milvus-a"),
        ("kafka_secret_arn", FORMER, "it holds user milvus-b, not milvus-a"),
        ("vpc_id", "vpc-other", "no such VPC"),
        ("private_subnet_ids", "subnet-public", "is public: its way out is r-public"),
        ("private_subnet_ids", "subnet-gone", "no subnet of vpc-1"),
        ("client_security_group_id", "sg-brokers", "a consumer may not connect out"),
        ("client_security_group_id", "sg-gone", "no group of vpc-1"),
        ("nlb_arn", OTHER, f"milvus_host leads to {ARN}"),
        ("cluster_name", "other", "Milvus runs in milvus-dev"),
        ("namespace", "other", "Milvus runs in milvus"),
        ("aws_region", "eu-west-1", "everything is in us-east-1"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_found_by_its_key(key: str, value: str, reason: str) -> None:
    found = said(world(PLAIN), **{key: value})
    assert [each for each in found if each.startswith(f"the contract's {key} is ") and reason in each], found


@pytest.mark.parametrize(
    ("resources", "contract", "reason"),
    [
        (PLAIN, {"milvus_host": HOST, "milvus_uri": f"http://{HOST}:19530"}, "no load balancer, no record and no"),
        ([*PLAIN, ELSEWHERE], {"milvus_host": HOST, "milvus_uri": f"http://{HOST}:19530"}, "leads to old.elb"),
        (PLAIN, {"milvus_port": "443", "milvus_uri": f"http://{NAME}:443"}, "no listener on port 443"),
        (PLAIN, {"milvus_tls": "true", "milvus_uri": f"https://{NAME}:19530"}, "speaks no TLS on port 19530"),
        ([*TLS, RECORD], {**BY_NAME, "milvus_tls": "false", "milvus_uri": f"http://{HOST}:19530"}, "speaks TLS on"),
        (TLS, {"milvus_tls": "true", "milvus_uri": f"https://{NAME}:19530"}, f"does not name {NAME}"),
        (TLS, {k: v.replace(HOST, "x.example.com") for k, v in BY_NAME.items()}, "no load balancer, no record and no"),
        (PLAIN, {"milvus_uri": None}, "a consumer on AWS gets host, port, TLS and address"),
        (PLAIN, {"milvus_port": "https"}, "expected a number"),
    ],
)  # fmt: skip
def test_values_that_fit_each_other_and_not_the_cloud_are_found(
    resources: list[Resource], contract: dict[str, str | None], reason: str
) -> None:
    found = said(world(resources), **contract)
    assert [each for each in found if reason in each], found


@pytest.mark.parametrize("type_", [INGRESS, EGRESS])
def test_a_consumer_whose_group_lets_nothing_through_is_found(type_: str) -> None:
    closed = [each for each in world(PLAIN) if each.type != type_]
    assert any("client_security_group_id is sg-clients: connection timed out" in each for each in said(closed))


@pytest.mark.parametrize(("lists", "key"), [((), "private_subnet_ids"), ((*LISTS, "vpc_id"), "vpc_id")])
def test_a_parameter_of_another_type_than_its_key_is_found(lists: tuple[str, ...], key: str) -> None:
    (found,) = said(world(PLAIN), lists)
    assert found.startswith(f"the contract's {key} is /milvus/dev/{key}: its type is String")


def test_no_secret_is_in_what_is_said() -> None:
    other = [each for each in world(PLAIN) if each.id != f"{ROOT}|1"] + secret(ROOT, "root", "hunter2")[1:]
    (found,) = said(other)
    assert found == f"the contract's milvus_auth_secret_arn is {ROOT}: the password of root is another one"
