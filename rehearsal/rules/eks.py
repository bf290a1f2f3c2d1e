"""Rules of EKS' control plane, and of access to its API. Nodes and add-ons are in files of their own."""

import re

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from rehearsal.published.regions import partition
from rehearsal.rules.ec2 import SECURITY_GROUP, SUBNET, VPC
from rehearsal.rules.iam import ROLE, has_policy, service_may_take
from rehearsal.rules.kms import usable_key

CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ADDON = "aws:eks/addon:Addon"
ACCESS_ENTRY = "aws:eks/accessEntry:AccessEntry"
ACCESS_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
STILL_WRITING = "rehearsal:eks:StillWriting"
"""A cluster that was deleted, and whose control plane still writes its last lines."""
GUIDE = "docs.aws.amazon.com/eks/latest/userguide/"
LAST_LINES = "github.com/terraform-aws-modules/terraform-aws-eks/issues/2763"


def issuer(cluster: Resource) -> str:
    """URL of a cluster's OIDC issuer."""
    return str(cluster["identities"][0]["oidcs"][0]["issuer"])


def issuer_of(cloud: Cloud, resource: Resource) -> str:
    """URL of the OIDC issuer of the cluster that a Kubernetes object is in."""
    return next((issuer(cluster) for cluster in cloud.all(CLUSTER, endpoint=resource.server)), "no cluster")


def minor(version: object) -> int:
    """The minor number of a Kubernetes version, such as 35 of 1.35."""
    return int(str(version).rpartition(".")[2])


def deployer(resource: Resource) -> str:
    """ARN of the user who calls the emulated AWS, as aws.py answers getCallerIdentity."""
    return f"arn:{partition(resource.region)}:iam::{resource.account}:user/rehearsal"


@rule(CLUSTER, "before_create", source=f"{GUIDE}network-reqs.html")
def a_cluster_needs_subnets_in_two_zones(cloud: Cloud, cluster: Resource) -> None:
    subnets = [cloud.need(cluster, SUBNET, id_) for id_ in cluster["vpcConfig.subnetIds"]]
    if len({subnet["availabilityZone"] for subnet in subnets}) < 2:
        raise Refused(
            "InvalidParameterException: Subnets specified must be in at least two different AZs:"
            f" {', '.join(subnet.name for subnet in subnets)}"
        )


@rule(CLUSTER, "before_create", source=f"{GUIDE}cluster-iam-role.html")
def a_clusters_role_may_manage_it(cloud: Cloud, cluster: Resource) -> None:
    role = cloud.need(cluster, ROLE, str(cluster["roleArn"]).rsplit("/", 1)[-1])
    if not service_may_take(cloud, role, "eks.amazonaws.com"):
        raise Refused(
            f"InvalidParameterException: Role with arn: {cluster['roleArn']}, could not be assumed because it does not"
            " exist or the trusted entity is not correct"
        )
    if not has_policy(cloud, cluster, role, "AmazonEKSClusterPolicy"):
        raise Refused(
            "InvalidParameterException: The provided role doesn't have the Amazon EKS Managed Policies associated with"
            f" it. Please ensure the following policy is attached: AmazonEKSClusterPolicy ({role.name})"
        )


@rule(CLUSTER, "before_create", source=f"{GUIDE}enable-kms.html")
def a_clusters_secrets_have_a_usable_key(cloud: Cloud, cluster: Resource) -> None:
    key = cluster["encryptionConfig.provider.keyArn"]
    if key:
        usable_key(cloud, cluster, key, "InvalidParameterException: The keyArn in encryptionConfig provider is invalid")


@rule(CLUSTER, "after_create", source=f"{GUIDE}sec-group-reqs.html")
def eks_makes_a_security_group(cloud: Cloud, cluster: Resource) -> None:
    group_id, vpc_id = cluster["vpcConfig.clusterSecurityGroupId"], cluster["vpcConfig.vpcId"]
    name = f"eks-cluster-sg-{cluster.id}"
    made = {
        "vpcId": vpc_id,
        "name": name,
        "arn": "",
        "id": group_id,
        "ingress": [{"protocol": "-1", "self": True}],
        "egress": [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}],
    }
    cloud.put(Resource(SECURITY_GROUP, group_id, outputs=made, region=cluster.region, owner=cluster.key))


@rule(CLUSTER, "after_create", source=f"{GUIDE}control-plane-logs.html")
@rule(LOG_GROUP, "before_create", source=f"{GUIDE}control-plane-logs.html")
def eks_makes_the_log_group_that_it_misses(cloud: Cloud, resource: Resource) -> None:
    """The group that EKS creates is never deleted. To avoid it, the log group must exist before the cluster."""
    why = "EKS makes the log group that it misses, and nobody deletes it"
    if resource.type == LOG_GROUP:  # of a program that comes too late with it
        for cluster in cloud.all(CLUSTER):
            if cluster["enabledClusterLogTypes"] and resource.id == f"/aws/eks/{cluster.id}/cluster":
                cloud.relies(cluster, resource, why)
        return
    name = f"/aws/eks/{resource.id}/cluster"
    if not resource["enabledClusterLogTypes"]:
        return
    if group := cloud.get(LOG_GROUP, name):
        cloud.relies(resource, group, why)
    else:
        cloud.put(Resource(LOG_GROUP, name, inputs={"name": name}, region=resource.region))


