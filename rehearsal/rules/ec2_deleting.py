"""Rules of VPCs for deleting: what AWS refuses to delete while something uses it."""

from collections.abc import Iterator

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from rehearsal.rules.ec2 import (
    ASSOCIATION,
    EIP,
    ENDPOINT,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SUBNET,
    VPC,
)
from rehearsal.rules.security_groups import EGRESS, INGRESS

# By type: path of the subnets in which a resource has network interfaces, and path of these interfaces' security
# groups.
INTERFACES = {
    "aws:eks/cluster:Cluster": ("vpcConfig.subnetIds", "vpcConfig.securityGroupIds"),
    "aws:eks/nodeGroup:NodeGroup": ("subnetIds", ""),
    "aws:lb/loadBalancer:LoadBalancer": ("subnets", "securityGroups"),
    "aws:msk/cluster:Cluster": ("brokerNodeGroupInfo.clientSubnets", "brokerNodeGroupInfo.securityGroups"),
    ENDPOINT: ("subnetIds", "securityGroupIds"),
    NAT_GATEWAY: ("subnetId", ""),
}


def with_interfaces_in(cloud: Cloud, subnet: Resource) -> Iterator[Resource]:
    """Resources with network interfaces in a subnet."""
    for type_, (subnets, _) in INTERFACES.items():
        for resource in cloud.all(type_):
            if subnet.id in (resource[subnets] or ()):
                yield resource


@rule(VPC, "before_delete", source="docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html")
def a_vpc_in_use_stays(cloud: Cloud, vpc: Resource) -> None:
    for type_ in (SUBNET, INTERNET_GATEWAY, SECURITY_GROUP, ROUTE_TABLE, ENDPOINT):
        for resource in cloud.all(type_, vpcId=vpc.id):
            raise Refused(
                f"DependencyViolation: The vpc '{vpc.id}' has dependencies and cannot be deleted: {resource.name}"
            )


@rule(SUBNET, "before_delete", source="docs.aws.amazon.com/vpc/latest/userguide/subnet-deleting.html")
def a_subnet_with_network_interfaces_stays(cloud: Cloud, subnet: Resource) -> None:
    for resource in with_interfaces_in(cloud, subnet):
        raise Refused(
            f"DependencyViolation: The subnet '{subnet.id}' has dependencies and cannot be deleted:"
            f" network interfaces of {resource.name}"
        )


@rule(
    INTERNET_GATEWAY,
    "before_delete",
    source="docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html",
)
def an_internet_gateway_stays_while_the_vpc_has_public_addresses(cloud: Cloud, gateway: Resource) -> None:
    for nat in cloud.all(NAT_GATEWAY):
        subnet = cloud.get(SUBNET, nat["subnetId"])
        if subnet is None or subnet["vpcId"] == gateway["vpcId"]:
            raise Refused(
                f"DependencyViolation: Network {gateway['vpcId']} has some mapped public address(es). Please unmap"
                f" those public address(es) before detaching the gateway: {nat.name}"
            )


@rule(ROUTE_TABLE, "before_delete", source="docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html")
def a_route_table_of_a_subnet_stays(cloud: Cloud, table: Resource) -> None:
    for association in cloud.all(ASSOCIATION, routeTableId=table.id):
        raise Refused(
            f"DependencyViolation: The routeTable '{table.id}' has dependencies and cannot be deleted:"
            f" {association.name}"
        )


@rule(EIP, "before_delete", source="docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html")
def an_address_in_use_stays(cloud: Cloud, address: Resource) -> None:
    for nat in cloud.all(NAT_GATEWAY, allocationId=address.id):
        raise Refused(f"InvalidIPAddress.InUse: Address {address['publicIp']} is in use: {nat.name}")


@rule(SECURITY_GROUP, "before_delete", source="docs.aws.amazon.com/vpc/latest/userguide/deleting-security-groups.html")
def a_security_group_in_use_stays(cloud: Cloud, group: Resource) -> None:
    users = [
        resource
        for type_, (_, groups) in INTERFACES.items()
        for resource in cloud.all(type_)
        if group.id in (resource[groups] or ())
    ]
    users += [
        other
        for type_ in (INGRESS, EGRESS)
        for other in cloud.all(type_, referencedSecurityGroupId=group.id)
        if other["securityGroupId"] != group.id
    ]
    for user in users:
        raise Refused(f"DependencyViolation: resource {group.id} has a dependent object: {user.name}")
