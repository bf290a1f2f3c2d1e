"""The two security groups that pulumi-eks creates unless told not to, and their six rules.

Source: pulumi/pulumi-eks, nodejs/eks/cluster/cluster.ts and nodes/securitygroup.ts.
"""

from rehearsal.protocol.construct import Child, Composer
from rehearsal.protocol.wire import UNKNOWN, Properties, unknown


def cluster_security_group(composer: Composer, tags: Properties) -> Child:
    group = composer.child(
        "aws:ec2/securityGroup:SecurityGroup",
        f"{composer.name}-eksClusterSecurityGroup",
        {
            "vpcId": composer.plain.get("vpcId"),
            "revokeRulesOnDelete": True,
            "tags": {"Name": f"{composer.name}-eksClusterSecurityGroup", **tags},
        },
        {"vpcId": composer.sources_of("vpcId")},
    )
    _group_rule(composer, "eksClusterInternetEgressRule", group, None, type_="egress", ports=(0, 0), cidr="0.0.0.0/0")
    return group


def node_security_group(composer: Composer, cluster: Child, control_plane: Child, tags: Properties) -> Child:
    owner = f"kubernetes.io/cluster/{cluster.outputs.get('name')}"
    own = f"{composer.name}-nodeSecurityGroup"
    nodes = composer.child(
        "aws:ec2/securityGroup:SecurityGroup",
        own,
        {
            "vpcId": composer.plain.get("vpcId"),
            "revokeRulesOnDelete": True,
            "tags": UNKNOWN if unknown(cluster.outputs.get("name")) else {"Name": own, owner: "owned", **tags},
        },
        {"vpcId": composer.sources_of("vpcId"), "tags": [cluster.urn]},
    )
    _group_rule(composer, "eksNodeIngressRule", nodes, None, ports=(0, 0))
    _group_rule(composer, "eksNodeClusterIngressRule", nodes, control_plane, ports=(1025, 65535))
    _group_rule(composer, "eksExtApiServerClusterIngressRule", nodes, control_plane, ports=(443, 443))
    _group_rule(composer, "eksNodeInternetEgressRule", nodes, None, type_="egress", ports=(0, 0), cidr="0.0.0.0/0")
    _group_rule(composer, "eksClusterIngressRule", control_plane, nodes, ports=(443, 443))
    return nodes


def _group_rule(
    composer: Composer,
    name: str,
    group: Child,
    source: Child | None,
    *,
    ports: tuple[int, int],
    type_: str = "ingress",
    cidr: str | None = None,
) -> None:
    comes_from = {"securityGroupId": [group.urn], "sourceSecurityGroupId": [source.urn] if source else []}
    composer.child(
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        f"{composer.name}-{name}",
        {
            "type": type_,
            "fromPort": ports[0],
            "toPort": ports[1],
            "protocol": "tcp" if source else "-1",
            "cidrBlocks": [cidr] if cidr else None,
            "self": True if source is None and cidr is None else None,
            "securityGroupId": group.id,
            "sourceSecurityGroupId": source.id if source else None,
        },
        comes_from,
    )
