"""Rules about where things are: in subnets that nobody outside reaches, and in every zone that relies on them."""

from collections.abc import Iterator, Sequence

from policies.nodes import NODES
from policies.pods import ZONE, copies
from policies.releases import RELEASE, is_milvus
from policies.rule import PRODUCTION_ONLY, UNKNOWN, Resource, at, items, rule, stack_rule

SUBNET = "aws:ec2/subnet:Subnet"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ROUTE, TABLE = "aws:ec2/route:Route", "aws:ec2/routeTable:RouteTable"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
INSIDE = ("aws:msk/cluster:Cluster", "aws:eks/cluster:Cluster", NODES)


def urns(resources: Sequence[Resource], type_: str) -> frozenset[str]:
    return frozenset(each.urn for each in resources if each.type == type_)


def public_subnets(resources: Sequence[Resource]) -> frozenset[str]:
    """URNs of the subnets whose route table has a route to an internet gateway."""
    gateways, tables = urns(resources, INTERNET_GATEWAY), urns(resources, TABLE)
    subnets = urns(resources, SUBNET)
    open_tables = {
        table
        for each in resources
        if each.type == ROUTE and each.depends_on & gateways
        for table in each.depends_on & tables
    }
    return frozenset(
        subnet
        for each in resources
        if each.type == ASSOCIATION and each.depends_on & open_tables
        for subnet in each.depends_on & subnets
    )


@stack_rule(
    "inside-is-private",
    *INSIDE,
    why="In a public subnet one wrong group or one public address is enough to be on the internet.",
    source="docs.aws.amazon.com/eks/latest/best-practices/subnets.html; "
    "docs.aws.amazon.com/msk/latest/developerguide/msk-create-cluster.html",
    fix="private subnets for nodes, brokers and EKS' interfaces; public ones for load balancers and NAT gateways only.",
)
def inside_is_private(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    public = public_subnets(resources)
    for each in resources:
        if each.type in INSIDE and each.depends_on & public:
            yield each, "is in a subnet with a route to the internet gateway"


@stack_rule(
    "endpoints-in-every-zone",
    ENDPOINT,
    why="Nodes of a zone without an interface pay for each GB that crosses zones, and stop with the other zone.",
    source="docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html#interface-endpoint-"
    "availability-zones",
    fix="subnetIds of an interface endpoint in each zone that has nodes.",
)
def endpoints_in_every_zone(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    zones = {each.urn: str(at(each.inputs, "availabilityZone")) for each in resources if each.type == SUBNET}
    of_nodes = {zones[urn] for each in resources if each.type == NODES for urn in each.depends_on & zones.keys()}
    for each in resources:
        if each.type == ENDPOINT and at(each.inputs, "vpcEndpointType") == "Interface":
            missing = of_nodes - {zones[urn] for urn in each.depends_on & zones.keys()}
            if missing:
                yield each, f"has no interface in {', '.join(sorted(missing))}, where nodes are"


@rule(
    "pods-spread-strictly",
    RELEASE,
    levels=PRODUCTION_ONLY,
    why="ScheduleAnyway is a wish: both pods of a role may come into one zone, whose loss then stops it.",
    source="kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/ (whenUnsatisfiable)",
    fix="whenUnsatisfiable: DoNotSchedule for zones, as planned for production (planning/deployment.py: survives).",
)
def pods_spread_strictly(resource: Resource) -> Iterator[str]:
    if not is_milvus(resource):
        return
    for key, _, role in copies(resource):
        for each in items(at(role, "topologySpreadConstraints")):
            if at(each, "topologyKey") == ZONE and at(each, "whenUnsatisfiable") not in ("DoNotSchedule", UNKNOWN):
                yield f"zones of {key} are a wish: {at(each, 'whenUnsatisfiable')}"


RULES = (inside_is_private, endpoints_in_every_zone, pods_spread_strictly)
