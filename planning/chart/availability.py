"""How Milvus' pods leave their nodes: disruption budgets and grace periods, planned for the time that EKS gives a node.

The chart sets neither (milvus-helm#313). Spread and rollouts are values of the chart (helm_values.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from planning.chart.helm_values import Etcd, Role
from planning.chart.names import COMPONENTS, DEREGISTRATION_SECONDS, RoleName, etcd_labels, role_labels

NODE_SECONDS = 15 * 60
"""How long EKS waits until all pods have left a node that it updates; then the update ends with PodEvictionFailure
(docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html)."""
START_SECONDS = 60
"""How long a new pod takes until it is ready and the next one may be evicted: pulling the image, and Milvus' start."""
PRE_STOP_SECONDS = DEREGISTRATION_SECONDS + 30
"""How long a proxy goes on serving after it was told to stop. The NLB may take minutes to notice (LBC#1834)."""
PROXY_SECONDS = PRE_STOP_SECONDS + 30 + 10
"""Milvus lets its proxy take 30 s (proxy.gracefulStopTimeout)."""
HAND_OVER_SECONDS = 1800
"""How long Milvus lets a role hand over its data (common.gracefulStopTimeout). Kubernetes' default of 30 s kills it
earlier, and searches fail until the data is loaded elsewhere (milvus#36664)."""
LEAST_SECONDS = 30
"""Kubernetes' default."""
HAND_OVER: tuple[RoleName, ...] = ("queryNode", "dataNode", "streamingNode")


def grace_seconds(pods_a_node: Mapping[RoleName, int]) -> dict[RoleName, int]:
    """How long each role may take to stop before Kubernetes kills it, for the most pods of it that one node may hold.

    Budgets let them leave one after the other, so that all together have NODE_SECONDS. A proxy is never given less than
    it needs to leave its balancer.
    """
    return {
        role: PROXY_SECONDS
        if role == "proxy"
        else max(LEAST_SECONDS, min(HAND_OVER_SECONDS, NODE_SECONDS // max(1, pods_a_node[role]) - START_SECONDS))
        for role in pods_a_node
        if role == "proxy" or role in HAND_OVER
    }


@dataclass(frozen=True)
class Budget:
    """A PodDisruptionBudget: how many pods with these labels may be away at a time."""

    labels: Mapping[str, str]
    max_unavailable: int = 1


def budgets(release: str, roles: Mapping[RoleName, Role], etcd: Etcd) -> Mapping[str, Budget]:
    """Budgets by component, which let as many pods of each be away at a time as are planned: as a rule one.

    A role of one pod has no budget: its node could never be drained.
    """
    many = {
        COMPONENTS[role]: Budget(role_labels(release, role), size.max_unavailable)
        for role, size in roles.items()
        if size.replicas > 1
    }
    if etcd.pods.replicas > 1:
        many["etcd"] = Budget(etcd_labels(release))
    return MappingProxyType(many)
