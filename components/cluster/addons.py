"""The EKS add-ons for network, DNS, disks and metrics, each at a pinned version.

They are not left to pulumi-eks: nothing waits for the add-ons that it creates, so a destroy would delete the CNI and
the disk driver while pods still use them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

# The first are installed before the nodes, because no node becomes ready without them; the others run on nodes.
BEFORE_NODES = ("kube-proxy", "vpc-cni")
ON_NODES = ("aws-ebs-csi-driver", "coredns", "metrics-server")


@dataclass(frozen=True, kw_only=True)
class ServiceAccount:
    """An add-on's service account in kube-system, and the AWS managed policy of its role."""

    name: str
    managed_policy: str


# docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html
IDENTITIES = {
    # V2 allows access to the driver's own volumes only, V1 to every volume of the account (aws-ebs-csi-driver#2918).
    "aws-ebs-csi-driver": ServiceAccount(name="ebs-csi-controller-sa", managed_policy="AmazonEBSCSIDriverPolicyV2"),
    "vpc-cni": ServiceAccount(name="aws-node", managed_policy="AmazonEKS_CNI_Policy"),
}


def configuration(tags: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Configuration values that differ from the add-ons' defaults, by add-on."""
    return {
        # Without this setting NetworkPolicies are accepted but not enforced.
        # docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html
        "vpc-cni": {"enableNetworkPolicy": "true"},
        # The stack's tags make it possible to find disks that outlive their claims.
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
    """One EKS add-on. It is deleted with the cluster and not before: stopping pods need network, DNS and disks."""
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
