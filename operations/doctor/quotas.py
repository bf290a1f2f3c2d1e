"""What a deployment takes of the account's quotas: planned for the stack, used by everything else, and allowed.

Codes and names are those of `aws service-quotas list-service-quotas`. Left out: quotas that no plan comes near.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from operations.doctor.check import Finding, SkipError
from operations.doctor.subject import Subject
from planning.fleet.instances import catalogue
from settings.quotas import most_networks

STANDARD = tuple("acdhimrtz")
"""First letters of the instance families that the quota of standard instances counts."""


@dataclass(frozen=True)
class Quota:
    """One quota."""

    service: str
    code: str
    name: str
    """Part of the name that AWS gives it; a code that answers with another name proves nothing."""
    needs: Callable[[Subject], float]
    """How much the planned stack takes."""
    used: Callable[[Subject], float]
    """How much the account uses already."""
    asks: str

    def find(self, subject: Subject) -> Iterable[Finding]:
        if not (needs := self.needs(subject)):
            raise SkipError("this stack takes none")
        allowed, used = _allowed(subject, self), self.used(subject)
        if used + needs > allowed:
            yield Finding(
                f"{_n(needs)} more are planned, {_n(used)} are in use, and the quota is {_n(allowed)}",
                f"aws service-quotas request-service-quota-increase --region {subject.region}"
                f" --service-code {self.service} --quota-code {self.code} --desired-value {_n(used + needs)}"
                " (hours to days), or give back what is not used",
            )


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _allowed(subject: Subject, quota: Quota) -> float:
    """The quota of the account, or AWS' default where nobody has changed it."""
    from botocore.exceptions import ClientError

    quotas, which = subject.client("service-quotas"), {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        found = quotas.get_service_quota(**which)["Quota"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchResourceException":
            raise
        found = quotas.get_aws_default_service_quota(**which)["Quota"]
    if quota.name not in found.get("QuotaName", quota.name):
        raise SkipError(f"{quota.code} is {found['QuotaName']!r} now, not {quota.name!r}")
    return float(found["Value"])


def _count(service: str, operation: str, key: str, **parameters: Any) -> Callable[[Subject], float]:
    return lambda subject: len(subject.all(service, operation, key, **parameters))


def _nats(subject: Subject) -> int:
    """NAT gateways that the stack makes."""
    by_nat = {"none": 0, "single": 1, "perZone": len(subject.settings.zones)}
    return 0 if subject.settings.network.existing else by_nat[subject.settings.network.nat]


def _nats_in_a_zone(subject: Subject) -> float:
    """NAT gateways in that zone of the stack which has most of them."""
    states = [{"Name": "state", "Values": ["pending", "available"]}]
    gateways = subject.all("ec2", "describe_nat_gateways", "NatGateways", Filter=states)
    zones = {each["SubnetId"]: each["AvailabilityZone"] for each in subject.all("ec2", "describe_subnets", "Subnets")}
    inside = [zones.get(each["SubnetId"]) for each in gateways]
    return max((inside.count(zone) for zone in subject.zones), default=0)


def _vcpus(subject: Subject) -> float:
    return sum(group.nodes * catalogue()[group.instance].vcpu for group in subject.plan.fleet.groups)


def _vcpus_used(subject: Subject) -> float:
    running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    found = [
        instance
        for reservation in subject.all("ec2", "describe_instances", "Reservations", Filters=running)
        for instance in reservation["Instances"]
        if instance["InstanceType"].startswith(STANDARD) and instance.get("InstanceLifecycle") != "spot"
    ]
    return sum(each["CpuOptions"]["CoreCount"] * each["CpuOptions"]["ThreadsPerCore"] for each in found)


def _tib(subject: Subject) -> float:
    plan = subject.plan
    roots = sum(group.nodes * group.root_volume_gib for group in plan.fleet.groups)
    return (roots + plan.deployment.etcd.count * plan.deployment.etcd_disk_gib) / 1024


def _tib_used(subject: Subject) -> float:
    gp3 = [{"Name": "volume-type", "Values": ["gp3"]}]
    return sum(each["Size"] for each in subject.all("ec2", "describe_volumes", "Volumes", Filters=gp3)) / 1024


def _brokers(subject: Subject) -> float:
    return subject.plan.kafka.count if subject.plan.kafka else 0


def _brokers_used(subject: Subject) -> float:
    clusters = subject.all("kafka", "list_clusters_v2", "ClusterInfoList")
    return sum(each.get("Provisioned", {}).get("NumberOfBrokerNodes", 0) for each in clusters)


def _balancers(kind: str) -> Callable[[Subject], float]:
    def used(subject: Subject) -> float:
        return sum(each["Type"] == kind for each in subject.all("elbv2", "describe_load_balancers", "LoadBalancers"))

    return used


def _albs(subject: Subject) -> float:
    return float(subject.settings.attu.exposure != "none" and subject.settings.attu.behind == "alb")


def _own_vpc(subject: Subject) -> float:
    return float(not subject.settings.network.existing)


QUOTAS = (
    Quota("ec2", "L-1216C47A", "On-Demand Standard", _vcpus, _vcpus_used, "ec2:DescribeInstances"),
    Quota("ec2", "L-0263D0A3", "Elastic IPs", _nats, _count("ec2", "describe_addresses", "Addresses"),
          "ec2:DescribeAddresses"),
    Quota("ebs", "L-7A658B76", "gp3", _tib, _tib_used, "ec2:DescribeVolumes"),
    Quota("vpc", "L-F678F1CE", "VPCs per Region", _own_vpc, _count("ec2", "describe_vpcs", "Vpcs"),
          "ec2:DescribeVpcs"),
    Quota("vpc", "L-A4707A72", "Internet gateways", _own_vpc,
          _count("ec2", "describe_internet_gateways", "InternetGateways"), "ec2:DescribeInternetGateways"),
    Quota("vpc", "L-FE5A380F", "NAT gateways", lambda subject: min(1, _nats(subject)), _nats_in_a_zone,
          "ec2:DescribeNatGateways"),
    Quota("elasticloadbalancing", "L-69A177A2", "Network Load Balancers", lambda _: 1, _balancers("network"),
          "elasticloadbalancing:DescribeLoadBalancers"),
    Quota("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers", _albs, _balancers("application"),
          "elasticloadbalancing:DescribeLoadBalancers"),
    Quota("eks", "L-1194D53C", "Clusters", lambda _: 1, _count("eks", "list_clusters", "clusters"),
          "eks:ListClusters"),
    Quota("kafka", "L-EDD31C36", "brokers", _brokers, _brokers_used,
          "kafka:ListClustersV2"),
)  # fmt: skip
RULES = Quota("vpc", "L-0EA8095F", "rules per security group", lambda _: 0, lambda _: 0, "")


def rules(subject: Subject) -> Iterable[Finding]:
    """Rules of the security groups that admit clients; a prefix list counts with its greatest number of entries."""
    access = subject.settings.access
    if not access.clients:
        raise SkipError("this stack names no clients")
    lists = [
        subject.client("ec2").describe_managed_prefix_lists(PrefixListIds=[each])["PrefixLists"][0]
        for each in access.client_prefix_lists
    ]
    networks = len(access.client_cidrs) + sum(each["MaxEntries"] for each in lists)
    allowed = int(_allowed(subject, RULES))
    if networks > (most := most_networks(subject.settings, allowed)):
        yield Finding(
            f"{networks} client networks are named, and a security group of {allowed} rules holds {most} of them",
            "shorten access.clientCidrs or the prefix lists, or aws service-quotas request-service-quota-increase"
            f" --region {subject.region} --service-code vpc --quota-code {RULES.code}"
            f" --desired-value {allowed + networks - most}",
        )
