"""The kinds of things that stacks leave, with the traces that EKS, its controllers and its drivers put on them.

In the order in which they can be deleted: what uses others comes first. Data and what opens it is listed, and never
deleted: volumes, snapshots, logs, secrets, keys, buckets. Left out: IAM roles and Auto Scaling groups, which cost
nothing and which the tagging API does not list.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from operations.doctor.subject import Subject
from operations.sweep.leftover import Kind, Leftover, as_tags, trace
from planning.pricing.prices import HOURS, prices

Item = dict[str, Any]


def _usd(subject: Subject, key: str, amount: float = 1) -> float:
    hours = HOURS if key.endswith(".hour") else 1
    return prices(subject.region)[key] * hours * amount


def interfaces(subject: Subject) -> Iterable[Leftover]:
    """Of the VPC CNI (aws-K8S-i-...), and of EKS' control plane (Amazon EKS <cluster>)."""
    for each in subject.all("ec2", "describe_network_interfaces", "NetworkInterfaces"):
        found = trace(subject, as_tags(each.get("TagSet")))
        if not found and each.get("Description") == f"Amazon EKS {subject.name}":
            found = "description Amazon EKS"
        if found:
            busy = f"is {each['Status']}" if each["Status"] != "available" else ""
            owner = f"belongs to {each.get('RequesterId')}" if each.get("RequesterManaged") else ""
            yield Leftover(each["NetworkInterfaceId"], found, busy=busy or owner)


def groups(subject: Subject) -> Iterable[Leftover]:
    """Of EKS (eks-cluster-sg-<cluster>-<number>) and of the load balancer controller."""
    own = re.compile(rf"eks-cluster-sg-{re.escape(subject.name)}-\d+")
    for each in subject.all("ec2", "describe_security_groups", "SecurityGroups"):
        found = trace(subject, as_tags(each.get("Tags")))
        if not found and own.fullmatch(each["GroupName"]):
            found = "name eks-cluster-sg"
        if found and each["GroupName"] != "default":
            yield Leftover(each["GroupId"], found, busy=_users(subject, each["GroupId"]))


def _users(subject: Subject, group: str) -> str:
    """Who uses a security group: interfaces that carry it, or rules of other groups that name it."""
    carry = [{"Name": "group-id", "Values": [group]}]
    if found := subject.all("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=carry):
        return f"is on {found[0]['NetworkInterfaceId']}"
    for way in ("ip-permission.group-id", "egress.ip-permission.group-id"):
        name = [{"Name": way, "Values": [group]}]
        naming = subject.all("ec2", "describe_security_groups", "SecurityGroups", Filters=name)
        if others := [each["GroupId"] for each in naming if each["GroupId"] != group]:
            return f"is named in {others[0]}"
    return ""


def _tagged(subject: Subject, items: list[Item], arn: str) -> Iterator[tuple[Item, str]]:
    """Parts of load balancing with their traces; ELB gives tags of 20 at a time."""
    for some in (items[start : start + 20] for start in range(0, len(items), 20)):
        answer = subject.client("elbv2").describe_tags(ResourceArns=[each[arn] for each in some])
        tags = {each["ResourceArn"]: as_tags(each["Tags"]) for each in answer["TagDescriptions"]}
        for each in some:
            if found := trace(subject, tags.get(each[arn], {})):
                yield each, found


def _targets(subject: Subject, group: str) -> int:
    answer = subject.client("elbv2").describe_target_health(TargetGroupArn=group)
    return len(answer["TargetHealthDescriptions"])


def _behind(subject: Subject, balancer: str) -> list[str]:
    """Target groups of a load balancer; AWS calls it an error if there are none."""
    from botocore.exceptions import ClientError

    try:
        found = subject.all("elbv2", "describe_target_groups", "TargetGroups", LoadBalancerArn=balancer)
    except ClientError as error:
        if "TargetGroupNotFound" not in str(error):
            raise
        return []
    return [each["TargetGroupArn"] for each in found]


def balancers(subject: Subject) -> Iterable[Leftover]:
    found = subject.all("elbv2", "describe_load_balancers", "LoadBalancers")
    for each, why in _tagged(subject, found, "LoadBalancerArn"):
        arn = each["LoadBalancerArn"]
        targets = sum(_targets(subject, group) for group in _behind(subject, arn))
        usd = _usd(subject, "alb.hour" if each["Type"] == "application" else "nlb.hour")
        busy = f"has {targets} targets" if targets else ""
        yield Leftover(arn, why, usd, busy, each["CreatedTime"])


def target_groups(subject: Subject) -> Iterable[Leftover]:
    found = subject.all("elbv2", "describe_target_groups", "TargetGroups")
    for each, why in _tagged(subject, found, "TargetGroupArn"):
        busy = "is behind a load balancer" if each.get("LoadBalancerArns") else ""
        targets = _targets(subject, each["TargetGroupArn"])
        yield Leftover(each["TargetGroupArn"], why, busy=busy or (f"has {targets} targets" if targets else ""))


def gateways(subject: Subject) -> Iterable[Leftover]:
    for each in subject.all("ec2", "describe_nat_gateways", "NatGateways"):
        if each["State"] in ("deleted", "deleting") or not (why := trace(subject, as_tags(each.get("Tags")))):
            continue
        to = [{"Name": "route.nat-gateway-id", "Values": [each["NatGatewayId"]]}]
        tables = subject.all("ec2", "describe_route_tables", "RouteTables", Filters=to)
        busy = f"is in {tables[0]['RouteTableId']}" if tables else ""
        yield Leftover(each["NatGatewayId"], why, _usd(subject, "nat.hour"), busy, each["CreateTime"])


def addresses(subject: Subject) -> Iterable[Leftover]:
    for each in subject.all("ec2", "describe_addresses", "Addresses"):
        if why := trace(subject, as_tags(each.get("Tags"))):
            busy = f"is on {each.get('NetworkInterfaceId')}" if each.get("AssociationId") else ""
            yield Leftover(each["AllocationId"], why, _usd(subject, "ipv4.hour"), busy)


def volumes(subject: Subject) -> Iterable[Leftover]:
    """Of claims, made by the EBS CSI driver with the stack's tags (extraVolumeTags)."""
    for each in subject.all("ec2", "describe_volumes", "Volumes"):
        if why := trace(subject, as_tags(each.get("Tags"))):
            yield Leftover(each["VolumeId"], why, _usd(subject, "ebs.gp3", each["Size"]), born=each["CreateTime"])


def snapshots(subject: Subject) -> Iterable[Leftover]:
    for each in subject.all("ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"]):
        if why := trace(subject, as_tags(each.get("Tags"))):
            yield Leftover(each["SnapshotId"], why, None)


