"""Rules of VPCs: addresses, routes and gateways, endpoints, flow logs. Rules for deleting are in ec2_deleting.py."""

from ipaddress import IPv4Network

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from rehearsal.rules.iam import may, role_of, service_may_take

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
EIP = "aws:ec2/eip:Eip"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
EVERYWHERE = "0.0.0.0/0"
API = "docs.aws.amazon.com/AWSEC2/latest/APIReference/"


def way_out(cloud: Cloud, resource: Resource, subnet: Resource, past: frozenset[str] = frozenset()) -> Resource | None:
    """The last route on a subnet's way to the internet, through a NAT gateway or not; None if there is no way.

    It notes that `resource` relies on every route and association on the way. `past` are ids of subnets from which the
    way comes: a NAT gateway in a subnet that it serves itself leads nowhere.
    """
    if subnet.id in past:
        return None
    for association in cloud.all(ASSOCIATION, subnetId=subnet.id):
        for route in cloud.all(ROUTE, routeTableId=association["routeTableId"], destinationCidrBlock=EVERYWHERE):
            cloud.relies(resource, association, f"{subnet.name} has no way out before")
            cloud.relies(resource, route, f"{subnet.name} has no way out before")
            gateway = cloud.get(NAT_GATEWAY, route["natGatewayId"])
            nat_subnet = cloud.get(SUBNET, gateway["subnetId"]) if gateway else None
            return way_out(cloud, resource, nat_subnet, past | {subnet.id}) if nat_subnet else route
    return None


def private_services(cloud: Cloud, resource: Resource, subnet: Resource) -> set[str]:
    """Names of AWS services, such as `ecr.api`, that a subnet reaches by endpoints of its VPC.

    An interface endpoint answers only if it has the service's own name (private DNS), a gateway endpoint only by a
    route in the subnet's table. It notes that `resource` relies on each of them.
    """
    tables = {association["routeTableId"] for association in cloud.all(ASSOCIATION, subnetId=subnet.id)}
    reached: set[str] = set()
    for endpoint in cloud.all(ENDPOINT, vpcId=subnet["vpcId"]):
        interface = endpoint["vpcEndpointType"] == "Interface"
        if endpoint["privateDnsEnabled"] if interface else tables.intersection(endpoint["routeTableIds"] or ()):
            cloud.relies(resource, endpoint, f"nodes in {subnet.name} reach AWS by it")
            reached.add(str(endpoint["serviceName"]).removeprefix(f"com.amazonaws.{subnet.region}."))
    return reached


@rule(SUBNET, "before_create", source="docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html")
def a_subnet_has_addresses_of_its_vpc_for_itself(cloud: Cloud, subnet: Resource) -> None:
    vpc = cloud.need(
        subnet, VPC, subnet["vpcId"], f"InvalidVpcID.NotFound: The vpc ID '{subnet['vpcId']}' does not exist"
    )
    own = IPv4Network(subnet["cidrBlock"])
    if not own.subnet_of(IPv4Network(vpc["cidrBlock"])):
        raise Refused(f"InvalidSubnet.Range: The CIDR '{own}' is invalid; the VPC has {vpc['cidrBlock']}")
    for other in cloud.all(SUBNET, vpcId=vpc.id):
        if IPv4Network(other["cidrBlock"]).overlaps(own):
            raise Refused(f"InvalidSubnet.Conflict: The CIDR '{own}' conflicts with another subnet ({other.name})")


@rule(SUBNET, "before_create", source=f"{API}API_CreateSubnet.html")
def a_subnet_lies_in_a_zone_of_its_region(cloud: Cloud, subnet: Resource) -> None:
    zone = str(subnet["availabilityZone"] or subnet.region)
    if not zone.startswith(subnet.region):
        raise Refused(
            f"InvalidParameterValue: Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently"
            f" only be created in zones of {subnet.region}."
        )


