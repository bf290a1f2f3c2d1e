"""Rules of EKS' nodes: what they need to join their cluster, and which groups EKS refuses."""

import base64

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from rehearsal.rules import security_groups
from rehearsal.rules.ec2 import ENDPOINT, LAUNCH_TEMPLATE, SUBNET, private_services, way_out
from rehearsal.rules.eks import ADDON, CLUSTER, GUIDE, NODE_GROUP, minor
from rehearsal.rules.iam import has_policy, role_of, service_may_take

TROUBLE = f"{GUIDE}troubleshooting.html#worker-node-fail"
NEVER_JOINED = "NodeCreationFailure: Instances failed to join the kubernetes cluster"
# Services that nodes call before they are ready: docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
PRIVATE_SERVICES = ("ec2", "ecr.api", "ecr.dkr", "eks", "s3", "sts")


@rule(NODE_GROUP, "before_create", source="docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html")
def a_groups_machines_fit_its_image(cloud: Cloud, group: Resource) -> None:
    cluster = cloud.need(group, CLUSTER, group["clusterName"], "ResourceNotFoundException: No cluster found")
    arm = "ARM_64" in str(group["amiType"])
    for type_ in group["instanceTypes"] or ():
        family = str(type_).split(".")[0]
        graviton = family == "a1" or "g" in family.lstrip("abcdefghijklmnopqrstuvwxyz").lstrip("0123456789")[:1]
        if arm != graviton:
            raise Refused(
                f"InvalidParameterException: [{type_}] is not a valid instance type for requested amiType"
                f" {group['amiType']}"
            )
    if group["version"] and minor(group["version"]) > minor(cluster["version"]):
        raise Refused(
            f"InvalidParameterException: Requested Nodegroup version {group['version']} is newer than the cluster's"
            f" {cluster['version']}"
        )


@rule(NODE_GROUP, "before_create", source=f"{GUIDE}launch-templates.html")
def a_groups_template_has_nothing_that_eks_decides(cloud: Cloud, group: Resource) -> None:
    if not group["launchTemplate.id"]:
        return
    template = cloud.need(group, LAUNCH_TEMPLATE, group["launchTemplate.id"], "Launch template does not exist")
    if template["iamInstanceProfile"]:
        raise Refused("InvalidRequestException: Launch template should not specify an instance profile")
    if template["userData"] and not user_data(template).startswith("MIME-Version:"):
        raise Refused("Ec2LaunchTemplateInvalidConfiguration: User data was not in the MIME multipart format.")
    if group["diskSize"]:
        raise Refused("InvalidParameterException: Disk size must be specified within the launch template.")


@rule(NODE_GROUP, "ready", source=f"{GUIDE}create-node-role.html")
def nodes_may_join_and_pull(cloud: Cloud, group: Resource) -> None:
    cloud.need(group, CLUSTER, group["clusterName"])
    role = role_of(cloud, group["nodeRoleArn"])
    if role is None:
        raise Refused(f"InvalidParameterException: the node role {group['nodeRoleArn']} does not exist")
    if not service_may_take(cloud, role, "ec2.amazonaws.com"):
        raise Refused(f"{NEVER_JOINED}: {role.name} does not trust ec2.amazonaws.com")
    for choice in (
        ("AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy"),
        ("AmazonEC2ContainerRegistryPullOnly", "AmazonEC2ContainerRegistryReadOnly"),
    ):
        if not any(has_policy(cloud, group, role, policy) for policy in choice):
            raise Refused(f"{NEVER_JOINED}: {role.name} lacks {choice[0]}")


@rule(NODE_GROUP, "ready", source=TROUBLE)
def nodes_need_a_way_out(cloud: Cloud, group: Resource) -> None:
    """Nodes reach AWS through NAT, or through private endpoints of all services that they call."""
    for id_ in group["subnetIds"]:
        subnet = cloud.need(group, SUBNET, id_)
        if subnet.foreign:
            continue  # routes of somebody else's subnet are not known here
        out = way_out(cloud, group, subnet)
        reached = private_services(cloud, group, subnet)
        if out is None and (missing := [each for each in PRIVATE_SERVICES if each not in reached]):
            raise Refused(
                f"{NEVER_JOINED}: they have no route to the internet and no endpoints of {', '.join(missing)} from"
                f" {subnet.name}"
            )


