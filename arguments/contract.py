"""The contract's values on AWS, from the outputs of all components."""

from collections.abc import Mapping
from typing import Any

import pulumi

from arguments.deployment import Deployment
from components.backup.backup import Backup
from components.cluster.cluster import Cluster
from components.contract.parameters import ParametersArgs
from components.endpoints.endpoints import Endpoints
from components.endpoints.private_link import PrivateLink
from components.kafka.existing import ExistingKafka
from components.kafka.kafka import Kafka
from components.milvus.milvus import Milvus
from components.network.chosen import AnyNetwork
from components.observability.observability import Observability
from components.order import known_after
from components.storage.chosen import AnyBucket


def contract(
    deployment: Deployment,
    network: AnyNetwork,
    cluster: Cluster,
    kafka: Kafka | ExistingKafka | None,
    bucket: AnyBucket,
    endpoints: Endpoints,
    milvus: Milvus,
    backup: Backup | None,
    link: PrivateLink | None,
    observability: Observability | None,
) -> dict[str, pulumi.Input[Any]]:
    """Values by the keys of milvus_contract/contract.py; None for parts that the settings leave out."""
    scheme = endpoints.milvus_tls.apply(lambda tls: "https" if tls else "http")
    uri = pulumi.Output.format("{}://{}:{}", scheme, endpoints.milvus_host, endpoints.milvus_port)
    return {
        "target": "aws",
        # Known once the probe has passed, so that readers of the address find a Milvus that works.
        "milvus_uri": known_after(uri, milvus.ready),
        "milvus_host": endpoints.milvus_host,
        "milvus_port": endpoints.milvus_port,
        "milvus_tls": endpoints.milvus_tls,
        "milvus_auth_secret_arn": milvus.auth_secret_arn,
        "attu_url": endpoints.attu_url if deployment.settings.attu.exposure != "none" else None,
        "dashboard_url": observability and observability.dashboard_url,
        "bucket_name": bucket.bucket_name,
        "backup_bucket_name": backup.bucket_name if backup else None,
        "backup_copy_bucket_name": backup.copy_bucket_name if backup else None,
        "backup_role_arn": backup.backup_role_arn if backup else None,
        "restore_role_arn": backup.restore_role_arn if backup else None,
        "kafka_bootstrap_servers": kafka and kafka.bootstrap_servers,
        "kafka_secret_arn": kafka and kafka.secret_arn,
        "vpc_id": network.vpc_id,
        "private_subnet_ids": list(network.private_subnet_ids.values()),
        "private_link_service_name": link and link.service_name,
        "private_link_dns_name": link and link.dns_name,
        "client_security_group_id": endpoints.client_security_group_id,
        "nlb_arn": endpoints.nlb_arn,
        "cluster_name": cluster.cluster_name,
        "namespace": milvus.namespace,
        "aws_region": deployment.plan.region,
        "estimate": deployment.plan.to_json(),
    }


def for_parameters(deployment: Deployment, contract: Mapping[str, pulumi.Input[Any]]) -> ParametersArgs:
    """Arguments of the contract's SSM parameters."""
    return ParametersArgs(stack=deployment.stack, values=contract)
