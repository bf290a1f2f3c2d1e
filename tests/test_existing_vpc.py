"""The whole program in an existing VPC, whose private subnets are in a CIDR block that was added to it later."""

from functools import cache
from typing import Any

import pytest

from tests.components.recording import Recording
from tests.program import run

ZONES = ("us-east-1a", "us-east-1b")
PRIVATE = {f"subnet-0123456789abcdef{number}": f"100.64.{number}.0/24" for number in range(2)}
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
BLOCKS = ("10.7.0.0/24", "100.64.0.0/16")


def subnet(arguments: dict[str, Any]) -> dict[str, Any]:
    id_ = arguments["id"]
    zone = ZONES[int(id_[-1])]
    return {
        "id": id_,
        "vpcId": "vpc-0123456789abcdef0",
        "cidrBlock": PRIVATE[id_],
        "availabilityZone": zone,
        "availableIpAddressCount": 251,
    }


ANSWERS: dict[str, Any] = {
    "aws:ec2/getVpc:getVpc": {
        "id": "vpc-0123456789abcdef0",
        "cidrBlock": BLOCKS[0],
        "enableDnsHostnames": True,
        "enableDnsSupport": True,
        "cidrBlockAssociations": [{"associationId": cidr, "cidrBlock": cidr, "state": "associated"} for cidr in BLOCKS],
    },
    "aws:ec2/getSubnet:getSubnet": subnet,
    "aws:eks/getClusters:getClusters": {"names": []},
}


@cache
def deployed() -> Recording:
    existing = {"vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": dict(zip(ZONES, PRIVATE, strict=True))}
    return run("dev", answers=ANSWERS, network={"existing": existing}, access={"clientCidrs": ["10.7.0.0/24"]})


@pytest.mark.parametrize("port", [19530, 3000])
def test_balancers_reach_the_pods_where_their_subnets_are(port: int) -> None:
    reached = {rule.inputs.get("cidrIpv4") for rule in deployed().all(EGRESS) if rule.inputs["fromPort"] == port}
    assert reached - {None} == {"100.64.0.0/24", "100.64.1.0/24"}


def test_the_pods_admit_the_balancers_from_their_subnets() -> None:
    admitted = {
        peer["ipBlock"]["cidr"]
        for policy in deployed().all("kubernetes:networking.k8s.io/v1:NetworkPolicy")
        for rule in policy.inputs["spec"].get("ingress", [])
        for peer in rule["from"]
        if "ipBlock" in peer
    }
    assert admitted == {"100.64.0.0/24", "100.64.1.0/24"}


def test_two_small_subnets_cannot_hold_a_large_workload() -> None:
    def small(arguments: dict[str, Any]) -> dict[str, Any]:
        found = subnet(arguments)
        return {**found, "cidrBlock": found["cidrBlock"].replace("/24", "/27"), "availableIpAddressCount": 27}

    existing = {"vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": dict(zip(ZONES, PRIVATE, strict=True))}
    with pytest.raises(ValueError, match=r"100\.64\.0\.0/27 holds 27 addresses, the workload needs \d+ in us-east-1a"):
        run(
            "dev",
            answers={**ANSWERS, "aws:ec2/getSubnet:getSubnet": small},
            workload={"vectors": 100_000_000, "dimension": 1536},
            network={"existing": existing},
            access={"clientCidrs": ["10.7.0.0/24"]},
        )
