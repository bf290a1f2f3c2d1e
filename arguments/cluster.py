"""Arguments of the EKS cluster with its nodes, and of the load balancer controller."""

import pulumi

from arguments.deployment import Deployment
from components.cluster.cluster import AccessEntry, Cluster, ClusterArgs
from components.cluster.load_balancer_controller import LoadBalancerControllerArgs
from components.cluster.nodes import NodeGroup, Taint
from components.network.chosen import AnyNetwork
from planning import versions
from planning.fleet.instances import catalogue
from planning.regions import partition


def for_cluster(deployment: Deployment, network: AnyNetwork) -> ClusterArgs:
    """Arguments of the EKS cluster."""
    cluster = deployment.settings.cluster
    return ClusterArgs(
        region=deployment.plan.region,
        cluster_name=deployment.name,
        version=cluster.version,
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        node_subnet_ids=network.node_subnet_ids,
        service_cidr=cluster.service_cidr,
        public_access_cidrs=cluster.public_access_cidrs,
        access_entries={
            key: AccessEntry(principal_arn=entry.principal_arn, policy=entry.policy, namespaces=entry.namespaces)
            for key, entry in cluster.access_entries.items()
        },
        node_groups=_node_groups(deployment),
        addon_versions={**versions.KUBERNETES_VERSIONS[cluster.version].addons, **cluster.addon_versions},
        log_retention_days=cluster.log_days,
        keep_volumes=cluster.keep_volumes,
        tags=deployment.tags,
        permissions_boundary=cluster.permissions_boundary,
        deletion_protection=deployment.settings.protect,
        protect=deployment.settings.protect,
    )


def _node_groups(deployment: Deployment) -> tuple[NodeGroup, ...]:
    """Node groups of one zone each. A group of several zones guarantees nodes in none of them, and etcd's pods need
    nodes in the zones of their volumes."""
    return tuple(
        NodeGroup(
            name=f"{group.pool.lower()}-{catalogue()[group.instance].name.replace('.', '-')}-{zone[-1]}",
            instance_type=group.instance,
            zones=(zone,),
            min_nodes=group.nodes_a_zone,
            max_nodes=group.nodes_a_zone,
            disk_gib=group.root_volume_gib,
            labels=group.labels,
            taints=tuple(Taint(key=key, value=value) for key, value in group.taints.items()),
            local_disks=bool(catalogue()[group.instance].nvme_gib),
        )
        for group in deployment.plan.fleet.groups
        for zone in group.zones
    )


def for_controller(
    deployment: Deployment, network: AnyNetwork, cluster: Cluster, account_id: pulumi.Input[str]
) -> LoadBalancerControllerArgs:
    """Arguments of the load balancer controller."""
    region = deployment.plan.region
    arn = f"arn:{partition(region)}:elasticloadbalancing:{region}:{{}}:targetgroup/endpoints-*"
    copies = next(pods for pods in deployment.plan.deployment.system if pods.name == "aws-load-balancer-controller")
    return LoadBalancerControllerArgs(
        chart_version=versions.LOAD_BALANCER_CONTROLLER_CHART,
        region=region,
        cluster_name=deployment.name,
        vpc_id=network.vpc_id,
        oidc_provider_arn=cluster.oidc_provider_arn,
        oidc_issuer=cluster.oidc_issuer,
        watch_namespace=deployment.settings.milvus.namespace,
        # A pattern, because it also matches a replaced target group: if pods cannot be deregistered from that, their
        # binding is never deleted.
        target_group_arns=[pulumi.Output.format(arn, account_id)],
        replicas=copies.count,
        registry=deployment.settings.milvus.registry,
        cluster=cluster.control_plane,
        permissions_boundary=deployment.settings.cluster.permissions_boundary,
    )
