"""Finds who may connect to whom in a recorded cloud, by its security groups, routes and NetworkPolicies.

Only what the cloud holds counts, not what the program means to build: if a rule is missing in the cloud, its link is
missing in the picture. Left out: where each box is drawn (drawing.py), and UDP.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Literal

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.report.workloads import Workload, workloads
from rehearsal.rules import msk
from rehearsal.rules.ec2 import ASSOCIATION, ENDPOINT, NAT_GATEWAY, ROUTE, SECURITY_GROUP, SUBNET, VPC, way_out
from rehearsal.rules.eks import CLUSTER, NODE_GROUP
from rehearsal.rules.eks_nodes import node_end
from rehearsal.rules.elb import BALANCER, LISTENER
from rehearsal.rules.s3 import BUCKET
from rehearsal.rules.security_groups import End, Passage, end, passages

Kind = Literal["source", "balancer", "nodes", "brokers", "endpoints", "pods", "outside"]
API_SERVER, INTERNET = "Kubernetes API", "Internet"
ANYWHERE = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True)
class Place:
    """One box of the picture: a client, a server, or both."""

    name: str
    kind: Kind
    detail: str = ""
    end: End | None = None
    """Security groups and addresses of the place; None if no security group protects it."""
    zones: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Texts that describe the place's parts, by availability zone."""


@dataclass(frozen=True)
class Link:
    """A connection that `source` may open to `target`; both are names of places."""

    source: str
    target: str
    ports: str
    by: str
    """Names of what permits it: security group rules, routes, policies, or the API server's list of networks."""


@dataclass(frozen=True)
class Topology:
    network: str
    """CIDR block of the VPC."""
    zones: list[str]
    places: list[Place]
    links: list[Link]
    behind: dict[str, str]
    """Name of the pods that a load balancer's target group is bound to, by the load balancer's name."""

    def of_kind(self, kind: Kind) -> list[Place]:
        return [place for place in self.places if place.kind == kind]


def topology(recorded: Cloud) -> Topology | None:
    """The topology of a cloud; None if it has no servers.

    It is read from a copy without a journal, because rules note there what they find.
    """
    cloud = Cloud()
    for resource in recorded.resources():
        cloud.put(resource)
    servers = [*_balancers(cloud), *_nodes(cloud), *_brokers(cloud), *_endpoints(cloud)]
    if not servers:
        return None
    sources = [*_members(cloud, servers), *_addresses(cloud, servers)]
    links = [link for server in servers for client in (*sources, *servers) for link in _admitted(cloud, client, server)]
    running = workloads(cloud)
    outside, ways = _outside(cloud, [place for place in servers if place.kind == "nodes"])
    connected = {link.source for link in links + ways}
    pods = [Place(each.name, "pods", each.detail) for each in running]
    zones = sorted({str(subnet["availabilityZone"]) for subnet in cloud.all(SUBNET)})
    return Topology(
        ", ".join(str(vpc["cidrBlock"]) for vpc in cloud.all(VPC)),
        zones,
        [*(each for each in sources if each.name in connected), *servers, *pods, *outside],
        [*links, *(Link(*between) for between in _between(cloud, running)), *ways],
        {
            place.name: workload.name
            for place in servers
            for workload in running
            if any(place.name in service.balancers for service in workload.services)
        },
    )


def _balancers(cloud: Cloud) -> Iterator[Place]:
    for balancer in cloud.all(BALANCER):
        kind = "NLB" if balancer["loadBalancerType"] == "network" else "ALB"
        ports = ", ".join(str(each["port"]) for each in cloud.all(LISTENER, loadBalancerArn=balancer["arn"]))
        where = "internal" if balancer["internal"] else "public"
        at = end(cloud, balancer.name, balancer["securityGroups"] or [], balancer["subnets"] or [])
        zones = {zone: [kind] for zone in _zones(cloud, balancer["subnets"] or [])}
        yield Place(f"{balancer.name}", "balancer", f"{where} {kind}, listens on {ports or 'no port'}", at, zones)


