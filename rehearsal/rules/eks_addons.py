"""Rules of EKS' add-ons: those with pods need nodes, and those that call AWS need a role."""

import json

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from rehearsal.rules.eks import ADDON, CLUSTER, GUIDE, NODE_GROUP, issuer
from rehearsal.rules.iam import cannot_take, has_policy, role_of

ON_NODES = ("aws-ebs-csi-driver", "coredns", "metrics-server")
"""Add-ons whose pods need a node. vpc-cni and kube-proxy are DaemonSets, which are active without nodes."""

# By add-on: its service account, and the policies of which it needs one.
# docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html
IDENTITIES = {
    "aws-ebs-csi-driver": ("ebs-csi-controller-sa", ("AmazonEBSCSIDriverPolicyV2", "AmazonEBSCSIDriverPolicy")),
    "vpc-cni": ("aws-node", ("AmazonEKS_CNI_Policy",)),
}


@rule(ADDON, "before_create", source="docs.aws.amazon.com/eks/latest/APIReference/API_CreateAddon.html")
def an_addon_needs_its_cluster(cloud: Cloud, addon: Resource) -> None:
    cloud.need(addon, CLUSTER, addon["clusterName"], "ResourceNotFoundException: No cluster found")


@rule(ADDON, "ready", source=f"{GUIDE}eks-add-ons.html")
def an_addon_with_pods_needs_nodes(cloud: Cloud, addon: Resource) -> None:
    if addon["addonName"] not in ON_NODES:
        return
    groups = cloud.all(NODE_GROUP, clusterName=addon["clusterName"])
    if not groups:
        raise Refused(
            f"unexpected state 'DEGRADED', wanted target 'ACTIVE': InsufficientNumberOfReplicas: The add-on"
            f" {addon['addonName']} is unhealthy because it doesn't have the desired number of replicas: no nodes"
        )
    for group in groups:
        cloud.relies(addon, group, f"the pods of {addon['addonName']} need nodes")


@rule(ADDON, "ready", source=f"{GUIDE}workloads-add-ons-available-eks.html")
def an_addon_that_calls_aws_needs_a_role(cloud: Cloud, addon: Resource) -> None:
    if addon["addonName"] not in IDENTITIES:
        return
    account, policies = IDENTITIES[addon["addonName"]]
    cluster = cloud.need(addon, CLUSTER, addon["clusterName"])
    role = role_of(cloud, addon["serviceAccountRoleArn"])
    if role is None and addon["addonName"] == "vpc-cni":
        return  # its pods use the nodes' network and role, see eks_nodes.py
    reason = (
        f"no role for the service account kube-system:{account}"
        if role is None
        else cannot_take(cloud, addon, role["arn"], issuer(cluster), "kube-system", account)
    )
    if reason is None and role and not any(has_policy(cloud, addon, role, policy) for policy in policies):
        reason = f"UnauthorizedOperation: {role.name} lacks {policies[0]}"
    if reason:
        raise Refused(
            f"unexpected state 'DEGRADED', wanted target 'ACTIVE': the pods of {addon['addonName']} restart: {reason}"
        )


def enforces_network_policies(cloud: Cloud) -> bool:
    """Whether NetworkPolicies have an effect: docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html"""
    for plugin in cloud.all(ADDON, addonName="vpc-cni"):
        values = json.loads(str(plugin["configurationValues"] or "{}"))
        if str(values.get("enableNetworkPolicy")).lower() == "true":
            return True
    return False
