"""Rules about what the internet can reach."""

import ipaddress
from collections.abc import Iterator, Sequence

from policies.releases import RELEASE, is_milvus
from policies.rule import LOOSER_IN_DEVELOPMENT, UNKNOWN, Resource, at, items, off, on, rule, stack_rule

CLIENT_PORTS = {80, 443, 3000, 19530}
"""Ports of the load balancers in front of Milvus and Attu."""
OPEN_PREFIX = 8
"""Shortest prefix of a network that belongs to somebody. Larger ones count as open: two /1 are the internet."""
MANAGEMENT_PORT = 9091

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
SERVICE = "kubernetes:core/v1:Service"
BUCKET = "aws:s3/bucket:Bucket"
ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def is_open(cidr: object) -> bool:
    """True if a network is a large part of the internet."""
    if not isinstance(cidr, str) or cidr == UNKNOWN:
        return False
    network = ipaddress.ip_network(cidr, strict=False)
    return network.prefixlen < OPEN_PREFIX


def admitted(resource: Resource) -> Iterator[tuple[str, int | None, int | None]]:
    """CIDR, first and last port of everything that a security group or rule admits; None as ports means all ports."""
    if resource.type == INGRESS:
        rules, cidr_keys = [resource.inputs], ("cidrIpv4", "cidrIpv6")
    elif resource.type == OLD_RULE:
        rules = [resource.inputs] if at(resource.inputs, "type") == "ingress" else []
        cidr_keys = ("cidrBlocks", "ipv6CidrBlocks")
    else:
        rules, cidr_keys = items(at(resource.inputs, "ingress")), ("cidrBlocks", "ipv6CidrBlocks")
    for each in rules:
        every = at(each, "ipProtocol") == "-1" or at(each, "protocol") == "-1"
        first, last = (None, None) if every else (at(each, "fromPort"), at(each, "toPort"))
        for key in cidr_keys:
            value = at(each, key)
            for cidr in [value] if isinstance(value, str) else items(value):
                yield str(cidr), first, last


def only_clients(first: object, last: object) -> bool:
    """True if a range of ports is a single port that is meant for clients."""
    return first == last and first in CLIENT_PORTS


@rule(
    "no-open-ingress",
    INGRESS,
    GROUP,
    OLD_RULE,
    why="Nothing but the load balancers is there for the internet.",
    source="docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-18",
    fix="name the networks or security groups that need it.",
)
def no_open_ingress(resource: Resource) -> Iterator[str]:
    for cidr, first, last in admitted(resource):
        if is_open(cidr) and not only_clients(first, last):
            yield f"{cidr} reaches {'all ports' if first is None else f'ports {first} to {last}'}"


@rule(
    "load-balancer-open",
    INGRESS,
    GROUP,
    OLD_RULE,
    why="Milvus behind an open load balancer is found by scanners within hours; only its password is left.",
    source="milvus#26418, attu#233",
    fix="access.clientCidrs; access.openToTheWorld: true says that it is meant, and makes this rule advisory.",
    levels=LOOSER_IN_DEVELOPMENT,
)
def load_balancer_open(resource: Resource) -> Iterator[str]:
    for cidr, first, last in admitted(resource):
        if is_open(cidr) and only_clients(first, last):
            yield f"{cidr} reaches port {first}"


@rule(
    "management-port-closed",
    INGRESS,
    OLD_RULE,
    "aws:lb/listener:Listener",
    "aws:lb/targetGroup:TargetGroup",
    SERVICE,
    why="Port 9091 of Milvus runs expressions and stops roles for whoever reaches it.",
    source="CVE-2026-26190 (nvd.nist.gov/vuln/detail/CVE-2026-26190), milvus#49588, milvus#50763",
    fix="port 19530 only; metrics are read inside the cluster.",
)
def management_port_closed(resource: Resource) -> Iterator[str]:
    ports = {at(resource.inputs, key) for key in ("port", "fromPort", "toPort")}
    if resource.type == SERVICE and at(resource.inputs, "spec.type") in ("LoadBalancer", "NodePort"):
        ports = {at(port, "port") for port in items(at(resource.inputs, "spec.ports"))}
    if MANAGEMENT_PORT in ports:
        yield f"port {MANAGEMENT_PORT} leaves the cluster"


@rule(
    "services-inside",
    SERVICE,
    RELEASE,
    why="The chart's own LoadBalancer, Ingress and Attu expose port 9091 or a console, past our security groups.",
    source="milvus-helm's values.yaml (service, ingress, attu); CVE-2026-26190",
    fix="type ClusterIP; load balancers are components/endpoints/endpoints.py's.",
)
def services_inside(resource: Resource) -> Iterator[str]:
    if resource.type == SERVICE:
        if (kind := at(resource.inputs, "spec.type")) not in (None, "ClusterIP", UNKNOWN):
            yield f"a Service of type {kind}"
    elif is_milvus(resource):
        if (kind := at(resource.inputs, "values.service.type")) not in ("ClusterIP", UNKNOWN):
            yield f"the chart's Service is of type {kind or 'LoadBalancer (its default)'}"
        for part in ("ingress", "attu"):
            if not off(at(resource.inputs, f"values.{part}.enabled")):
                yield f"the chart's own {part} is on"


