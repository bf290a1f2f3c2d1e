"""The two security groups that pulumi-eks makes unless told not to, and the six rules between them.

Read in pulumi/pulumi-eks, nodejs/eks/cluster/cluster.ts and nodes/securitygroup.ts.
"""

from rehearsal.protocol.construct import Child, Composer
from rehearsal.protocol.wire import UNKNOWN, Properties, unknown


def cluster_security_group(it: Composer, tags: Properties) -> Child:
    group = it.child(
        "aws:ec2/securityGroup:SecurityGroup",
        f"{it.name}-eksClusterSecurityGroup",
        {
            "vpcId": it.plain.get("vpcId"),
            "revokeRulesOnDelete": True,
            "tags": {"Name": f"{it.name}-eksClusterSecurityGroup", **tags},
        },
        {"vpcId": it.given_by("vpcId")},
    )
    _group_rule(it, "eksClusterInternetEgressRule", group, None, type_="egress", ports=(0, 0), cidr="0.0.0.0/0")
    return group


def node_security_group(it: Composer, cluster: Child, control_plane: Child, tags: Properties) -> Child:
    owner = f"kubernetes.io/cluster/{cluster.outputs.get('name')}"
    own = f"{it.name}-nodeSecurityGroup"
    nodes = it.child(
        "aws:ec2/securityGroup:SecurityGroup",
        own,
        {
            "vpcId": it.plain.get("vpcId"),
            "revokeRulesOnDelete": True,
            "tags": UNKNOWN if unknown(cluster.outputs.get("name")) else {"Name": own, owner: "owned", **tags},
        },
        {"vpcId": it.given_by("vpcId"), "tags": [cluster.urn]},
    )
    _group_rule(it, "eksNodeIngressRule", nodes, None, ports=(0, 0))
    _group_rule(it, "eksNodeClusterIngressRule", nodes, control_plane, ports=(1025, 65535))
    _group_rule(it, "eksExtApiServerClusterIngressRule", nodes, control_plane, ports=(443, 443))
    _group_rule(it, "eksNodeInternetEgressRule", nodes, None, type_="egress", ports=(0, 0), cidr="0.0.0.0/0")
    _group_rule(it, "eksClusterIngressRule", control_plane, nodes, ports=(443, 443))
    return nodes


def _group_rule(
    it: Composer,
    name: str,
    group: Child,
    source: Child | None,
    *,
    ports: tuple[int, int],
    type_: str = "ingress",
    cidr: str | None = None,
) -> None:
    comes_from = {"securityGroupId": [group.urn], "sourceSecurityGroupId": [source.urn] if source else []}
    it.child(
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        f"{it.name}-{name}",
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
