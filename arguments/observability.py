"""Arguments of alarms and of Prometheus' rules, from the outputs of all components."""

from collections.abc import Mapping
from typing import cast

import pulumi

from arguments.deployment import Deployment
from components.backup.backup import Backup
from components.cluster.cluster import Cluster
from components.endpoints.endpoints import Endpoints
from components.kafka.existing import ExistingKafka
from components.kafka.kafka import Kafka
from components.milvus.canary import Canary
from components.milvus.milvus import Milvus
from components.network.chosen import AnyNetwork
from components.observability.observability import Alarm, ObservabilityArgs
from components.observability.prometheus import PrometheusArgs
from components.order import known_after
from components.storage.bucket import Bucket
from components.storage.chosen import AnyBucket
from planning.chart.names import COMPONENTS, RoleName
from planning.estimate import Estimate
from planning.signals.rule import Watched
from planning.signals.signal import Resource, ThresholdUnit, watching
from planning.signals.table import TABLE

Dimensions = Mapping[str, pulumi.Input[str]]


def for_observability(
    deployment: Deployment,
    account_id: pulumi.Input[str],
    network: AnyNetwork,
    cluster: Cluster,
    kafka: Kafka | ExistingKafka | None,
    bucket: AnyBucket,
    endpoints: Endpoints,
    milvus: Milvus,
    backup: Backup | None,
    canary: Canary | None,
) -> ObservabilityArgs | None:
    """Arguments of the alarms; None for a stack without alarms."""
    settings, plan = deployment.settings, deployment.plan
    if not settings.alarmed:
        return None
    watched: Mapping[Resource, Mapping[str, Dimensions]] = {
        "milvus": {"": endpoints.milvus_metrics},
        # Known once the first run has succeeded: without any success the alarm would be on from the start.
        "canary": {"": {"Stack": known_after(deployment.name, canary.succeeded)}} if canary else {},
        "attu": {"": endpoints.attu_metrics} if endpoints.attu_metrics else {},
        "certificate": {"": {"CertificateArn": endpoints.certificate_arn.apply(str)}} if settings.encrypted else {},
        "nat": {zone: {"NatGatewayId": id_} for zone, id_ in network.nat_gateway_ids.items()},
        "eks": {"": {"ClusterName": cluster.cluster_name}},
        "kafka": {"": {"Cluster Name": kafka.cluster_name}} if isinstance(kafka, Kafka) else {},
        # CloudWatch measures whole buckets, of which a team's own holds more than Milvus' objects.
        "bucket": {"": {"BucketName": bucket.bucket_name, "StorageType": "StandardStorage"}}
        if isinstance(bucket, Bucket)
        else {},
        "backup": {"": {"Stack": backup.watched}} if backup else {},
    }
    present: Mapping[Resource, int] = {resource: len(each) for resource, each in watched.items()}
    units: Mapping[ThresholdUnit, float] = {
        "planned bytes": plan.sizing.stored_gib * 1024**3,
        **settings.backup.threshold_units,
    }
    return ObservabilityArgs(
        region=plan.region,
        account_id=account_id,
        prefix=deployment.name,
        emails=settings.alarms.emails,
        pager_topic_arns=settings.alarms.topic_arns,
        proof=milvus.proof,
        usd_per_month=plan.cost.usd,
        alarms=[
            Alarm(
                signal=signal,
                key=key,
                dimensions={name: dimensions[name] for name in signal.dimensions},
                threshold=signal.limit(units),
            )
            for signal in watching(TABLE, settings.tier, present)
            for key, dimensions in watched[signal.resource].items()
        ],
    )


def for_prometheus(deployment: Deployment, milvus: Milvus) -> PrometheusArgs | None:
    """Arguments of the objects that a Prometheus operator reads; None for a stack without one."""
    monitoring = deployment.settings.monitoring
    if monitoring.prometheus == "none":
        return None
    return PrometheusArgs(
        namespace=milvus.namespace,
        proof=milvus.proof,
        watched=watched(
            deployment.name,
            deployment.plan,
            deployment.settings.kafka.retention_hours if deployment.settings.log.kind == "kafka" else 0,
        ),
        labels=monitoring.labels,
        excluded=monitoring.exclude_rules,
    )


def watched(name: str, plan: Estimate, retention_hours: int) -> Watched:
    """What rules must know about a stack of this name."""
    roles = {COMPONENTS[cast(RoleName, pods.name)]: pods for pods in plan.deployment.roles}
    query = "standalone" if "standalone" in roles else "querynode"
    return Watched(
        stack=name,
        pods={component: pods.count for component, pods in roles.items()},
        query_component=query,
        query_bytes=round(roles[query].gib * 1024**3),
        retention_seconds=retention_hours * 3600,
        etcd_members=plan.deployment.etcd.count,
    )