@rule(CLUSTER, "after_delete", source=LAST_LINES)
@rule(LOG_GROUP, "after_delete", source=LAST_LINES)
def eks_makes_its_log_group_again(cloud: Cloud, resource: Resource) -> None:
    """The control plane's last lines come when the cluster is gone, by a service-linked role that nobody can deny."""
    if resource.type == CLUSTER:
        if not resource["enabledClusterLogTypes"]:
            return
        cloud.put(Resource(STILL_WRITING, resource.id, region=resource.region, foreign=True))
        name = f"/aws/eks/{resource.id}/cluster"
    else:
        name = resource.id
    writing = cloud.all(STILL_WRITING)
    if cloud.get(LOG_GROUP, name) is None and any(name == f"/aws/eks/{each.id}/cluster" for each in writing):
        cloud.put(Resource(LOG_GROUP, name, inputs={"name": name}, region=resource.region))


@rule(LOG_GROUP, "after_create", source=LAST_LINES)
@rule(LOG_GROUP, "before_update", source=LAST_LINES)
def a_clusters_log_group_outlives_it(cloud: Cloud, group: Resource) -> None:
    """Keeping it is no mistake if its lines expire: EKS would make it again."""
    group.outlives = bool(re.fullmatch("/aws/eks/[^/]+/cluster", group.id) and group["retentionInDays"])


@rule(CLUSTER, "before_delete", source="docs.aws.amazon.com/eks/latest/APIReference/API_DeleteCluster.html")
def a_cluster_with_nodes_stays(cloud: Cloud, cluster: Resource) -> None:
    for group in cloud.all(NODE_GROUP, clusterName=cluster.id):
        raise Refused(f"ResourceInUseException: Cluster has nodegroups attached: {group.name}")


@rule(CLUSTER, "before_delete", source=f"{GUIDE}deletion-protection.html")
def a_protected_cluster_stays(cloud: Cloud, cluster: Resource) -> None:
    if cluster["deletionProtection"]:
        raise Refused(f"InvalidRequestException: Cluster {cluster.id} has deletion protection enabled")


@rule(CLUSTER, "before_update", source=f"{GUIDE}update-cluster.html")
def a_cluster_is_upgraded_by_one_version_at_a_time(cloud: Cloud, cluster: Resource) -> None:
    old, new = (minor(each["version"]) for each in (cloud.current(cluster), cluster))
    if new - old not in (0, 1):
        raise Refused(
            "InvalidParameterException: Unsupported Kubernetes minor version update from"
            f" {cloud.current(cluster)['version']} to {cluster['version']}"
        )


@rule(ACCESS_ENTRY, "before_create", source="github.com/terraform-aws-modules/terraform-aws-eks/issues/2968")
def who_made_the_cluster_has_an_entry_already(cloud: Cloud, entry: Resource) -> None:
    cluster = cloud.need(entry, CLUSTER, entry["clusterName"], "ResourceNotFoundException: No cluster found")
    made_it = cluster["accessConfig.bootstrapClusterCreatorAdminPermissions"] is not False
    nodes = [group["nodeRoleArn"] for group in cloud.all(NODE_GROUP, clusterName=cluster.id)]
    if entry["principalArn"] in nodes or (made_it and entry["principalArn"] == deployer(entry)):
        raise Refused(
            "ResourceInUseException: The specified access entry resource is already in use on this cluster:"
            f" {entry['principalArn']}"
        )


@rule(ACCESS_POLICY, "before_create", source=f"{GUIDE}access-policies.html")
def an_access_policy_needs_its_entry(cloud: Cloud, policy: Resource) -> None:
    entries = cloud.all(ACCESS_ENTRY, clusterName=policy["clusterName"], principalArn=policy["principalArn"])
    if not entries:
        raise Refused(
            "ResourceNotFoundException: The specified principalArn could not be found. You can view your available"
            f" access entries with ListAccessEntries: {policy['principalArn']}"
        )
    cloud.relies(policy, entries[0], "an access policy needs the entry that it is for")
    known = ("ClusterAdmin", "Admin", "Edit", "View", "AdminView")
    if str(policy["policyArn"]).rsplit("/", 1)[-1] not in {f"AmazonEKS{each}Policy" for each in known}:
        raise Refused(f"ResourceNotFoundException: The policyArn {policy['policyArn']} does not exist")


@rule(CLUSTER, "before_create", source=f"{GUIDE}network-reqs.html")
def a_cluster_needs_a_vpc_with_dns(cloud: Cloud, cluster: Resource) -> None:
    """EKS itself creates such a cluster, but its nodes would never find it."""
    for subnet in (cloud.get(SUBNET, id_) for id_ in cluster["vpcConfig.subnetIds"]):
        vpc = cloud.get(VPC, subnet["vpcId"]) if subnet else None
        if vpc and not (vpc["enableDnsSupport"] and vpc["enableDnsHostnames"]):
            raise Refused(
                f"nodes could not register with the cluster: {vpc.name} needs DNS support and DNS hostnames,"
                " enableDnsSupport and enableDnsHostnames"
            )
