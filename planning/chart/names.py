"""Names, labels and ports of the pods and Services that the chart creates, as rendered (tests/chart).

Disruption budgets, network policies and target group bindings are declared beside the release and select its objects by
these. Objects of subcharts that this program never enables are left out.
"""

from typing import Literal

RoleName = Literal["mixCoordinator", "proxy", "queryNode", "dataNode", "streamingNode", "standalone"]
"""Name of a Milvus role as a key of the chart's values."""

COMPONENTS: dict[RoleName, str] = {
    "mixCoordinator": "mixcoord",
    "proxy": "proxy",
    "queryNode": "querynode",
    "dataNode": "datanode",
    "streamingNode": "streamingnode",
    "standalone": "standalone",
}
"""Name of each role in the label `component` and in the names of Deployments."""

MILVUS_PORT = 19530
"""Port for gRPC and REST."""
MANAGEMENT_PORT = 9091
"""Port for metrics and management. It asks for no login (milvus#49588, #50763)."""
ATTU_PORT, ATTU_HEALTH_PATH = 3000, "/api/v1/healthy"
DEREGISTRATION_SECONDS = 60
"""Seconds for which the NLB keeps open connections to a proxy after its deregistration; a proxy stops later."""
ETCD_CLIENT_PORT, ETCD_PEER_PORT = 2379, 2380
ETCD_METRICS_PORT = 2381
"""Port on which etcd tells its metrics and nothing else: the client port would also tell all metadata, without a
login."""
ETCD_METRICS = {"name": "ETCD_LISTEN_METRICS_URLS", "value": f"http://0.0.0.0:{ETCD_METRICS_PORT}"}
"""Environment variable that opens it (etcd.io/docs/v3.5/op-guide/configuration, --listen-metrics-urls)."""


def fullname(release: str) -> str:
    """Name of the proxy's Service, and prefix of all other names (`milvus.fullname` in the chart's _helpers.tpl)."""
    return release if "milvus" in release else f"{release}-milvus"


def deployment(release: str, role: RoleName) -> str:
    """Name of a role's Deployment."""
    return f"{fullname(release)}-{COMPONENTS[role]}"


def milvus_labels(release: str) -> dict[str, str]:
    """Labels of every Milvus pod, whatever its role."""
    return {"app.kubernetes.io/name": "milvus", "app.kubernetes.io/instance": release}


def role_labels(release: str, role: RoleName) -> dict[str, str]:
    return {**milvus_labels(release), "component": COMPONENTS[role]}


def etcd_labels(release: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": "etcd", "app.kubernetes.io/instance": release}