@rule(ROUTE, "before_create", source=f"{API}API_CreateRoute.html")
def a_route_has_a_gateway_of_its_own_vpc(cloud: Cloud, route: Resource) -> None:
    table = cloud.need(route, ROUTE_TABLE, route["routeTableId"])
    if cloud.all(ROUTE, routeTableId=table.id, destinationCidrBlock=route["destinationCidrBlock"]):
        raise Refused(f"RouteAlreadyExists: The route identified by {route['destinationCidrBlock']} already exists.")
    gateway = cloud.get(INTERNET_GATEWAY, route["gatewayId"])
    if gateway and gateway["vpcId"] != table["vpcId"]:
        raise Refused(
            f"InvalidParameterValue: route table {table.id} and network gateway {gateway.id} belong to different"
            " networks"
        )


@rule(ASSOCIATION, "before_create", source=f"{API}API_AssociateRouteTable.html")
def a_subnet_has_one_route_table(cloud: Cloud, association: Resource) -> None:
    for other in cloud.all(ASSOCIATION, subnetId=association["subnetId"]):
        raise Refused(
            "Resource.AlreadyAssociated: the specified association for route table"
            f" {association['routeTableId']} conflicts with an existing association: {other.name}"
        )


@rule(NAT_GATEWAY, "ready", source="docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html")
def a_nat_gateway_needs_an_internet_gateway(cloud: Cloud, gateway: Resource) -> None:
    subnet = cloud.need(gateway, SUBNET, gateway["subnetId"])
    attached = cloud.all(INTERNET_GATEWAY, vpcId=subnet["vpcId"])
    if not attached:
        raise Refused(
            f"unexpected state 'failed', wanted target 'available'. last error: Gateway.NotAttached: Network"
            f" {subnet['vpcId']} has no Internet gateway attached"
        )
    cloud.relies(gateway, attached[0], "a NAT gateway needs an internet gateway in its VPC")


@rule(NAT_GATEWAY, "ready", source="docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-scenarios.html")
def an_address_serves_one_gateway(cloud: Cloud, gateway: Resource) -> None:
    address = cloud.need(gateway, EIP, gateway["allocationId"])
    if len(cloud.all(NAT_GATEWAY, allocationId=address.id)) > 1:
        raise Refused(
            "unexpected state 'failed', wanted target 'available'. last error: Resource.AlreadyAssociated:"
            f" Elastic IP address [{address.id}] is already associated"
        )


@rule(ENDPOINT, "before_create", source="docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html")
def private_names_need_a_vpc_with_dns(cloud: Cloud, endpoint: Resource) -> None:
    vpc = cloud.need(endpoint, VPC, endpoint["vpcId"])
    if not endpoint["privateDnsEnabled"]:
        return
    if not (vpc["enableDnsSupport"] and vpc["enableDnsHostnames"]):
        raise Refused(
            "InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC"
            f" attributes set to true for {vpc.id}"
        )
    for other in cloud.all(ENDPOINT, vpcId=vpc.id, serviceName=endpoint["serviceName"], privateDnsEnabled=True):
        raise Refused(
            "InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for"
            f" {endpoint['serviceName']} in the VPC {vpc.id}: {other.name}"
        )


@rule(ENDPOINT, "before_create", source="docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html")
def an_endpoint_has_one_subnet_a_zone(cloud: Cloud, endpoint: Resource) -> None:
    zones = [cloud.need(endpoint, SUBNET, id_)["availabilityZone"] for id_ in endpoint["subnetIds"] or ()]
    if len(zones) > len(set(zones)):
        raise Refused(
            f"DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone: {endpoint.name}"
        )


@rule(FLOW_LOG, "ready", source="docs.aws.amazon.com/vpc/latest/userguide/flow-logs-troubleshooting.html")
def a_flow_log_may_write(cloud: Cloud, log: Resource) -> None:
    role = role_of(cloud, log["iamRoleArn"])
    if role is None or not service_may_take(cloud, role, "vpc-flow-logs.amazonaws.com"):
        raise Refused(f"Access error: VPC flow logs may not take the role {log['iamRoleArn']}: nothing would be logged")
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        if not may(cloud, log, role, action, f"{log['logDestination']}:log-stream:eni-1"):
            raise Refused(f"Access error: {role.name} may not {action}: nothing would be logged")
