"""Attu, the web interface of Milvus: one pod that talks to the proxy and to nothing else.

The chart's own Attu has no health checks, no security settings and restarts with Milvus' credentials, so this is a
Deployment of ours. People log in with a Milvus user; no password is given to Attu.
"""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core

from components.pods.access import CLIENT, addresses, admit
from components.pods.target_binding import Binding, bind
from planning import versions
from planning.chart.names import ATTU_HEALTH_PATH, ATTU_PORT

SERVICE = "attu"
LABELS = {"app.kubernetes.io/name": "attu"}


@dataclass(frozen=True, kw_only=True)
class AttuArgs:
    namespace: pulumi.Input[str]
    """Milvus' own, where a policy admits pods by their label."""
    milvus_address: pulumi.Input[str]
    """`service:port` inside the namespace."""
    binding: Binding | None
    """The target group in front of it; without one it is reached by port-forward only."""
    registry: str = ""


class Attu(pulumi.ComponentResource):
    port_forward: pulumi.Output[str]
    """The command that opens it on this machine, at http://localhost:3000."""

    def __init__(self, name: str, args: AttuArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:attu:Attu", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        mirror = f"{args.registry}/" if args.registry else ""
        container: core.ContainerArgsDict = {
            "name": "attu",
            "image": f"{mirror}{versions.ATTU_IMAGE}:{versions.ATTU_TAG}",
            "env": [{"name": "MILVUS_URL", "value": pulumi.Output.concat("http://", args.milvus_address)}],
            "ports": [{"name": "attu", "container_port": ATTU_PORT}],
            "readiness_probe": {"http_get": {"path": ATTU_HEALTH_PATH, "port": ATTU_PORT}, "period_seconds": 5},
            "liveness_probe": {
                "http_get": {"path": ATTU_HEALTH_PATH, "port": ATTU_PORT},
                "initial_delay_seconds": 30,
                "period_seconds": 20,
            },
            "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
            # Its image runs as root and writes beside its code: only what it does not need is taken away.
            "security_context": {"allow_privilege_escalation": False, "capabilities": {"drop": ["ALL"]}},
        }
        service = core.Service(
            f"{name}-service",
            metadata={
                "name": SERVICE,
                "namespace": args.namespace,
                # Its pods come after it, so Pulumi must not wait for them here.
                "annotations": {"pulumi.com/skipAwait": "true"},
            },
            spec={"selector": LABELS, "ports": [{"name": "attu", "port": ATTU_PORT, "target_port": ATTU_PORT}]},
            opts=child,
        )
        admitted = admit(
            f"{name}-clients",
            args.namespace,
            LABELS,
            [(addresses(args.binding.load_balancer_cidrs), [ATTU_PORT])] if args.binding else [],
            child,
        )
        bindings = (
            [bind(name, args.binding, namespace=args.namespace, service=SERVICE, port=ATTU_PORT, opts=child)]
            if args.binding
            else []
        )
        deployment = apps.Deployment(
            f"{name}-deployment",
            metadata={"namespace": args.namespace},
            spec={
                "replicas": 1,
                "selector": {"match_labels": LABELS},
                "template": {
                    "metadata": {"labels": {**LABELS, **CLIENT}},
                    "spec": {
                        "automount_service_account_token": False,
                        "enable_service_links": False,
                        "security_context": {"seccomp_profile": {"type": "RuntimeDefault"}},
                        "containers": [container],
                    },
                },
            },
            # Pods get their readiness gate only when they find the Service and its binding in place, and pass it only
            # when the balancer is admitted.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[service, admitted, *bindings]),
        )
        self.port_forward = pulumi.Output.all(args.namespace, deployment.id).apply(
            lambda known: f"kubectl port-forward --namespace {known[0]} service/{SERVICE} {ATTU_PORT}:{ATTU_PORT}"
        )
        self.register_outputs({"port_forward": self.port_forward})
