"""CloudFormation's registry schemas judge Pulumi's inputs."""

import json
from typing import Any

import pytest

from rehearsal.protocol.wire import UNKNOWN
from rehearsal.published import cloudformation, judge, schemas

GROUP = {"name": "a", "description": "a"}
NODES = {"clusterName": "c", "nodeRoleArn": "arn:aws:iam::123456789012:role/r", "subnetIds": ["subnet-01234567"]}
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TARGETS = {"name": "t", "port": 1, "protocol": "TCP", "targetType": "ip", "vpcId": "vpc-01234567"}
RULE = {"securityGroupId": "sg-01234567", "ipProtocol": "tcp", "fromPort": 1, "toPort": 1, "cidrIpv4": "10.0.0.0/8"}
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
RECORD = {"zoneId": "Z1", "name": "a.example.org", "type": "A"}


def found(type_: str, inputs: dict[str, Any], region: str = "us-east-1") -> list[str]:
    return [path for path, _ in cloudformation.problems(type_, inputs, region)]


@pytest.mark.parametrize(
    ("type_", "taken", "refused", "path"),
    [
        ("aws:ec2/securityGroup:SecurityGroup", GROUP, GROUP | {"description": "a's"}, "description"),
        ("aws:ec2/securityGroup:SecurityGroup", GROUP, GROUP | {"vpcId": "vpc-1"}, "vpcId"),
        ("aws:eks/nodeGroup:NodeGroup", NODES, NODES | {"amiType": "AL3"}, "amiType"),
        ("aws:eks/nodeGroup:NodeGroup", NODES, NODES | {"instanceTypes": ["m99.large"]}, "instanceTypes[0]"),
        ("aws:eks/nodeGroup:NodeGroup", NODES, NODES | {"scalingConfig": {"minSize": -1}}, "scalingConfig.minSize"),
        ("aws:eks/nodeGroup:NodeGroup", NODES, {"clusterName": "c"}, ""),
        ("aws:lb/targetGroup:TargetGroup", TARGETS, TARGETS | {"healthCheck": {"interval": 4}}, "healthCheck.interval"),
        (
            "aws:lb/targetGroup:TargetGroup",
            TARGETS,
            {"targetType": "ip", "name": "t", "port": 1, "protocol": "TCP"},
            "",
        ),
        (
            "aws:lb/targetGroup:TargetGroup",
            TARGETS | {"healthCheck": {"protocol": "HTTP", "matcher": "200"}},
            TARGETS | {"healthCheck": {"protocol": "TCP", "matcher": "200"}},
            "healthCheck.matcher",
        ),
        (
            "aws:lb/loadBalancer:LoadBalancer",
            {"subnets": ["subnet-01234567"], "loadBalancerType": "network", "internal": True},
            {"subnets": ["subnet-01234567"], "loadBalancerType": "application", "internal": True},
            "subnets",
        ),
        (INGRESS, RULE, {**RULE, "cidrIpv4": None}, ""),
        (INGRESS, RULE, {**RULE, "toPort": None}, ""),
        (
            INGRESS,
            RULE | {"ipProtocol": "-1", "fromPort": None, "toPort": None},
            RULE | {"ipProtocol": "-1"},
            "fromPort",
        ),
        (
            "aws:route53/record:Record",
            RECORD | {"records": ["192.0.2.1"], "ttl": 60},
            RECORD | {"records": ["a"], "ttl": 60},
            "records[0]",
        ),
        (
            "aws:route53/record:Record",
            RECORD | {"aliases": [{"name": "b.example.org", "zoneId": "Z1"}]},
            RECORD | {"aliases": [{"name": "b.example.org", "zoneId": "Z1"}], "ttl": 60},
            "ttl",
        ),
        (
            "aws:iam/rolePolicy:RolePolicy",
            {"name": "a", "role": "r", "policy": json.dumps({"Statement": [STATEMENT]})},
            {"name": "a", "role": "r", "policy": json.dumps({"Statement": [STATEMENT | {"Effect": "allow"}]})},
            "policy",
        ),
        (
            "aws:eks/cluster:Cluster",
            {"roleArn": NODES["nodeRoleArn"], "vpcConfig": {"subnetIds": []}, "enabledClusterLogTypes": ["api"]},
            {"roleArn": NODES["nodeRoleArn"], "vpcConfig": {"subnetIds": []}, "enabledClusterLogTypes": ["etcd"]},
            "enabledClusterLogTypes",
        ),
        (
            "aws:s3/bucketVersioning:BucketVersioning",
            {"bucket": "bucket", "versioningConfiguration": {"status": "Suspended"}},
            {"bucket": "bucket", "versioningConfiguration": {"status": "Off"}},
            "versioningConfiguration.status",
        ),
    ],
)
def test_what_cloudformation_refuses_is_found_at_the_input(
    type_: str, taken: dict[str, Any], refused: dict[str, Any], path: str
) -> None:
    assert found(type_, taken) == []
    assert path in found(type_, refused)


