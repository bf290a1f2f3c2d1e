"""Inputs and outputs of types, as they are read from the installed SDKs."""

import pytest

from rehearsal.protocol import schema


def reasons(token: str, **inputs: object) -> list[str]:
    return [reason for _, reason in schema.problems(token, inputs)]


@pytest.mark.parametrize(
    ("token", "required", "secret"),
    [
        ("aws:ec2/subnet:Subnet", ["vpcId"], []),
        ("aws:msk/cluster:Cluster", ["brokerNodeGroupInfo", "kafkaVersion", "numberOfBrokerNodes"], []),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", ["ipProtocol", "securityGroupId"], []),
        ("eks:index:Cluster", [], []),
        ("kubernetes:core/v1:Secret", [], ["data", "stringData"]),
        ("kubernetes:helm.sh/v3:Release", ["chart"], []),
        ("random:index/randomPassword:RandomPassword", ["length"], ["bcryptHash", "result"]),
    ],
)
def test_what_is_required_and_what_comes_back_secret(token: str, required: list[str], secret: list[str]) -> None:
    known = schema.of(token)
    assert known
    assert sorted(key for key, each in known.inputs.items() if each.required) == required
    assert sorted(known.secret) == secret


def test_outputs_that_aws_always_gives_are_not_optional() -> None:
    vpc = schema.of("aws:ec2/vpc:Vpc")
    assert vpc
    assert vpc.outputs["arn"] == schema.Output(optional=False, kind="text")
    assert vpc.outputs["assignGeneratedIpv6CidrBlock"].optional
    assert "arn" not in vpc.inputs


def test_missing_and_unknown_properties_are_named_with_their_path() -> None:
    assert reasons("aws:ec2/subnet:Subnet", cidrBlock="10.0.0.0/24") == [
        "Missing required property 'vpcId' of aws:ec2/subnet:Subnet"
    ]
    found = reasons(
        "aws:eks/cluster:Cluster", roleArn="r", vpcConfig={"subnetIds": [], "endpoint_private_access": True}
    )
    assert found == [
        "Unknown property 'vpcConfig.endpoint_private_access' of aws:eks/cluster:Cluster;"
        " did you mean endpointPrivateAccess?"
    ]


def test_arguments_that_come_from_another_package_are_known_too() -> None:
    assert reasons("eks:index:Cluster", upgradePolicy={"supportTyp": "STANDARD"}) == [
        "Unknown property 'upgradePolicy.supportTyp' of eks:index:Cluster"
    ]
    assert reasons(
        "kubernetes:batch/v1:Job",
        apiVersion="batch/v1",
        kind="Job",
        metadata={"nam": "x"},
        spec={"template": {"spec": {"containers": [{"name": "a", "imag": "b"}]}}},
    ) == [
        "Unknown property 'metadata.nam' of kubernetes:batch/v1:Job",
        "Unknown property 'spec.template.spec.containers[0].imag' of kubernetes:batch/v1:Job",
    ]


def test_a_custom_resource_may_hold_anything() -> None:
    assert schema.of("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding") is None
    assert reasons("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", spec={"whatever": 1}) == []