def _nodes(cloud: Cloud) -> Iterator[Place]:
    """Places for nodes, one for all node groups with the same security groups."""
    together: dict[tuple[str, ...], list[Resource]] = {}
    for group in cloud.all(NODE_GROUP):
        together.setdefault(node_end(cloud, group).groups, []).append(group)
    for number, (groups, members) in enumerate(together.items(), start=1):
        zones: dict[str, list[str]] = {}
        count = 0
        for group in sorted(members, key=lambda each: each.name):
            here = _zones(cloud, group["subnetIds"])
            desired = int(group["scalingConfig.desiredSize"] or 0)
            count += desired
            for index, zone in enumerate(here):
                part = len(range(index, desired, len(here)))
                zones.setdefault(zone, []).append(f"{part} x {', '.join(group['instanceTypes'] or ['?'])}")
        name = "EKS nodes" if len(together) == 1 else f"EKS nodes {number}"
        subnets = list(dict.fromkeys(id_ for group in members for id_ in group["subnetIds"]))
        yield Place(name, "nodes", f"{count} machines", end(cloud, "nodes", list(groups), subnets), zones)


def _brokers(cloud: Cloud) -> Iterator[Place]:
    for cluster in cloud.all(msk.CLUSTER):
        info, count = cluster["brokerNodeGroupInfo"], int(cluster["numberOfBrokerNodes"] or 0)
        here = _zones(cloud, info["clientSubnets"])
        zones = {zone: [f"{count // len(here)} x {info['instanceType']}"] for zone in here}
        at = end(cloud, cluster.name, info["securityGroups"], info["clientSubnets"])
        yield Place(cluster.name, "brokers", f"Kafka {cluster['kafkaVersion']}, {count} brokers", at, zones)


def _endpoints(cloud: Cloud) -> Iterator[Place]:
    together: dict[tuple[str, ...], list[Resource]] = {}
    for endpoint in cloud.all(ENDPOINT, vpcEndpointType="Interface"):
        together.setdefault(tuple(endpoint["securityGroupIds"] or ()), []).append(endpoint)
    for number, (groups, members) in enumerate(together.items(), start=1):
        name = "Interface endpoints" if len(together) == 1 else f"Interface endpoints {number}"
        services = sorted(str(each["serviceName"]).split(".", 3)[-1] for each in members)
        subnets: list[str] = members[0]["subnetIds"] or []
        zones = {zone: [f"{len(members)} endpoints"] for zone in _zones(cloud, subnets)}
        yield Place(name, "endpoints", ", ".join(services), end(cloud, name, list(groups), subnets), zones)


def _members(cloud: Cloud, servers: Iterable[Place]) -> Iterator[Place]:
    """Security groups that no server carries. They are meant for the clients of other stacks."""
    carried = {group for place in servers if place.end for group in place.end.groups}
    for group in cloud.all(SECURITY_GROUP):
        if group.urn and group.id not in carried:
            yield Place(group.name, "source", "members of this security group", End(group.name, (group.id,), ()))


def _addresses(cloud: Cloud, servers: Iterable[Place]) -> Iterator[Place]:
    """Places for the networks that a security group or the API server admits."""
    named = {net for place in servers for passage in _inward(cloud, place) for net in passage.peer_networks}
    vpcs = [IPv4Network(vpc["cidrBlock"]) for vpc in cloud.all(VPC) if vpc["cidrBlock"]]
    for cluster in cloud.all(CLUSTER):
        if cluster["vpcConfig.endpointPublicAccess"]:
            named |= {IPv4Network(cidr) for cidr in cluster["vpcConfig.publicAccessCidrs"] or [ANYWHERE]}
    for network in sorted(named):
        inside = any(network.subnet_of(vpc) for vpc in vpcs)
        detail = "anywhere" if network == ANYWHERE else "this VPC" if inside else "your network"
        yield Place(str(network), "source", detail, End(str(network), (), (network,)))


def _inward(cloud: Cloud, place: Place) -> list[Passage]:
    return [each for group in (place.end.groups if place.end else ()) for each in passages(cloud, group, "ingress")]


