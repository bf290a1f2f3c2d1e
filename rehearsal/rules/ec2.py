"""VPC: addresses, ways out, and what refuses to go while something is in it."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from rehearsal.cloud import Cloud, Refused, Thing, rule

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
ROUTE = "aws:ec2/route:Route"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
EIP = "aws:ec2/eip:Eip"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
EVERYWHERE = "0.0.0.0/0"

# Type -> path of the subnets that it has network interfaces in, and of the security groups that these carry.
INTERFACES = {
    "aws:eks/cluster:Cluster": ("vpcConfig.subnetIds", "vpcConfig.securityGroupIds"),
    "aws:eks/nodeGroup:NodeGroup": ("subnetIds", ""),
    "aws:lb/loadBalancer:LoadBalancer": ("subnets", "securityGroups"),
    "aws:msk/cluster:Cluster": ("brokerNodeGroupInfo.clientSubnets", "brokerNodeGroupInfo.securityGroups"),
    ENDPOINT: ("subnetIds", "securityGroupIds"),
    NAT_GATEWAY: ("subnetId", ""),
}
REFERRING_RULES = (
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)


def way_out(cloud: Cloud, thing: Thing, subnet: Thing) -> Thing | None:
    """The subnet's route to everywhere; `thing` relies on all that lies on that way."""
    for association in cloud.all(ASSOCIATION, subnetId=subnet.id):
        for route in cloud.all(ROUTE, routeTableId=association["routeTableId"], destinationCidrBlock=EVERYWHERE):
            cloud.relies(thing, association, f"{subnet.name} has no way out before")
            cloud.relies(thing, route, f"{subnet.name} has no way out before")
            gateway = cloud.get(NAT_GATEWAY, route["natGatewayId"])
            beyond = cloud.get(SUBNET, gateway["subnetId"]) if gateway else None
            return way_out(cloud, thing, beyond) if beyond else route
    return None


def with_interfaces_in(cloud: Cloud, subnet: Thing) -> Iterator[Thing]:
    for type_, (subnets, _) in INTERFACES.items():
        for thing in cloud.all(type_):
            if subnet.id in (thing[subnets] or ()):
                yield thing


@rule(SUBNET, "before_create", source="docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html")
def a_subnet_has_addresses_of_its_vpc_for_itself(cloud: Cloud, subnet: Thing) -> None:
    vpc = cloud.need(
        subnet, VPC, subnet["vpcId"], f"InvalidVpcID.NotFound: The vpc ID '{subnet['vpcId']}' does not exist"
    )
    own = IPv4Network(subnet["cidrBlock"])
    if not own.subnet_of(IPv4Network(vpc["cidrBlock"])):
        raise Refused(f"InvalidSubnet.Range: The CIDR '{own}' is invalid; the VPC has {vpc['cidrBlock']}")
    for other in cloud.all(SUBNET, vpcId=vpc.id):
        if IPv4Network(other["cidrBlock"]).overlaps(own):
            raise Refused(f"InvalidSubnet.Conflict: The CIDR '{own}' conflicts with another subnet ({other.name})")


@rule(NAT_GATEWAY, "ready", source="docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html")
def a_nat_gateway_needs_an_internet_gateway(cloud: Cloud, gateway: Thing) -> None:
    subnet = cloud.need(gateway, SUBNET, gateway["subnetId"])
    attached = cloud.all(INTERNET_GATEWAY, vpcId=subnet["vpcId"])
    if not attached:
        raise Refused(
            f"unexpected state 'failed', wanted target 'available'. last error: Gateway.NotAttached: Network"
            f" {subnet['vpcId']} has no Internet gateway attached"
        )
    cloud.relies(gateway, attached[0], "a NAT gateway needs an internet gateway in its VPC")


@rule(VPC, "before_delete", source="docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html")
def a_vpc_in_use_stays(cloud: Cloud, vpc: Thing) -> None:
    for type_ in (SUBNET, INTERNET_GATEWAY, SECURITY_GROUP, ENDPOINT):
        for thing in cloud.all(type_, vpcId=vpc.id):
            raise Refused(
                f"DependencyViolation: The vpc '{vpc.id}' has dependencies and cannot be deleted: {thing.name}"
            )


@rule(SUBNET, "before_delete", source="docs.aws.amazon.com/vpc/latest/userguide/subnet-deleting.html")
def a_subnet_with_network_interfaces_stays(cloud: Cloud, subnet: Thing) -> None:
    for thing in with_interfaces_in(cloud, subnet):
        raise Refused(
            f"DependencyViolation: The subnet '{subnet.id}' has dependencies and cannot be deleted:"
            f" network interfaces of {thing.name}"
        )


@rule(
    INTERNET_GATEWAY,
    "before_delete",
    source="docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html",
)
def an_internet_gateway_stays_while_the_vpc_has_public_addresses(cloud: Cloud, gateway: Thing) -> None:
    for nat in cloud.all(NAT_GATEWAY):
        subnet = cloud.get(SUBNET, nat["subnetId"])
        if subnet and subnet["vpcId"] == gateway["vpcId"]:
            raise Refused(
                f"DependencyViolation: Network {gateway['vpcId']} has some mapped public address(es). Please unmap"
                f" those public address(es) before detaching the gateway: {nat.name}"
            )


@rule(EIP, "before_delete", source="docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html")
def an_address_in_use_stays(cloud: Cloud, address: Thing) -> None:
    for nat in cloud.all(NAT_GATEWAY, allocationId=address.id):
        raise Refused(f"InvalidIPAddress.InUse: Address {address['publicIp']} is in use: {nat.name}")


@rule(SECURITY_GROUP, "before_delete", source="docs.aws.amazon.com/vpc/latest/userguide/deleting-security-groups.html")
def a_security_group_in_use_stays(cloud: Cloud, group: Thing) -> None:
    users = [
        thing
        for type_, (_, groups) in INTERFACES.items()
        for thing in cloud.all(type_)
        if group.id in (thing[groups] or ())
    ]
    users += [
        other
        for type_ in REFERRING_RULES
        for other in cloud.all(type_, referencedSecurityGroupId=group.id)
        if other["securityGroupId"] != group.id
    ]
    for user in users:
        raise Refused(f"DependencyViolation: resource {group.id} has a dependent object: {user.name}")
