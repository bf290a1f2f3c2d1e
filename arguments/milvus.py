"""Arguments of the Milvus release, and of the IAM role with which its pods use the bucket."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from arguments.deployment import Deployment
from components.cluster.cluster import Cluster
from components.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.kafka.existing import ExistingKafka
from components.kafka.kafka import Kafka
from components.milvus.login import KafkaLogin
from components.milvus.milvus import MilvusArgs
from components.pods.target_binding import Binding
from components.storage.chosen import AnyBucket
from planning.chart.availability import grace_seconds
from planning.chart.helm_values import Etcd, Role
from planning.chart.names import RoleName
from planning.deployment import PodGroup
from planning.estimate import Estimate
from planning.fleet.draining import max_unavailable

SERVICE_ACCOUNT = "milvus"
SECRET_RECOVERY_DAYS = 30
"""Recovery window of protected secrets. Others are deleted at once, so that the next stack of
that name can use theirs."""


def for_identity(deployment: Deployment, cluster: Cluster, bucket: AnyBucket) -> WorkloadIdentityArgs:
    """Arguments of the IAM role of Milvus' service account."""
    return WorkloadIdentityArgs(
        oidc_provider_arn=cluster.oidc_provider_arn,
        oidc_issuer=cluster.oidc_issuer,
        namespace=deployment.settings.milvus.namespace,
        service_account=SERVICE_ACCOUNT,
        policies={"bucket": bucket.milvus_policy},
        permissions_boundary=deployment.settings.cluster.permissions_boundary,
    )


def for_milvus(
    deployment: Deployment,
    cluster: Cluster,
    kafka: Kafka | ExistingKafka | None,
    bucket: AnyBucket,
    identity: WorkloadIdentity,
    binding: Binding,
) -> MilvusArgs:
    """Arguments of the Milvus release."""
    milvus = deployment.settings.milvus
    return MilvusArgs(
        namespace=milvus.namespace,
        service_account=SERVICE_ACCOUNT,
        roles=roles(deployment.plan),
        etcd=etcd(deployment.plan, keep_volumes=deployment.settings.cluster.keep_volumes),
        storage_class=cluster.storage_class,
        region=deployment.plan.region,
        bucket_name=bucket.bucket_name,
        role_arn=identity.role_arn,
        kafka=kafka
        and KafkaLogin(
            bootstrap_servers=kafka.bootstrap_servers,
            username=kafka.username,
            password=kafka.password,
            ca_certificate=kafka.ca_certificate if isinstance(kafka, ExistingKafka) else None,
        ),
        prefix=prefix(deployment),
        root_path=root_path(deployment),
        strict_zones=any(pods.spread for pods in deployment.plan.deployment.roles),
        binding=binding,
        version=milvus.version,
        chart_version=milvus.chart_version,
        registry=milvus.registry,
        log_level=milvus.log_level,
        mmap_scalars=deployment.plan.workload.mmap,
        config=milvus.config,
        monitoring_namespace=milvus.monitoring_namespace,
        service_monitor=milvus.service_monitor,
        etcd_metrics=deployment.settings.monitoring.prometheus == "existing",
        grace_seconds=_grace_seconds(deployment.plan) if milvus.stop_in_order else {},
        defragment_etcd=milvus.defragment_etcd,
        secret_recovery_days=SECRET_RECOVERY_DAYS if deployment.settings.protect else 0,
        protect=deployment.settings.protect,
    )


def prefix(deployment: Deployment) -> str:
    """Prefix of the names of Milvus' topics in Kafka and keys in etcd."""
    return deployment.settings.milvus.prefix or f"milvus-{deployment.stack}"


def root_path(deployment: Deployment) -> str:
    """Folder of Milvus' objects in the bucket."""
    existing = deployment.settings.bucket.existing
    return (existing and existing.prefix) or prefix(deployment)


def front(plan: Estimate) -> RoleName:
    """The role that answers clients."""
    return "standalone" if plan.deployment.mode == "standalone" else "proxy"


def roles(plan: Estimate) -> Mapping[RoleName, Role]:
    """Number, size and nodes of each Milvus role's pods."""
    pools = {group.pool: next(iter(group.taints.items()), None) for group in plan.fleet.groups}
    away = max_unavailable(plan.fleet, plan.deployment.pods)
    return {
        cast(RoleName, pods.name): replace(_role(pods, pools.get(pods.name)), max_unavailable=away[pods.name])
        for pods in plan.deployment.roles
    }


def etcd(plan: Estimate, *, keep_volumes: bool) -> Etcd:
    """Number and size of etcd's members."""
    return Etcd(pods=_role(plan.deployment.etcd), volume_gib=plan.deployment.etcd_disk_gib, keep_volumes=keep_volumes)


def _grace_seconds(plan: Estimate) -> Mapping[RoleName, int]:
    """Grace periods within which all pods that a node may hold can leave it."""
    return grace_seconds({cast(RoleName, pods.name): plan.fleet.most_on_a_node(pods) for pods in plan.deployment.roles})


def _role(pods: PodGroup, pool: tuple[str, str] | None = None) -> Role:
    return Role(
        replicas=pods.count,
        cpu=pods.cpu,
        memory_gib=pods.gib,
        cpu_requested=pods.millicpu / 1000,
        disk_gib=pods.disk_gib,
        pool=pool,
    )