@rule(NODE_GROUP, "ready", source="docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html")
def endpoints_admit_the_nodes(cloud: Cloud, group: Resource) -> None:
    """With private names, a closed endpoint is worse than none, because nodes no longer use the public address."""
    nodes = node_end(cloud, group)
    vpcs = {subnet["vpcId"] for id_ in group["subnetIds"] if (subnet := cloud.get(SUBNET, id_))}
    for endpoint in cloud.all(ENDPOINT, vpcEndpointType="Interface", privateDnsEnabled=True):
        if endpoint["vpcId"] not in vpcs:
            continue
        at = security_groups.end(cloud, endpoint.name, endpoint["securityGroupIds"] or [], endpoint["subnetIds"] or [])
        if reason := security_groups.blocked(cloud, group, nodes, at, 443):
            raise Refused(f"{NEVER_JOINED}: {reason}")


@rule(NODE_GROUP, "ready", source=f"{GUIDE}cluster-endpoint.html")
def nodes_reach_the_api_server(cloud: Cloud, group: Resource) -> None:
    cluster = cloud.need(group, CLUSTER, group["clusterName"])
    if cluster["vpcConfig.endpointPrivateAccess"]:
        return
    admitted: list[str] = cluster["vpcConfig.publicAccessCidrs"] or ["0.0.0.0/0"]
    if cluster["vpcConfig.endpointPublicAccess"] is False or "0.0.0.0/0" not in admitted:
        raise Refused(
            f"{NEVER_JOINED}: the API server admits {', '.join(admitted)}, and has no private address"
            " (endpointPrivateAccess)"
        )


@rule(NODE_GROUP, "ready", source=f"{GUIDE}managing-vpc-cni.html")
def nodes_need_a_network_plugin(cloud: Cloud, group: Resource) -> None:
    cluster = cloud.need(group, CLUSTER, group["clusterName"])
    plugins = cloud.all(ADDON, clusterName=cluster.id, addonName="vpc-cni")
    for plugin in plugins:
        cloud.relies(group, plugin, "without the CNI no node becomes ready")
    if not plugins and not cluster["bootstrapSelfManagedAddons"]:
        raise Refused(
            "NodeCreationFailure: Unhealthy nodes in the kubernetes cluster: container runtime network not ready: cni"
            " plugin not initialized"
        )
    role = role_of(cloud, group["nodeRoleArn"])
    on_its_own = any(plugin["serviceAccountRoleArn"] for plugin in plugins)
    if not on_its_own and role and not has_policy(cloud, group, role, "AmazonEKS_CNI_Policy"):
        raise Refused(
            "NodeCreationFailure: Unhealthy nodes in the kubernetes cluster: aws-node has no role of its own, and"
            f" {role.name} lacks AmazonEKS_CNI_Policy"
        )


def node_end(cloud: Cloud, group: Resource) -> security_groups.End:
    """The nodes' end of a connection. They have the security groups of their launch template, or else
    the one that EKS creates."""
    template = cloud.get(LAUNCH_TEMPLATE, group["launchTemplate.id"])
    own: list[str] = (template["vpcSecurityGroupIds"] if template else None) or []
    if not own:
        cluster = cloud.need(group, CLUSTER, group["clusterName"])
        own = [str(cluster["vpcConfig.clusterSecurityGroupId"])]
    return security_groups.end(cloud, "nodes", own, group["subnetIds"])


def user_data(template: Resource | None) -> str:
    """The decoded user data of a launch template; empty if there is none."""
    return base64.b64decode(str(template["userData"] or "")).decode() if template else ""
