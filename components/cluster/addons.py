"""What runs in the cluster before anything of ours: network, DNS, disks, metrics, each at a version of our choosing.

Not by pulumi-eks: its add-ons are children of its cluster that nothing waits for, so that a destroy would take the CNI
and the disk driver away below the pods that use them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

# Before the nodes, for none becomes ready without; the others need nodes to run on.
BEFORE_NODES = ("kube-proxy", "vpc-cni")
ON_NODES = ("aws-ebs-csi-driver", "coredns", "metrics-server")


@dataclass(frozen=True, kw_only=True)
class ServiceAccount:
    """An add-on's own identity: its service account in kube-system, and the AWS policy of its role."""

    name: str
    managed_policy: str


# docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html
IDENTITIES = {
    # V2 reaches the driver's own volumes only, the first version every volume of the account (aws-ebs-csi-driver#2918).
    "aws-ebs-csi-driver": ServiceAccount(name="ebs-csi-controller-sa", managed_policy="AmazonEBSCSIDriverPolicyV2"),
    "vpc-cni": ServiceAccount(name="aws-node", managed_policy="AmazonEKS_CNI_Policy"),
}


def configuration(tags: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What differs from the add-ons' own defaults."""
    return {
        # Without it NetworkPolicies are accepted and ignored.
        # docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html
        "vpc-cni": {"enableNetworkPolicy": "true"},
        # Disks that outlive their claims are found by the stack's tags.
        "aws-ebs-csi-driver": {"controller": {"extraVolumeTags": dict(tags)}},
    }


def addon(
    name: str,
    addon_name: str,
    *,
    version: str,
    cluster_name: pulumi.Input[str],
    tags: Mapping[str, str],
    role_arn: pulumi.Input[str] | None = None,
    needs: Sequence[pulumi.Resource] = (),
    cluster: pulumi.Resource,
    parent: pulumi.Resource,
) -> aws.eks.Addon:
    """One add-on of EKS. It goes with the cluster, not before: what is still stopping needs network, DNS and disks."""
    values = configuration(tags).get(addon_name)
    return aws.eks.Addon(
        f"{name}-{addon_name}",
        cluster_name=cluster_name,
        addon_name=addon_name,
        addon_version=version,
        service_account_role_arn=role_arn,
        configuration_values=json.dumps(values, sort_keys=True) if values else None,
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        opts=pulumi.ResourceOptions(parent=parent, depends_on=needs, deleted_with=cluster),
    )
