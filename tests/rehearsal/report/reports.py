"""A small invented report in the form that a rehearsal produces."""

from typing import Any

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.report.details import Bar, Details
from rehearsal.report.origin import Origin
from rehearsal.report.record import Record, record
from rehearsal.report.report import Report
from rehearsal.report.topology import topology
from rehearsal.rules.ec2 import SECURITY_GROUP, SUBNET, VPC
from rehearsal.rules.elb import BALANCER, LISTENER
from rehearsal.rules.msk import CLUSTER
from rehearsal.rules.security_groups import EGRESS, INGRESS

ESTIMATE = {
    "tier": "development",
    "region": "us-east-1",
    "usd_per_month": 90.5,
    "usd_per_month_low": 80,
    "usd_per_month_high": 101,
    "prices_as_of": "2026-11-21",
    "cost": [
        {"component": "network", "what": "1 NAT gateway", "usd": 30, "low": 30, "high": 30},
        {"component": "network", "what": "NAT traffic", "usd": 10.5, "low": 0, "high": 21},
        {"component": "kafka", "what": "2 x kafka.t3.small", "usd": 50, "low": 50, "high": 50},
    ],
}
ORIGIN = Origin("2026-11-26 09:30+00:00", "abc1234 fix(kafka): a longer name", dirty=True)


def bar(name: str, component: str, start: float, minutes: float, *, critical: bool = False, after: str = "") -> Bar:
    return Bar(name, "aws:ec2/vpc:Vpc", component, start, minutes, after, critical)


def report(name: str = "vpc", **changed: Any) -> Report:
    made = [
        bar(name, "network", 0, 0.5, critical=True),
        bar("tag", "network", 0.5, 0.05, after=name),
        bar("brokers", "kafka", 0.5, 30, critical=True, after=name),
        bar("balancer", "endpoints", 0.5, 3, after=name),
    ]
    outputs = {"vpc_id": name, "subnets": ["a", "b"], "estimate": ESTIMATE}
    content: dict[str, Any] = {
        "resources": 4,
        "minutes_to_ready": 30.5,
        "lower_bound_minutes": 30.2,
        "guide_minutes": 70.5,
        "critical_path": [name, "brokers"],
        "minutes_to_destroy": 9.25,
        "destroy_waits_for": ["brokers"],
        "estimate": ESTIMATE,
        "details": Details(made, [bar("brokers", "kafka", 0, 8)], outputs),
        "topology": topology(network(name)),
    }
    return Report("dev", **{**content, **changed})


def recorded(of: Report, **settings: Any) -> Record:
    return record(of, {"milvus-on-aws:tier": "development"} | settings, ORIGIN)


def network(name: str = "vpc") -> Cloud:
    """A load balancer that members of a group reach on 19530, and may reach brokers on 9092 to 9096."""
    cloud = Cloud()

    def put(type_: str, id_: str, **inputs: Any) -> None:
        cloud.put(Resource(type_, id_, f"urn:pulumi:dev::p::{type_}::{id_}", inputs, {"arn": id_}))

    put(VPC, name, cidrBlock="10.0.0.0/16")
    put(SUBNET, "subnet-a", cidrBlock="10.0.0.0/20", availabilityZone="us-east-1a", vpcId=name)
    put(SUBNET, "subnet-b", cidrBlock="10.0.16.0/20", availabilityZone="us-east-1b", vpcId=name)
    for group in ("clients", "balancer", "brokers"):
        put(SECURITY_GROUP, f"sg-{group}", vpcId=name)
    subnets = ["subnet-a", "subnet-b"]
    put(BALANCER, "nlb", loadBalancerType="network", internal=True, subnets=subnets, securityGroups=["sg-balancer"])
    put(LISTENER, "listener", loadBalancerArn="nlb", port=19530, defaultActions=[])
    info = {"clientSubnets": subnets, "securityGroups": ["sg-brokers"], "instanceType": "kafka.t3.small"}
    put(CLUSTER, "kafka", brokerNodeGroupInfo=info, numberOfBrokerNodes=2, kafkaVersion="3.8.x")
    tcp = {"ipProtocol": "tcp"}
    put(INGRESS, "in-milvus", securityGroupId="sg-balancer", fromPort=19530, toPort=19530,
        referencedSecurityGroupId="sg-clients", **tcp)  # fmt: skip
    put(INGRESS, "in-kafka", securityGroupId="sg-brokers", fromPort=9092, toPort=9098,
        referencedSecurityGroupId="sg-balancer", **tcp)  # fmt: skip
    put(EGRESS, "out-clients", securityGroupId="sg-clients", ipProtocol="-1", cidrIpv4="0.0.0.0/0")
    put(
        EGRESS, "out-balancer", securityGroupId="sg-balancer", fromPort=9000, toPort=9096, cidrIpv4="10.0.0.0/16", **tcp
    )
    return cloud
