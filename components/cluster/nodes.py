"""Managed node groups on Amazon Linux 2023, and the role that they share, which may join the cluster and pull images.

There is no autoscaler, because moving Milvus' stateful pods interrupts searches, and no Spot capacity, because searches
fail when AWS takes a query node back.
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

# Matches Graviton types: those with a `g` after the generation (m7g, r8gd, im4gn), and the first generation, a1.
# docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
GRAVITON = re.compile(r"a1\.|[a-z]+\d+g")
# AmazonEKS_CNI_Policy is missing, because the CNI has a role of its own. Nodes may not use S3: if they might, nobody
# would notice a broken role of Milvus' service account.
NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")


@dataclass(frozen=True, kw_only=True)
class Taint:
    """A Kubernetes taint, with the effect spelt as EKS spells it."""

    key: str
    value: str
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"] = "NO_SCHEDULE"


@dataclass(frozen=True, kw_only=True)
class NodeGroup:
    """Nodes of one kind. Pods that need a node in a certain zone (etcd's, whose volumes cannot leave their zone) need a
    group in that zone alone: a group of several zones guarantees nodes in none of them.
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
    """Whether the machines' local NVMe disks become the pods' ephemeral storage (for DISKANN and mmap)."""


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
"""User data that makes kubelet and containerd keep their files on the local disks, so that these count as ephemeral
storage. It configures AL2023's nodeadm, and managed node groups merge it with their own part:
awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/#localstorageoptions"""


def node_role(
    name: str, region: str, permissions_boundary: pulumi.Input[str] | None, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """ARN of the nodes' role, known once its policies are attached: nodes that start earlier never join."""
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
    """A node group and its launch template, which puts `tags` on machines and disks; default
    tags do not reach these."""
    child = pulumi.ResourceOptions(parent=parent)
    labelled = {**tags, "Name": f"{name}-{group.name}"}
    template = aws.ec2.LaunchTemplate(
        f"{name}-{group.name}",
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            # With one hop, pods cannot use their node's role. pulumi-eks' own setting for this needs two or more.
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
            # If the group may grow, an autoscaler or a person decides its size; otherwise this program does.
            ignore_changes=["scalingConfig.desiredSize"] if group.max_nodes > group.min_nodes else None,
        ),
    )


def ami_type(instance_type: str) -> str:
    """Type of the machine image for an instance type: docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html"""
    return "AL2023_ARM_64_STANDARD" if GRAVITON.match(instance_type) else "AL2023_x86_64_STANDARD"
