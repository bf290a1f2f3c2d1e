"""Arguments of the MSK cluster."""

import pulumi

from arguments.deployment import Deployment
from components.cluster.cluster import Cluster
from components.kafka.kafka import KafkaArgs
from components.network.chosen import AnyNetwork
from planning import versions


def for_kafka(
    deployment: Deployment, network: AnyNetwork, cluster: Cluster, account_id: pulumi.Input[str]
) -> KafkaArgs | None:
    """Arguments of the MSK cluster; None if none is made."""
    kafka, planned = deployment.settings.kafka, deployment.plan.kafka
    if planned is None:
        return None
    return KafkaArgs(
        region=deployment.plan.region,
        account_id=account_id,
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        client_security_group_ids={"nodes": cluster.security_group_id},
        version=kafka.version or versions.kafka_for(planned.type.name),
        keeps_version=kafka.version is None,
        instance_type=planned.type.name,
        brokers_per_zone=planned.count // len(deployment.settings.zones),
        volume_gib=planned.gib_each,
        max_volume_gib=kafka.max_storage_gib,
        retention_hours=kafka.retention_hours,
        users=kafka.users,
        active_user=kafka.active_user,
        log_retention_days=kafka.log_days,
        open_monitoring=kafka.open_monitoring,
        protect=deployment.settings.protect,
    )
