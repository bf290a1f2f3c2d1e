"""What an existing Prometheus operator reads: where metrics of Milvus and etcd are, which to keep, and the rules.

The operator and its custom resource definitions are the user's (`monitoring.prometheus: existing`). Network policies
that let its pods in are in components/pods/access.py, etcd's port for metrics is in the release's values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components.order import made_after
from planning.chart.names import ETCD_METRICS_PORT, etcd_labels, milvus_labels
from planning.signals.prometheus import groups, kept
from planning.signals.rule import Watched

API_VERSION = "monitoring.coreos.com/v1"
SCRAPE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class PrometheusArgs:
    namespace: pulumi.Input[str]
    """Milvus' namespace, which the objects are created in."""
    release: str = "milvus"
    proof: pulumi.Resource
    """The Job that proves that Milvus answers: without Milvus every rule of absence would fire."""
    watched: Watched
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels by which the operator's Prometheus selects monitors and rules."""
    excluded: Sequence[str] = ()
    """Names of alerting rules that are left out."""


class Prometheus(pulumi.ComponentResource):
    def __init__(self, name: str, args: PrometheusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:observability:Prometheus", name, None, opts)

        def create(kind: str, role: str, spec: dict[str, Any]) -> None:
            CustomResource(
                f"{name}-{role}",
                api_version=API_VERSION,
                kind=kind,
                metadata={"name": f"milvus-on-aws-{role}", "namespace": args.namespace, "labels": dict(args.labels)},
                spec=spec,
                opts=made_after(self, args.proof),
            )

        stack = args.watched.stack
        create("PodMonitor", "milvus", pod_monitor(milvus_labels(args.release), "metrics", [], stack))
        # etcd's port for metrics is no port of the container: its address follows from the pod's.
        elsewhere = {
            "sourceLabels": ["__meta_kubernetes_pod_ip"],
            "targetLabel": "__address__",
            "replacement": f"${{1}}:{ETCD_METRICS_PORT}",
        }
        create("PodMonitor", "etcd", pod_monitor(etcd_labels(args.release), "client", [elsewhere], stack))
        create("PrometheusRule", "rules", {"groups": groups(args.watched, args.excluded)})
        self.register_outputs({})


def pod_monitor(labels: Mapping[str, str], port: str, relabelings: list[dict[str, Any]], stack: str) -> dict[str, Any]:
    """A PodMonitor's spec: pods with these labels, by their container's port of that name.

    The labels `job` and `stack`, by which rules select series, are `milvus` or `etcd`, and the stack's name.
    """
    return {
        "selector": {"matchLabels": dict(labels)},
        "jobLabel": "app.kubernetes.io/name",
        "podTargetLabels": ["component"],
        "podMetricsEndpoints": [
            {
                "port": port,
                "path": "/metrics",
                "interval": f"{SCRAPE_SECONDS}s",
                "relabelings": [*relabelings, {"targetLabel": "stack", "replacement": stack}],
                "metricRelabelings": [{"sourceLabels": ["__name__"], "action": "keep", "regex": "|".join(kept())}],
            }
        ],
    }
