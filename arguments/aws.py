"""The functions of this folder that the program uses for target `aws`, for import from one place."""

from arguments.account import in_account
from arguments.backup import for_backup
from arguments.canary import for_canary
from arguments.cluster import for_cluster, for_controller
from arguments.contract import contract, for_parameters
from arguments.deployment import Deployment
from arguments.endpoints import bindings, for_attu, for_endpoints
from arguments.kafka import for_kafka
from arguments.milvus import for_identity, for_milvus
from arguments.network import for_network
from arguments.observability import for_observability, for_prometheus
from arguments.private_link import for_link
from arguments.storage import for_bucket
from arguments.there import look_up

__all__ = [
    "Deployment",
    "bindings",
    "contract",
    "for_attu",
    "for_backup",
    "for_bucket",
    "for_canary",
    "for_cluster",
    "for_controller",
    "for_endpoints",
    "for_identity",
    "for_kafka",
    "for_link",
    "for_milvus",
    "for_network",
    "for_observability",
    "for_parameters",
    "for_prometheus",
    "in_account",
    "look_up",
]
