"""What the chart will call things: names, labels and ports of its pods and Services, as rendered (tests/chart).

Budgets, network policies and target group bindings are declared beside the release and must meet its objects by these.
It leaves out objects of subcharts that this program never enables.
"""

from typing import Literal

RoleName = Literal["mixCoordinator", "proxy", "queryNode", "dataNode", "streamingNode", "standalone"]
"""A Milvus role as the chart's values call it."""

COMPONENTS: dict[RoleName, str] = {
    "mixCoordinator": "mixcoord",
    "proxy": "proxy",
    "queryNode": "querynode",
    "dataNode": "datanode",
    "streamingNode": "streamingnode",
    "standalone": "standalone",
}
"""The same roles as the label `component` and the names of Deployments call them."""

MILVUS_PORT = 19530
"""gRPC and REST."""
MANAGEMENT_PORT = 9091
"""Metrics and management without any login (milvus#49588, #50763)."""
ATTU_PORT, ATTU_HEALTH_PATH = 3000, "/api/v1/healthy"
DEREGISTRATION_SECONDS = 60
"""How long the NLB goes on with open connections of a proxy that it was told to leave; a proxy stops later."""
ETCD_CLIENT_PORT, ETCD_PEER_PORT = 2379, 2380


def fullname(release: str) -> str:
    """The Service of the proxy, and what other names begin with (`milvus.fullname` in the chart's _helpers.tpl)."""
    return release if "milvus" in release else f"{release}-milvus"


def deployment(release: str, role: RoleName) -> str:
    return f"{fullname(release)}-{COMPONENTS[role]}"


def milvus_labels(release: str) -> dict[str, str]:
    """Every Milvus pod, whatever its role."""
    return {"app.kubernetes.io/name": "milvus", "app.kubernetes.io/instance": release}


def role_labels(release: str, role: RoleName) -> dict[str, str]:
    return {**milvus_labels(release), "component": COMPONENTS[role]}


def etcd_labels(release: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": "etcd", "app.kubernetes.io/instance": release}
