"""An existing VPC is never changed, and one that cannot hold a cluster is refused before anything is created."""

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
    "subnet-a": {"availabilityZone": "us-east-1a", "cidrBlock": "10.0.0.0/24"},
    "subnet-b": {"availabilityZone": "us-east-1b", "cidrBlock": "100.64.0.0/24"},
    "subnet-public": {"availabilityZone": "us-east-1a", "cidrBlock": "10.0.8.0/26", "availableIpAddressCount": 59},
}


def existing(
    vpc: dict[str, Any] | None = None,
    subnet: dict[str, Any] | None = None,
    clusters: tuple[str, ...] = ("other",),
    **settings: Any,
) -> Recording:
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
            "private_addresses": {"us-east-1a": 40, "us-east-1b": 160},
            "public_addresses": 16,
            "cluster_name": "milvus-on-aws-dev",
        }
        network = ExistingNetwork("net", ExistingNetworkArgs(**{**args, **settings}))
        aws.ec2.NetworkInterface("card", subnet_id=network.node_subnet_ids["us-east-1b"])

    answers = {
        "aws:ec2/getVpc:getVpc": {**VPC, **(vpc or {})},
        "aws:ec2/getSubnet:getSubnet": look_up,
        "aws:eks/getClusters:getClusters": {"names": list(clusters)},
    }
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
        "nat_gateway_ids": {},
        "node_subnet_ids": {"us-east-1a": "subnet-a", "us-east-1b": "subnet-b"},
        "public_cidrs": {"us-east-1a": "10.0.8.0/26"},
        "private_cidrs": {"us-east-1a": "10.0.0.0/24", "us-east-1b": "100.64.0.0/24"},
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
        ({}, {"availableIpAddressCount": 159}, "subnet-b: 159 free addresses, the workload needs 160 in us-east-1b"),
        (
            {},
            {"cidrBlock": "100.64.0.0/25", "availableIpAddressCount": 123},
            r"subnet-b: 100\.64\.0\.0/25 holds 123 addresses, the workload needs 160 in us-east-1b; give a larger",
        ),
        ({}, {"availabilityZoneId": "use1-az3"}, "subnet-b: in use1-az3, where EKS makes no control plane"),
    ],
)
def test_a_vpc_that_cannot_hold_a_cluster_is_refused(vpc: dict[str, Any], subnet: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        existing(vpc, subnet)


def test_one_zone_is_not_enough() -> None:
    with pytest.raises(ValueError, match="private subnets in fewer than two zones"):
        existing(private_subnet_ids={"us-east-1b": "subnet-b"})


def test_a_running_cluster_needs_its_addresses_only_once() -> None:
    existing(subnet={"availableIpAddressCount": 8}, clusters=("milvus-on-aws-dev",))
    with pytest.raises(ValueError, match="holds 27 addresses, the workload needs 160"):
        existing(subnet={"cidrBlock": "100.64.0.0/27"}, clusters=("milvus-on-aws-dev",))


def test_every_public_subnet_needs_room_for_the_balancers() -> None:
    with pytest.raises(ValueError, match=r"subnet-public: 10\.0\.8\.0/26 holds 59 addresses, the workload needs 60"):
        existing(public_addresses=60)
