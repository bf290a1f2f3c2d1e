"""Attu, the web console of Milvus: one pod that talks to Milvus' proxy only.

It is a Deployment of ours, because the chart's Attu has neither health checks nor security settings, and restarts when
Milvus' credentials change. People log in as a Milvus user; Attu itself gets no password.
"""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core

from components.pods.access import CLIENT, addresses, admit
from components.pods.target_binding import Binding, bind
from planning import images
from planning.chart.names import ATTU_HEALTH_PATH, ATTU_PORT

SERVICE = "attu"
LABELS = {"app.kubernetes.io/name": "attu"}


@dataclass(frozen=True, kw_only=True)
class AttuArgs:
    namespace: pulumi.Input[str]
    """Milvus' namespace, in which a network policy admits pods by their label."""
    milvus_address: pulumi.Input[str]
    """Address of Milvus inside the namespace, as `service:port`."""
    binding: Binding | None
    """The target group in front of Attu; None: it can be reached by port-forward only."""
    registry: str = ""
    """Mirror from which the image is pulled; empty: from Docker Hub."""


class Attu(pulumi.ComponentResource):
    port_forward: pulumi.Output[str]
    """Shell command that makes Attu available on the user's machine at http://localhost:3000."""

    def __init__(self, name: str, args: AttuArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:attu:Attu", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        container: core.ContainerArgsDict = {
            "name": "attu",
            "image": images.ATTU.reference(args.registry),
            "env": [{"name": "MILVUS_URL", "value": pulumi.Output.concat("http://", args.milvus_address)}],
            "ports": [{"name": "attu", "container_port": ATTU_PORT}],
            "readiness_probe": {"http_get": {"path": ATTU_HEALTH_PATH, "port": ATTU_PORT}, "period_seconds": 5},
            "liveness_probe": {
                "http_get": {"path": ATTU_HEALTH_PATH, "port": ATTU_PORT},
                "initial_delay_seconds": 30,
                "period_seconds": 20,
            },
            "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
            # The image runs as root and writes beside its code, so only what it does not need can be denied.
            "security_context": {"allow_privilege_escalation": False, "capabilities": {"drop": ["ALL"]}},
        }
        service = core.Service(
            f"{name}-service",
            metadata={
                "name": SERVICE,
                "namespace": args.namespace,
                # The pods are created after the Service, so Pulumi must not wait for them here.
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
            # Pods get a readiness gate only if Service and binding exist before them, and pass the gate only once the
            # network policy admits the load balancer.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[service, admitted, *bindings]),
        )
        self.port_forward = pulumi.Output.all(args.namespace, deployment.id).apply(
            lambda known: f"kubectl port-forward --namespace {known[0]} service/{SERVICE} {ATTU_PORT}:{ATTU_PORT}"
        )
        self.register_outputs({"port_forward": self.port_forward})