def test_tags_are_judged_as_pairs_and_found_by_their_key() -> None:
    assert found("aws:lb/targetGroup:TargetGroup", TARGETS | {"tags": {"team": "R&D"}}) == ["tags.team"]


def test_a_policy_that_is_no_json_is_refused() -> None:
    inputs = {"bucket": "bucket", "policy": "{"}
    assert found("aws:s3/bucketPolicy:BucketPolicy", inputs) == ["policy"]


def test_a_type_that_the_region_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "types", lambda region: {"AWS::EC2::VPC": "a"} if region == "mx-central-1" else {})
    assert cloudformation.problems("aws:msk/cluster:Cluster", {"clusterName": "a"}, "mx-central-1") == [
        ("", "AWS::MSK::Cluster does not exist in mx-central-1, says CloudFormation's registry of resource types")
    ]


def test_regions_have_schemas_and_instance_types_of_their_own() -> None:
    assert "AWS::EKS::Cluster" in schemas.types("us-gov-west-1")
    assert found("aws:eks/nodeGroup:NodeGroup", NODES | {"instanceTypes": ["m1.small"]}) == []
    refused = found("aws:eks/nodeGroup:NodeGroup", NODES | {"instanceTypes": ["m1.small"]}, "af-south-1")
    assert refused == ["instanceTypes[0]"]


def test_what_a_preview_does_not_know_is_not_judged() -> None:
    inputs = {"name": UNKNOWN, "description": "a", "vpcId": UNKNOWN, "ingress": UNKNOWN}
    assert found("aws:ec2/securityGroup:SecurityGroup", inputs) == []


def test_types_that_the_map_leaves_out_are_not_judged() -> None:
    assert found("aws:acm/certificateValidation:CertificateValidation", {"certificateArn": "a"}) == []


def test_a_txt_record_is_judged_in_the_quotes_that_the_provider_adds() -> None:
    record = {"zoneId": "Z0123456789", "name": "a.example.org", "type": "TXT", "ttl": 300}
    type_ = "aws:route53/record:Record"
    assert judge.problems(type_, {**record, "records": ["vpce:proof"]}, "us-east-1") == []
    assert judge.problems(type_, {**record, "records": ["x" * 256]}, "us-east-1")


@pytest.mark.parametrize(
    ("type_", "taken", "refused", "path"),
    [
        ("aws:ecr/repository:Repository", {"name": "milvus"}, {"name": "Milvus"}, "name"),
        ("aws:ebs/volume:Volume", {"size": 20}, {"size": "large"}, None),
        ("aws:lambda/function:Function", {"memorySize": 128}, {"memorySize": 64}, "memorySize"),
        ("aws:dynamodb/table:Table", {"billingMode": "PAY_PER_REQUEST"}, {"billingMode": "ONDEMAND"}, "billingMode"),
        ("aws:lb/listenerRule:ListenerRule", {"priority": 1}, {"priority": 0}, "priority"),
        ("aws:sqs/queue:Queue", {"delaySeconds": 900}, {"delaySeconds": 901}, "delaySeconds"),
    ],
)
def test_single_values_of_types_that_the_map_leaves_out_are_judged_by_the_names(
    type_: str, taken: dict[str, Any], refused: dict[str, Any], path: str | None
) -> None:
    assert found(type_, taken) == []
    assert found(type_, refused) == ([path] if path else [])