def _admitted(cloud: Cloud, client: Place, server: Place) -> Iterator[Link]:
    """Links that a rule of the server's groups admits and, if the client has groups, a rule of these."""
    if client is server or not client.end or not server.end:
        return
    outward = [each for group in client.end.groups for each in passages(cloud, group, "egress")]
    rules: dict[str, list[str]] = {}
    for inward in _inward(cloud, server):
        for leaving in outward if client.end.groups else [inward]:
            first, last = max(inward.first, leaving.first), min(inward.last, leaving.last)
            leaves = leaving is inward or leaving.admits(first, server.end)
            if first <= last and leaves and inward.admits(first, client.end):
                rules.setdefault(_ports(first, last), []).append(inward.resource.name)
    for ports, names in rules.items():
        yield Link(client.name, server.name, ports, ", ".join(dict.fromkeys(names)))


def _ports(first: int, last: int) -> str:
    if (first, last) == (0, 65535):
        return "all"
    return str(first) if first == last else f"{first}-{last}"


def _outside(cloud: Cloud, nodes: Sequence[Place]) -> tuple[list[Place], list[Link]]:
    """Places outside the VPC, and the links by which their clients reach them."""
    places: list[Place] = []
    links: list[Link] = []
    for cluster in cloud.all(CLUSTER):
        public, private = cluster["vpcConfig.endpointPublicAccess"], cluster["vpcConfig.endpointPrivateAccess"]
        how = " and ".join(what for what, holds in (("public", public), ("private", private)) if holds)
        places.append(Place(API_SERVER, "outside", f"{cluster['version']}, {how}"))
        if public:
            admitted = cluster["vpcConfig.publicAccessCidrs"] or [str(ANYWHERE)]
            links += [Link(cidr, API_SERVER, "443", "publicAccessCidrs") for cidr in admitted]
        links += [Link(each.name, API_SERVER, "443", "private endpoint") for each in nodes if private]
    routes = {place.name: _routes(cloud, place) for place in nodes}
    for bucket in cloud.all(BUCKET):
        places.append(Place(f"S3 {bucket.name}", "outside", "objects and indexes"))
        for name, (gateway_endpoints, gateways) in routes.items():
            ways = gateway_endpoints or gateways
            links += [Link(name, places[-1].name, "443", ", ".join(ways))] if ways else []
    if any(gateways for _, gateways in routes.values()):
        nats = [str(subnet["availabilityZone"]) for each in cloud.all(NAT_GATEWAY)
                if (subnet := cloud.get(SUBNET, each["subnetId"]))]  # fmt: skip
        places.append(Place(INTERNET, "outside", "images, AWS APIs", zones={zone: ["NAT"] for zone in nats}))
        links += [Link(name, INTERNET, "all", ", ".join(ways)) for name, (_, ways) in routes.items() if ways]
    return places, links


def _routes(cloud: Cloud, place: Place) -> tuple[list[str], list[str]]:
    """Names of S3 gateway endpoints and of gateways to everywhere in the route tables of a place's subnets."""
    endpoints: dict[str, None] = {}
    gateways: dict[str, None] = {}
    for subnet in cloud.all(SUBNET):
        if not place.end or IPv4Network(subnet["cidrBlock"]) not in place.end.networks:
            continue
        tables = [each["routeTableId"] for each in cloud.all(ASSOCIATION, subnetId=subnet.id)]
        for endpoint in cloud.all(ENDPOINT, vpcEndpointType="Gateway"):
            if set(tables) & set(endpoint["routeTableIds"] or ()) and str(endpoint["serviceName"]).endswith(".s3"):
                endpoints[endpoint.name] = None
        if route := way_out(cloud, Resource("", ""), subnet):
            gateways |= dict.fromkeys(_first_gateways(cloud, tables) or [route.name])
    return list(endpoints), list(gateways)


def _first_gateways(cloud: Cloud, tables: Sequence[str]) -> list[str]:
    named = {route["natGatewayId"] for table in tables for route in cloud.all(ROUTE, routeTableId=table)}
    return [gateway.name for gateway in cloud.all(NAT_GATEWAY) if gateway.id in named]


def _between(cloud: Cloud, running: Sequence[Workload]) -> Iterator[tuple[str, str, str, str]]:
    for client in running:
        for server in running:
            if client is not server:
                yield from ((client.name, server.name, port, by) for port, by in server.admits(cloud, client))


def _zones(cloud: Cloud, subnets: Iterable[str]) -> list[str]:
    return sorted({str(subnet["availabilityZone"]) for id_ in subnets if (subnet := cloud.get(SUBNET, id_))})
