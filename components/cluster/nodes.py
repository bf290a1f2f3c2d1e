"""Managed node groups on Amazon Linux 2023, and the role they share: join the cluster and pull images, nothing else.

No autoscaler: Milvus' stateful roles do not like being moved. No Spot: a reclaimed query node is a search outage.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.identity.service_role import service_role
from components.order import known_after

# Graviton: a `g` after the generation (m7g, r8gd, im4gn), and the first of them.
# docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
GRAVITON = re.compile(r"a1\.|[a-z]+\d+g")
# No AmazonEKS_CNI_Policy: the CNI has a role of its own. No S3: with it, a broken service-account role would go unseen.
NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")


@dataclass(frozen=True, kw_only=True)
class Taint:
    key: str
    value: str
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"] = "NO_SCHEDULE"


@dataclass(frozen=True, kw_only=True)
class NodeGroup:
    """Nodes of one kind. What must have a node in a certain zone (etcd, its volumes being zonal) needs a group of that
    zone alone: a group of several zones promises none of them.
    """

    name: str
    instance_type: str
    zones: tuple[str, ...]
    min_nodes: int
    max_nodes: int
    disk_gib: int = 50
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    taints: tuple[Taint, ...] = ()
    local_disks: bool = False
    """Whether the machines' own NVMe disks become the pods' ephemeral storage (DISKANN, mmap)."""


LOCAL_DISKS = """MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  instance:
    localStorage:
      strategy: RAID0

--//--
"""
"""Where kubelet and containerd keep their files, so that the disks count as ephemeral storage. AL2023's nodeadm, which
managed node groups merge with their own part: awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/#localstorageoptions"""


def node_role(
    name: str, region: str, permissions_boundary: pulumi.Input[str] | None, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """The role's ARN, known once its policies are attached: a node that starts earlier never joins."""
    role, attached = service_role(
        name,
        "EKS nodes: join the cluster, pull images",
        "ec2.amazonaws.com",
        NODE_POLICIES,
        region=region,
        permissions_boundary=permissions_boundary,
        parent=parent,
    )
    return known_after(role.arn, *(each.id for each in attached))


def node_group(
    name: str,
    group: NodeGroup,
    *,
    cluster_name: pulumi.Input[str],
    version: str,
    role_arn: pulumi.Input[str],
    subnet_ids: Mapping[str, pulumi.Input[str]],
    tags: Mapping[str, str],
    needs: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> aws.eks.NodeGroup:
    """A group and its launch template; `tags` reach its machines and disks, unlike the provider's default ones."""
    child = pulumi.ResourceOptions(parent=parent)
    labelled = {**tags, "Name": f"{name}-{group.name}"}
    template = aws.ec2.LaunchTemplate(
        f"{name}-{group.name}",
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            # One hop: a pod cannot take its node's role. pulumi-eks' own setting for it insists on two.
            # docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html
            "http_put_response_hop_limit": 1,
        },
        block_device_mappings=[
            {
                "device_name": "/dev/xvda",
                "ebs": {
                    "volume_size": group.disk_gib,
                    "volume_type": "gp3",
                    "encrypted": "true",
                    "delete_on_termination": "true",
                },
            }
        ],
        tag_specifications=[
            {"resource_type": "instance", "tags": labelled},
            {"resource_type": "volume", "tags": labelled},
        ],
        user_data=base64.b64encode(LOCAL_DISKS.encode()).decode() if group.local_disks else None,
        opts=child,
    )
    return aws.eks.NodeGroup(
        f"{name}-{group.name}",
        cluster_name=cluster_name,
        version=version,
        node_role_arn=role_arn,
        subnet_ids=[subnet_ids[zone] for zone in group.zones],
        instance_types=[group.instance_type],
        ami_type=ami_type(group.instance_type),
        scaling_config={
            "min_size": group.min_nodes,
            "max_size": group.max_nodes,
            "desired_size": group.min_nodes,
        },
        update_config={"max_unavailable": 1},
        labels=group.labels,
        taints=[{"key": taint.key, "value": taint.value, "effect": taint.effect} for taint in group.taints],
        launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        opts=pulumi.ResourceOptions(
            parent=parent,
            # Without the CNI a node stays NotReady, and its group fails after 20 minutes.
            depends_on=needs,
            # Between its bounds somebody else decides; without bounds the program does.
            ignore_changes=["scalingConfig.desiredSize"] if group.max_nodes > group.min_nodes else None,
        ),
    )


def ami_type(instance_type: str) -> str:
    """docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html"""
    return "AL2023_ARM_64_STANDARD" if GRAVITON.match(instance_type) else "AL2023_x86_64_STANDARD"
