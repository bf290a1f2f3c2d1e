"""Somebody else's VPC: nothing of it is touched, and what cannot hold a cluster is refused before anything is made."""

from typing import Any

import pulumi_aws as aws
import pytest

from components.network.existing import ExistingNetwork, ExistingNetworkArgs
from tests.components.recording import Recording, record

VPC = {
    "id": "vpc-1",
    "cidrBlock": "10.0.0.0/16",
    "enableDnsHostnames": True,
    "enableDnsSupport": True,
    "cidrBlockAssociations": [{"associationId": "a", "cidrBlock": "10.0.0.0/16", "state": "associated"}],
}
SUBNETS = {
    "subnet-a": {"availabilityZone": "us-east-1a"},
    "subnet-b": {"availabilityZone": "us-east-1b"},
    "subnet-public": {"availabilityZone": "us-east-1a"},
}


def existing(vpc: dict[str, Any] | None = None, subnet: dict[str, Any] | None = None, **settings: Any) -> Recording:
    """A program that makes one thing in the private subnet of us-east-1b."""

    def look_up(arguments: dict[str, Any]) -> dict[str, Any]:
        found = {"id": arguments["id"], "vpcId": "vpc-1", "availableIpAddressCount": 200, **SUBNETS[arguments["id"]]}
        return {**found, **(subnet or {})} if arguments["id"] == "subnet-b" else found

    def program() -> None:
        args: dict[str, Any] = {
            "vpc_id": "vpc-1",
            "private_subnet_ids": {"us-east-1a": "subnet-a", "us-east-1b": "subnet-b"},
            "public_subnet_ids": {"us-east-1a": "subnet-public"},
            "service_cidr": "172.20.0.0/16",
        }
        network = ExistingNetwork("net", ExistingNetworkArgs(**{**args, **settings}))
        aws.ec2.NetworkInterface("card", subnet_id=network.node_subnet_ids["us-east-1b"])

    answers = {"aws:ec2/getVpc:getVpc": {**VPC, **(vpc or {})}, "aws:ec2/getSubnet:getSubnet": look_up}
    return record(program, answers=answers)


def test_nothing_of_the_vpc_is_made_tagged_or_changed() -> None:
    assert sorted(resource.type for resource in existing().resources) == [
        "aws:ec2/networkInterface:NetworkInterface",
        "milvus-on-aws:network:ExistingNetwork",
    ]


def test_the_outputs_are_those_of_a_network_of_our_own() -> None:
    recording = existing()
    outputs = recording.component_outputs[recording.one("milvus-on-aws:network:ExistingNetwork").urn]
    assert outputs == {
        "vpc_id": "vpc-1",
        "vpc_cidr": "10.0.0.0/16",
        "public_subnet_ids": {"us-east-1a": "subnet-public"},
        "private_subnet_ids": {"us-east-1a": "subnet-a", "us-east-1b": "subnet-b"},
        "node_subnet_ids": {"us-east-1a": "subnet-a", "us-east-1b": "subnet-b"},
    }


@pytest.mark.parametrize(
    ("vpc", "subnet", "message"),
    [
        ({"enableDnsHostnames": False}, {}, "vpc-1: DNS hostnames or DNS support is off"),
        ({"enableDnsSupport": False}, {}, "vpc-1: DNS hostnames or DNS support is off"),
        (
            {"cidrBlockAssociations": [{"associationId": "a", "cidrBlock": "172.20.8.0/22", "state": "associated"}]},
            {},
            "vpc-1: overlaps with the cluster's service CIDR 172.20.0.0/16",
        ),
        ({}, {"vpcId": "vpc-2"}, "subnet-b: in vpc-2, not in vpc-1"),
        ({}, {"availabilityZone": "us-east-1c"}, "subnet-b: in zone us-east-1c, not us-east-1b"),
        ({}, {"availableIpAddressCount": 15}, "subnet-b: 15 free addresses, 16 are needed"),
    ],
)
def test_a_vpc_that_cannot_hold_a_cluster_is_refused(vpc: dict[str, Any], subnet: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        existing(vpc, subnet)


def test_one_zone_is_not_enough() -> None:
    with pytest.raises(ValueError, match="private subnets in fewer than two zones"):
        existing(private_subnet_ids={"us-east-1b": "subnet-b"})
