"""The network: the order of creation, what the internet can reach, and addresses that must never change."""

from functools import cache
from typing import Any

import pulumi_aws as aws
import pytest

from components.network.network import Nat, Network, NetworkArgs
from planning.deployment import INTERFACE_ENDPOINTS
from tests.components.recording import Recording, record

ZONES = ("us-east-1a", "us-east-1c")


def network(nat: Nat = "single", **settings: Any) -> Recording:
    usual: dict[str, Any] = {"region": "us-east-1", "cidr": "10.0.0.0/16", "zones": ZONES, "nat": nat}
    args = NetworkArgs(**{**usual, **settings})
    return record(lambda: Network("net", args) and None)


@cache
def usual() -> Recording:
    """The same for every test that changes nothing: a program takes its time to build."""
    return network()


def test_a_subnet_is_named_and_addressed_by_its_zone() -> None:
    subnets = usual().all("aws:ec2/subnet:Subnet")
    assert {subnet.name: (subnet.inputs["availabilityZone"], subnet.inputs["cidrBlock"]) for subnet in subnets} == {
        "net-public-us-east-1a": ("us-east-1a", "10.0.128.0/24"),
        "net-private-us-east-1a": ("us-east-1a", "10.0.0.0/20"),
        "net-public-us-east-1c": ("us-east-1c", "10.0.130.0/24"),
        "net-private-us-east-1c": ("us-east-1c", "10.0.32.0/20"),
    }


def test_a_zone_added_later_changes_nothing_that_exists() -> None:
    def made(zones: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        recording = network(nat="perZone", zones=zones)
        return {each.urn: each.inputs for each in recording.resources if "VpcEndpoint" not in each.type}

    before, after = made(ZONES), made(("us-east-1a", "us-east-1b", "us-east-1c"))
    assert {urn: after[urn] for urn in before} == before


@pytest.mark.parametrize(
    ("nat", "gateways", "routes"),
    [
        ("none", [], {}),
        ("single", ["us-east-1a"], {"us-east-1a": "us-east-1a", "us-east-1c": "us-east-1a"}),
        ("perZone", ["us-east-1a", "us-east-1c"], {"us-east-1a": "us-east-1a", "us-east-1c": "us-east-1c"}),
    ],
)
def test_each_zone_goes_out_by_the_nat_it_was_given(nat: Nat, gateways: list[str], routes: dict[str, str]) -> None:
    recording = network(nat, interface_endpoints=INTERFACE_ENDPOINTS)
    assert {each.name for each in recording.all("aws:ec2/natGateway:NatGateway")} == {f"net-nat-{z}" for z in gateways}
    assert {
        route.name.removeprefix("net-private-nat-"): route.inputs["natGatewayId"]
        for route in recording.all("aws:ec2/route:Route")
        if route.inputs.get("natGatewayId")
    } == {zone: f"net-nat-{gateway}-id" for zone, gateway in routes.items()}


def test_no_way_out_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="nodes could not join the cluster"):
        network("none")


def test_a_nat_gateway_waits_for_its_subnets_way_to_the_internet() -> None:
    recording = usual()
    nat = recording.one("aws:ec2/natGateway:NatGateway")
    assert recording.depends(nat, recording.one("aws:ec2/route:Route", "net-public-internet"))


def test_nodes_wait_for_the_way_out_and_kafka_does_not() -> None:

    def program() -> None:
        net = Network("net", NetworkArgs(region="us-east-1", cidr="10.0.0.0/16", zones=ZONES, nat="single"))

        aws.ec2.NetworkInterface("node", subnet_id=net.node_subnet_ids["us-east-1c"])
        aws.ec2.NetworkInterface("broker", subnet_id=net.private_subnet_ids["us-east-1c"])

    recording = record(program)
    node = recording.one("aws:ec2/networkInterface:NetworkInterface", "node")
    broker = recording.one("aws:ec2/networkInterface:NetworkInterface", "broker")
    assert node.inputs["subnetId"] == broker.inputs["subnetId"] == "net-private-us-east-1c-id"
    for way_out in (
        recording.one("aws:ec2/natGateway:NatGateway"),
        recording.one("aws:ec2/route:Route", "net-private-nat-us-east-1c"),
        recording.one("aws:ec2/routeTableAssociation:RouteTableAssociation", "net-private-us-east-1c"),
        recording.one("aws:ec2/vpcEndpoint:VpcEndpoint", "net-s3"),
    ):
        assert recording.depends(node, way_out)
        assert not recording.depends(broker, way_out)


def test_s3_is_reached_without_nat_from_every_private_route_table() -> None:
    endpoint = usual().one("aws:ec2/vpcEndpoint:VpcEndpoint", "net-s3")
    assert endpoint.inputs["vpcEndpointType"] == "Gateway"
    assert endpoint.inputs["serviceName"] == "com.amazonaws.us-east-1.s3"
    assert endpoint.inputs["routeTableIds"] == ["net-private-us-east-1a-id", "net-private-us-east-1c-id"]


def test_interface_endpoints_admit_https_from_inside_the_vpc_only() -> None:
    recording = network(interface_endpoints=INTERFACE_ENDPOINTS)
    interfaces = [e for e in recording.all("aws:ec2/vpcEndpoint:VpcEndpoint") if e.name != "net-s3"]
    assert len(interfaces) == len(INTERFACE_ENDPOINTS) == 9
    assert all(each.inputs["privateDnsEnabled"] for each in interfaces)
    rule = recording.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) == ("10.0.0.0/16", 443, 443)


def test_the_default_security_group_lets_nobody_do_anything() -> None:
    group = usual().one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert "ingress" not in group.inputs
    assert "egress" not in group.inputs


def test_the_flow_log_may_write_into_its_own_group_only() -> None:
    recording = network(flow_logs="all", flow_log_retention_days=7)
    log = recording.one("aws:ec2/flowLog:FlowLog")
    assert log.inputs["trafficType"] == "ALL"
    assert recording.depends(log, recording.one("aws:iam/rolePolicy:RolePolicy"))
    assert recording.one("aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == 7
    assert network(flow_logs="none").all("aws:ec2/flowLog:FlowLog") == []


def test_every_child_hangs_on_the_component_so_that_depends_on_reaches_it() -> None:
    recording = network(nat="perZone", interface_endpoints=INTERFACE_ENDPOINTS)
    component = recording.one("milvus-on-aws:network:Network")
    assert {each.parent for each in recording.resources if each != component} == {component.urn}


def test_every_output_is_registered_under_its_own_name() -> None:
    recording = usual()
    outputs = recording.component_outputs[recording.one("milvus-on-aws:network:Network").urn]
    assert outputs["vpc_cidr"] == "10.0.0.0/16"
    assert outputs["node_subnet_ids"] == outputs["private_subnet_ids"]
    subnets = {subnet.inputs["cidrBlock"] for subnet in recording.all("aws:ec2/subnet:Subnet")}
    assert {*outputs["private_cidrs"].values(), *outputs["public_cidrs"].values()} == subnets
    assert outputs["public_subnet_ids"] == {zone: f"net-public-{zone}-id" for zone in ZONES}
