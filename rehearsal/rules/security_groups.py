"""Rules of security groups: which connections they allow, as seen from both ends, and which
names and rules AWS refuses."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from rehearsal.rules.ec2 import SECURITY_GROUP, SUBNET, VPC

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
ALL = ("-1", "all")
MOST_RULES = 60


@dataclass(frozen=True)
class End:
    """One end of a connection, with its security groups and the networks that contain its addresses."""

    what: str
    groups: tuple[str, ...]
    networks: tuple[IPv4Network, ...]


@dataclass(frozen=True)
class Passage:
    """One rule of a security group, and the resource that declares it."""

    resource: Resource
    protocol: str
    first: int
    last: int
    peer_group: str | None
    peer_networks: tuple[IPv4Network, ...]

    def admits(self, port: int, peer: End) -> bool:
        """Whether the rule allows TCP connections to `port`, from or to all addresses of `peer`."""
        if self.protocol not in (*ALL, "tcp", "6"):
            return False
        if self.protocol not in ALL and not self.first <= port <= self.last:
            return False
        if self.peer_group:
            return self.peer_group in peer.groups
        return bool(peer.networks) and all(
            any(network.subnet_of(open_) for open_ in self.peer_networks) for network in peer.networks
        )


def end(cloud: Cloud, what: str, groups: list[str], subnets: list[str]) -> End:
    """An end with these security groups and the addresses of these subnets; `what` names it in messages."""
    found = (cloud.get(SUBNET, id_) for id_ in subnets)
    return End(what, tuple(groups), tuple(IPv4Network(each["cidrBlock"]) for each in found if each))


def blocked(cloud: Cloud, resource: Resource, client: End, server: End, port: int) -> str | None:
    """The reason why the client cannot connect to the server's port.

    Returns None if it can, and then `resource` relies on the rules that allow it.
    """
    ways = (
        (client, server, "egress", f"{client.what} may not connect out to {server.what} on port {port}"),
        (server, client, "ingress", f"{server.what} does not admit {client.what} on port {port}"),
    )
    for own, peer, direction, reason in ways:
        found = (each for group in own.groups for each in passages(cloud, group, direction))
        admitting = next((each for each in found if each.admits(port, peer)), None)
        if admitting is None:
            return f"{reason} (security groups {', '.join(own.groups) or 'none'})"
        cloud.relies(resource, admitting.resource, f"before, {reason}")
    return None


def passages(cloud: Cloud, group_id: str, direction: str) -> Iterator[Passage]:
    """All rules of a security group in one direction, inline or declared as resources."""
    group = cloud.get(SECURITY_GROUP, group_id)
    for each in cloud.all(EGRESS if direction == "egress" else INGRESS, securityGroupId=group_id):
        yield _passage(each, each["ipProtocol"], each["referencedSecurityGroupId"], [each["cidrIpv4"]], each.inputs)
    for each in cloud.all(OLD_RULE, securityGroupId=group_id, type=direction):
        peer = group_id if each["self"] else each["sourceSecurityGroupId"]
        yield _passage(each, each["protocol"], peer, each["cidrBlocks"], each.inputs)
    for inline in (group[direction] if group else None) or ():
        peer = group_id if inline.get("self") else next(iter(inline.get("securityGroups") or ()), None)
        yield _passage(group or Resource("", ""), inline.get("protocol"), peer, inline.get("cidrBlocks"), inline)


def _passage(
    resource: Resource, protocol: object, peer: object, cidrs: list[str] | None, ports: dict[str, int]
) -> Passage:
    networks = tuple(IPv4Network(each) for each in cidrs or () if each)
    first, last = ports.get("fromPort"), ports.get("toPort")
    return Passage(resource, str(protocol), int(first or 0), int(last or 65535), str(peer) if peer else None, networks)


@rule(SECURITY_GROUP, "before_create", source="docs.aws.amazon.com/vpc/latest/userguide/security-groups.html")
def a_groups_name_is_its_own_in_its_vpc(cloud: Cloud, group: Resource) -> None:
    cloud.need(group, VPC, group["vpcId"], f"InvalidVpcID.NotFound: The vpc ID '{group['vpcId']}' does not exist")
    if str(group["name"]).startswith("sg-"):
        raise Refused(
            f"InvalidParameterValue: Invalid value '{group['name']}' for groupName. Group names may not be in the"
            " format sg-*"
        )
    if group["name"] and cloud.all(SECURITY_GROUP, vpcId=group["vpcId"], name=group["name"]):
        raise Refused(
            f"InvalidGroup.Duplicate: The security group '{group['name']}' already exists for VPC '{group['vpcId']}'"
        )


@rule(INGRESS, "before_create", source="docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html")
@rule(EGRESS, "before_create", source="docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html")
def a_group_has_at_most_sixty_rules_each_way(cloud: Cloud, entry: Resource) -> None:
    """This is the account's default quota.

    It counts IPv4 and IPv6 apart, and all entries of a prefix list (left out here).
    """
    others = cloud.all(entry.type, securityGroupId=entry["securityGroupId"])
    if len([each for each in others if not each["cidrIpv6"]]) >= MOST_RULES and not entry["cidrIpv6"]:
        raise Refused(
            "RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached:"
            f" {MOST_RULES} (group '{entry['securityGroupId']}')"
        )


@rule(INGRESS, "before_create", source="docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html")
@rule(EGRESS, "before_create", source="docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html")
def a_groups_rule_is_there_once(cloud: Cloud, entry: Resource) -> None:
    for key in ("securityGroupId", "referencedSecurityGroupId"):
        if entry[key]:
            cloud.need(
                entry,
                SECURITY_GROUP,
                entry[key],
                f"InvalidGroup.NotFound: The security group '{entry[key]}' does not exist",
            )
    same = ("ipProtocol", "fromPort", "toPort", "cidrIpv4", "referencedSecurityGroupId", "prefixListId")
    for other in cloud.all(entry.type, securityGroupId=entry["securityGroupId"]):
        if all(other[key] == entry[key] for key in same):
            raise Refused(
                f"InvalidPermission.Duplicate: the specified rule already exists: {other.name} and {entry.name}"
            )