def logs(subject: Subject) -> Iterable[Leftover]:
    """EKS writes to its group after the cluster is gone, so that the program leaves it (components/cluster)."""
    for prefix in (f"/aws/eks/{subject.name}/", f"/aws/containerinsights/{subject.name}/"):
        for each in subject.all("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix):
            yield Leftover(each["logGroupName"], f"name {prefix}", None)


def secrets(subject: Subject) -> Iterable[Leftover]:
    for each in subject.all("secretsmanager", "list_secrets", "SecretList", IncludePlannedDeletion=True):
        if why := trace(subject, as_tags(each.get("Tags"))):
            gone = each.get("DeletedDate")
            yield Leftover(
                each["ARN"], f"{why}; marked as deleted" if gone else why, 0 if gone else _usd(subject, "secret")
            )


def others(subject: Subject) -> Iterable[Leftover]:
    """Whatever else carries the stack's tags, by the tagging API, which lists deleted things for a while."""
    ours = {key: subject.tags[key] for key in ("project", "stack")}
    if ours["stack"] != subject.stack:
        return
    filters = [{"Key": key, "Values": [value]} for key, value in ours.items()]
    found = subject.all("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", TagFilters=filters)
    for each in found:
        service = each["ResourceARN"].split(":")[2]
        usd = {"kms": "kms.key", "eks": "eks.hour"}.get(service) if "nodegroup" not in each["ResourceARN"] else None
        yield Leftover(each["ResourceARN"], "tags", _usd(subject, usd) if usd else None)


def _call(service: str, operation: str, parameter: str) -> Callable[[Subject, str], None]:
    def delete(subject: Subject, id_: str) -> None:
        getattr(subject.client(service), operation)(**{parameter: id_})

    return delete


KINDS = (
    Kind("load balancer", balancers, _call("elbv2", "delete_load_balancer", "LoadBalancerArn")),
    Kind("target group", target_groups, _call("elbv2", "delete_target_group", "TargetGroupArn")),
    Kind("NAT gateway", gateways, _call("ec2", "delete_nat_gateway", "NatGatewayId")),
    Kind("address", addresses, _call("ec2", "release_address", "AllocationId")),
    Kind("network interface", interfaces, _call("ec2", "delete_network_interface", "NetworkInterfaceId")),
    Kind("security group", groups, _call("ec2", "delete_security_group", "GroupId")),
    Kind("volume", volumes, kept="is data: aws ec2 delete-volume, once nobody needs it"),
    Kind("snapshot", snapshots, kept="is data: aws ec2 delete-snapshot, once nobody needs it"),
    Kind("log group", logs, kept="its lines end by themselves (cluster.logDays): aws logs delete-log-group"),
    Kind("secret", secrets, kept="opens data: ends by itself if marked as deleted"),
    Kind("other", others, kept="is not deleted by this command"),
)
