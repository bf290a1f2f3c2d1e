"""From the settings and the plan to the arguments of each component on AWS, so that __main__.py only composes.

Decides nothing that planning/ or a setting has decided: it hands on, and lets a setting override a planned number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import pulumi

from components.bucket import BucketArgs
from components.cluster import AccessEntry, Cluster, ClusterArgs
from components.existing_network import ExistingNetwork, ExistingNetworkArgs
from components.kafka import Kafka, KafkaArgs
from components.load_balancer_controller import LoadBalancerControllerArgs
from components.milvus import MilvusArgs
from components.network import Network, NetworkArgs
from components.nodes import NodeGroup, Taint
from components.policy import partition
from components.target_binding import Binding
from components.workload_identity import WorkloadIdentityArgs
from planning import versions
from planning.chart_names import RoleName
from planning.deployment import PodGroup
from planning.estimate import Estimate
from planning.helm_values import Etcd, Role
from planning.instances import catalogue
from settings import NAMESPACE, Settings

SERVICE_ACCOUNT = "milvus"
SECRET_RECOVERY_DAYS = 30
"""Of secrets that are protected; others free their name at once, for the next stack of that name."""


@dataclass(frozen=True)
class Arguments:
    """Everything that is known before the first resource."""

    settings: Settings
    plan: Estimate
    stack: str

    @classmethod
    def of(cls, settings: Settings, stack: str) -> "Arguments":
        """Of settings for target `aws`, which read() has found to fit."""
        return cls(settings, settings.plan(), stack)

    @property
    def name(self) -> str:
        """Of the cluster, and in its log groups."""
        return f"{NAMESPACE}-{self.stack}"

    @property
    def tags(self) -> dict[str, str]:
        return {"project": NAMESPACE, "stack": self.stack, **self.settings.tags}

    def network(self, name: str, opts: pulumi.ResourceOptions) -> Network | ExistingNetwork:
        """The VPC that the settings ask for: made, or taken."""
        network = self.settings.network
        if network.existing:
            existing = ExistingNetworkArgs(
                vpc_id=network.existing.vpc_id,
                private_subnet_ids=network.existing.private_subnet_ids,
                public_subnet_ids=network.existing.public_subnet_ids,
                service_cidr=self.settings.cluster.service_cidr,
            )
            return ExistingNetwork(name, existing, opts)
        made = NetworkArgs(
            region=self.plan.region,
            cidr=network.cidr,
            zones=self.settings.zones,
            nat=network.nat,
            interface_endpoints=network.interface_endpoints,
            flow_logs=network.flow_logs,
            flow_log_retention_days=network.flow_log_days,
            permissions_boundary=self.settings.cluster.permissions_boundary,
        )
        return Network(name, made, opts)

    def bucket(self) -> BucketArgs:
        bucket = self.settings.bucket
        return BucketArgs(
            region=self.plan.region,
            customer_key=bucket.customer_key,
            keep_deleted_days=bucket.keep_deleted_days,
            force_destroy=bucket.force_destroy,
            protect=self.settings.protect,
        )

    def cluster(self, network: Network | ExistingNetwork) -> ClusterArgs:
        cluster = self.settings.cluster
        return ClusterArgs(
            region=self.plan.region,
            cluster_name=self.name,
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
            node_groups=self._node_groups(),
            addon_versions={**versions.KUBERNETES_VERSIONS[cluster.version].addons, **cluster.addon_versions},
            log_retention_days=cluster.log_days,
            keep_volumes=cluster.keep_volumes,
            tags=self.tags,
            permissions_boundary=cluster.permissions_boundary,
            deletion_protection=self.settings.protect,
            protect=self.settings.protect,
        )

    def _node_groups(self) -> tuple[NodeGroup, ...]:
        """One group a zone: a group of several promises no zone a node, and etcd's volumes need theirs."""
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
            for group in self.plan.fleet.groups
            for zone in group.zones
        )

    def kafka(self, network: Network | ExistingNetwork, cluster: Cluster, account_id: pulumi.Input[str]) -> KafkaArgs:
        kafka, planned = self.settings.kafka, self.plan.kafka
        return KafkaArgs(
            region=self.plan.region,
            account_id=account_id,
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids,
            client_security_group_ids={"nodes": cluster.security_group_id},
            version=kafka.version or versions.kafka_for(planned.type.name),
            instance_type=planned.type.name,
            brokers_per_zone=planned.count // len(self.settings.zones),
            volume_gib=planned.gib_each,
            max_volume_gib=kafka.max_storage_gib,
            retention_hours=kafka.retention_hours,
            users=kafka.users,
            active_user=kafka.active_user,
            log_retention_days=kafka.log_days,
            open_monitoring=kafka.open_monitoring,
            protect=self.settings.protect,
        )

    def milvus_identity(self, cluster: Cluster, policy: pulumi.Input[str]) -> WorkloadIdentityArgs:
        return WorkloadIdentityArgs(
            oidc_provider_arn=cluster.oidc_provider_arn,
            oidc_issuer=cluster.oidc_issuer,
            namespace=self.settings.milvus.namespace,
            service_account=SERVICE_ACCOUNT,
            policies={"bucket": policy},
            permissions_boundary=self.settings.cluster.permissions_boundary,
        )

    def controller(
        self, network: Network | ExistingNetwork, cluster: Cluster, account_id: pulumi.Input[str]
    ) -> LoadBalancerControllerArgs:
        region = self.plan.region
        arn = f"arn:{partition(region)}:elasticloadbalancing:{region}:{{}}:targetgroup/endpoints-*"
        copies = next(pods for pods in self.plan.deployment.system if pods.name == "aws-load-balancer-controller")
        return LoadBalancerControllerArgs(
            chart_version=versions.LOAD_BALANCER_CONTROLLER_CHART,
            region=region,
            cluster_name=self.name,
            vpc_id=network.vpc_id,
            oidc_provider_arn=cluster.oidc_provider_arn,
            oidc_issuer=cluster.oidc_issuer,
            watch_namespace=self.settings.milvus.namespace,
            # A pattern: pods must still leave a target group that has been replaced, or their binding never goes.
            target_group_arns=[pulumi.Output.format(arn, account_id)],
            replicas=copies.count,
            cluster=cluster.control_plane,
            permissions_boundary=self.settings.cluster.permissions_boundary,
        )

    def milvus(
        self,
        cluster: Cluster,
        kafka: Kafka,
        bucket_name: pulumi.Input[str],
        role_arn: pulumi.Input[str],
        binding: Binding,
    ) -> MilvusArgs:
        milvus, etcd = self.settings.milvus, self.plan.deployment.etcd
        return MilvusArgs(
            namespace=milvus.namespace,
            service_account=SERVICE_ACCOUNT,
            roles=self._roles(),
            etcd=Etcd(
                pods=_role(etcd),
                volume_gib=self.plan.deployment.etcd_disk_gib,
                keep_volumes=self.settings.cluster.keep_volumes,
            ),
            storage_class=cluster.storage_class,
            region=self.plan.region,
            bucket_name=bucket_name,
            role_arn=role_arn,
            kafka_bootstrap_servers=kafka.bootstrap_servers,
            kafka_username=kafka.username,
            kafka_password=kafka.password,
            prefix=milvus.prefix or f"milvus-{self.stack}",
            strict_zones=any(pods.spread for pods in self.plan.deployment.roles),
            binding=binding,
            version=milvus.version,
            chart_version=milvus.chart_version,
            registry=milvus.registry,
            log_level=milvus.log_level,
            mmap_scalars=self.plan.workload.mmap,
            config=milvus.config,
            monitoring_namespace=milvus.monitoring_namespace,
            service_monitor=milvus.service_monitor,
            stop_in_order=milvus.stop_in_order,
            secret_recovery_days=SECRET_RECOVERY_DAYS if self.settings.protect else 0,
            protect=self.settings.protect,
        )

    def _roles(self) -> Mapping[RoleName, Role]:
        pools = {group.pool: next(iter(group.taints.items()), None) for group in self.plan.fleet.groups}
        return {cast(RoleName, pods.name): _role(pods, pools.get(pods.name)) for pods in self.plan.deployment.roles}


def _role(pods: PodGroup, pool: tuple[str, str] | None = None) -> Role:
    return Role(
        replicas=pods.count,
        cpu=pods.cpu,
        memory_gib=pods.gib,
        cpu_requested=pods.millicpu / 1000,
        disk_gib=pods.disk_gib,
        pool=pool,
    )