@rule(
    "api-server-closed",
    "aws:eks/cluster:Cluster",
    why="Who reaches the API server needs one stolen token only.",
    source="docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
    fix="cluster.publicAccessCidrs with the networks of those who deploy, or none; private access on.",
)
def api_server_closed(resource: Resource) -> Iterator[str]:
    access, cidrs = (
        at(resource.inputs, "vpcConfig.endpointPublicAccess"),
        at(resource.inputs, "vpcConfig.publicAccessCidrs"),
    )
    if not on(at(resource.inputs, "vpcConfig.endpointPrivateAccess")):
        yield "nodes would reach it over the internet"
    if access is False or UNKNOWN in (access, cidrs):
        return
    if not items(cidrs):
        yield "it is open to 0.0.0.0/0, AWS' default"
    yield from (f"it is open to {cidr}" for cidr in items(cidrs) if is_open(cidr))


@rule(
    "kafka-private",
    "aws:msk/cluster:Cluster",
    why="Only Milvus, inside the VPC, speaks to Kafka.",
    source="docs.aws.amazon.com/msk/latest/developerguide/public-access.html",
    fix="no connectivityInfo.publicAccess.",
)
def kafka_private(resource: Resource) -> Iterator[str]:
    kind = at(resource.inputs, "brokerNodeGroupInfo.connectivityInfo.publicAccess.type")
    if kind not in (None, "DISABLED", UNKNOWN):
        yield f"brokers have public addresses ({kind})"


@rule(
    "private-link-named",
    "aws:ec2/vpcEndpointService:VpcEndpointService",
    why="The security groups of the load balancer are not asked about PrivateLink: its principals alone say who comes.",
    source="docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
    fix="access.privateLink.principals with accounts, roles and users, never *.",
)
def private_link_named(resource: Resource) -> Iterator[str]:
    principals = at(resource.inputs, "allowedPrincipals")
    if principals != UNKNOWN and "*" in items(principals):
        yield "every AWS account may connect"


@rule(
    "bucket-block",
    ACCESS_BLOCK,
    why="One wrong policy or ACL would publish every vector and every scalar.",
    source="docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    fix=f"{', '.join(BLOCKS)}: true.",
)
def bucket_block(resource: Resource) -> Iterator[str]:
    yield from (f"{key} is off" for key in BLOCKS if not on(at(resource.inputs, key)))


@stack_rule(
    "bucket-closed",
    BUCKET,
    why="One wrong policy or ACL would publish every vector and every scalar.",
    source="docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    fix="a BucketPublicAccessBlock and a BucketPolicy for each bucket (components/identity/bucket_settings.py).",
)
def bucket_closed(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    for needed in (ACCESS_BLOCK, "aws:s3/bucketPolicy:BucketPolicy"):
        has = frozenset[str]().union(*(each.depends_on for each in resources if each.type == needed))
        for each in resources:
            if each.type == BUCKET and each.urn not in has:
                yield each, f"no {needed.rpartition(':')[2]} is about it"


@rule(
    "nodes-unreachable",
    "aws:eks/nodeGroup:NodeGroup",
    "aws:ec2/launchTemplate:LaunchTemplate",
    why="Nobody needs to log in to a node, and nothing outside needs to reach one.",
    source="docs.aws.amazon.com/eks/latest/best-practices/data-plane-security.html",
    fix="no remoteAccess, no public address, no key pair.",
)
def nodes_unreachable(resource: Resource) -> Iterator[str]:
    if at(resource.inputs, "remoteAccess"):
        yield "SSH is let in (remoteAccess)"
    if at(resource.inputs, "keyName"):
        yield "an SSH key is on it"
    for interface in items(at(resource.inputs, "networkInterfaces")):
        if not off(at(interface, "associatePublicIpAddress")):
            yield "it gets a public address"


@rule(
    "imdsv2",
    "aws:ec2/launchTemplate:LaunchTemplate",
    why="With version 1, or with two hops, a pod (or who makes Milvus fetch a URL) takes the node's role.",
    source="docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html",
    fix="metadataOptions: httpTokens required, httpPutResponseHopLimit 1.",
)
def imdsv2(resource: Resource) -> Iterator[str]:
    if at(resource.inputs, "metadataOptions.httpTokens") not in ("required", UNKNOWN):
        yield "the metadata service answers version 1"
    if (hops := at(resource.inputs, "metadataOptions.httpPutResponseHopLimit")) not in (1, UNKNOWN):
        yield f"the metadata service answers over {hops or 'the account default of'} hops"


RULES = (
    no_open_ingress,
    load_balancer_open,
    management_port_closed,
    services_inside,
    api_server_closed,
    kafka_private,
    private_link_named,
    bucket_block,
    bucket_closed,
    nodes_unreachable,
    imdsv2,
)
