"""The components of target `aws`, for import from one place."""

from components.backup.backup import Backup
from components.cluster.cluster import Cluster
from components.cluster.load_balancer_controller import LoadBalancerController
from components.contract.parameters import Parameters
from components.endpoints.attu import Attu
from components.endpoints.endpoints import Endpoints
from components.endpoints.private_link import PrivateLink
from components.identity.workload_identity import WorkloadIdentity
from components.kafka.kafka import Kafka
from components.milvus.canary import Canary
from components.milvus.milvus import Milvus
from components.network.chosen import network
from components.observability.observability import Observability
from components.observability.prometheus import Prometheus
from components.optional import maybe
from components.storage.chosen import bucket

__all__ = [
    "Attu",
    "Backup",
    "Canary",
    "Cluster",
    "Endpoints",
    "Kafka",
    "LoadBalancerController",
    "Milvus",
    "Observability",
    "Parameters",
    "PrivateLink",
    "Prometheus",
    "WorkloadIdentity",
    "bucket",
    "maybe",
    "network",
]
