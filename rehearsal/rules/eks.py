"""EKS: control plane, nodes, add-ons."""

from rehearsal.cloud import Cloud, Refused, Thing, rule
from rehearsal.rules.ec2 import SECURITY_GROUP, SUBNET, way_out
from rehearsal.rules.iam import ROLE, has_policy

CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ADDON = "aws:eks/addon:Addon"
ON_NODES = ("aws-ebs-csi-driver", "coredns", "metrics-server")
"""Add-ons whose pods need a node; vpc-cni and kube-proxy are DaemonSets, active without one."""


@rule(CLUSTER, "before_create", source="docs.aws.amazon.com/eks/latest/userguide/network-reqs.html")
def a_cluster_needs_subnets_in_two_zones(cloud: Cloud, cluster: Thing) -> None:
    subnets = [cloud.need(cluster, SUBNET, id_) for id_ in cluster["vpcConfig.subnetIds"]]
    if len({subnet["availabilityZone"] for subnet in subnets}) < 2:
        raise Refused(
            "InvalidParameterException: Subnets specified must be in at least two different AZs:"
            f" {', '.join(subnet.name for subnet in subnets)}"
        )


@rule(CLUSTER, "before_create", source="docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html")
def a_clusters_role_may_manage_it(cloud: Cloud, cluster: Thing) -> None:
    role = cloud.need(cluster, ROLE, str(cluster["roleArn"]).rsplit("/", 1)[-1])
    if not has_policy(cloud, cluster, role, "AmazonEKSClusterPolicy"):
        raise Refused(
            "InvalidParameterException: The provided role doesn't have the Amazon EKS Managed Policies associated with"
            f" it. Please ensure the following policy is attached: AmazonEKSClusterPolicy ({role.name})"
        )


@rule(CLUSTER, "after_create", source="docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html")
def eks_makes_a_security_group(cloud: Cloud, cluster: Thing) -> None:
    group_id, vpc_id = cluster["vpcConfig.clusterSecurityGroupId"], cluster["vpcConfig.vpcId"]
    name = f"eks-cluster-sg-{cluster.id}"
    made = {"vpcId": vpc_id, "name": name, "arn": "", "id": group_id}
    cloud.put(Thing(SECURITY_GROUP, group_id, outputs=made, region=cluster.region, owner=cluster.key))


@rule(CLUSTER, "before_delete", source="docs.aws.amazon.com/eks/latest/APIReference/API_DeleteCluster.html")
def a_cluster_with_nodes_stays(cloud: Cloud, cluster: Thing) -> None:
    for group in cloud.all(NODE_GROUP, clusterName=cluster.id):
        raise Refused(f"ResourceInUseException: Cluster has nodegroups attached: {group.name}")


@rule(CLUSTER, "before_delete", source="docs.aws.amazon.com/eks/latest/userguide/deletion-protection.html")
def a_protected_cluster_stays(cloud: Cloud, cluster: Thing) -> None:
    if cluster["deletionProtection"]:
        raise Refused(f"InvalidRequestException: Cluster {cluster.id} has deletion protection enabled")


@rule(NODE_GROUP, "ready", source="docs.aws.amazon.com/eks/latest/userguide/create-node-role.html")
def nodes_may_join_and_pull(cloud: Cloud, group: Thing) -> None:
    cloud.need(group, CLUSTER, group["clusterName"])
    role = cloud.need(group, ROLE, str(group["nodeRoleArn"]).rsplit("/", 1)[-1])
    for choice in (
        ("AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy"),
        ("AmazonEC2ContainerRegistryPullOnly", "AmazonEC2ContainerRegistryReadOnly"),
    ):
        if not any(has_policy(cloud, group, role, policy) for policy in choice):
            raise Refused(
                f"NodeCreationFailure: Instances failed to join the kubernetes cluster: {role.name} lacks {choice[0]}"
            )


@rule(NODE_GROUP, "ready", source="docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html#worker-node-fail")
def nodes_need_a_way_out(cloud: Cloud, group: Thing) -> None:
    for id_ in group["subnetIds"]:
        subnet = cloud.need(group, SUBNET, id_)
        endpoints = cloud.all("aws:ec2/vpcEndpoint:VpcEndpoint", vpcId=subnet["vpcId"], vpcEndpointType="Interface")
        for endpoint in endpoints:
            cloud.relies(group, endpoint, f"nodes in {subnet.name} reach AWS by it")
        if way_out(cloud, group, subnet) is None and not endpoints:
            raise Refused(
                "NodeCreationFailure: Instances failed to join the kubernetes cluster: they have no route to the"
                f" internet and no endpoints of AWS' services from {subnet.name}"
            )


@rule(NODE_GROUP, "ready", source="docs.aws.amazon.com/eks/latest/userguide/managing-vpc-cni.html")
def nodes_need_a_network_plugin(cloud: Cloud, group: Thing) -> None:
    cluster = cloud.need(group, CLUSTER, group["clusterName"])
    plugins = cloud.all(ADDON, clusterName=cluster.id, addonName="vpc-cni")
    for plugin in plugins:
        cloud.relies(group, plugin, "without the CNI no node becomes ready")
    if not plugins and not cluster["bootstrapSelfManagedAddons"]:
        raise Refused(
            "NodeCreationFailure: Unhealthy nodes in the kubernetes cluster: container runtime network not ready: cni"
            " plugin not initialized"
        )


@rule(ADDON, "ready", source="docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html")
def an_addon_with_pods_needs_nodes(cloud: Cloud, addon: Thing) -> None:
    cluster = cloud.need(addon, CLUSTER, addon["clusterName"], "ResourceNotFoundException: No cluster found")
    if addon["addonName"] not in ON_NODES:
        return
    groups = cloud.all(NODE_GROUP, clusterName=cluster.id)
    if not groups:
        raise Refused(
            f"unexpected state 'DEGRADED', wanted target 'ACTIVE': InsufficientNumberOfReplicas: The add-on"
            f" {addon['addonName']} is unhealthy because it doesn't have the desired number of replicas: no nodes"
        )
    for group in groups:
        cloud.relies(addon, group, f"the pods of {addon['addonName']} need nodes")
