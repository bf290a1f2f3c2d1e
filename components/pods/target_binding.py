"""Has the load balancer controller register a Service's pods in a target group, and lets the balancer reach them.

Balancer and target group are created beside the cluster (endpoints.py). `networking` of the binding stays empty, so
that the controller never changes a security group; the rule here is the only one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi_kubernetes.apiextensions import CustomResource

from components.order import known_after


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A target group, and the load balancer in front of it."""

    target_group_arn: pulumi.Input[str]
    load_balancer_security_group_id: pulumi.Input[str]
    load_balancer_cidrs: Sequence[pulumi.Input[str]]
    """CIDR blocks of the balancer's subnets. With `ip` targets pods see the balancer's addresses, not the clients'
    (docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html, client IP
    preservation)."""
    node_security_group_id: pulumi.Input[str]
    """Security group of the nodes. It also applies to pods, whose addresses belong to the nodes' network interfaces."""
    controller: pulumi.Input[Any]
    """An output that is known only once the load balancer controller runs: its webhook checks a new binding, and on
    destroy the controller has to remove the binding's finalizer `elbv2.k8s.aws/resources`."""


def bind(
    name: str,
    binding: Binding,
    *,
    namespace: pulumi.Input[str],
    service: str,
    port: int,
    opts: pulumi.ResourceOptions,
) -> CustomResource:
    """Creates the binding. The Service may be created later, and the pods must be: only pods created after their
    binding get a readiness gate (docs/deploy/pod_readiness_gate.md of aws-load-balancer-controller)."""
    admitted = aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=binding.node_security_group_id,
        referenced_security_group_id=binding.load_balancer_security_group_id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=f"Load balancer to {service}",
        opts=opts,
    )
    # The rule must exist before the binding, because pods become ready only when the balancer can reach them.
    target_group_arn = known_after(binding.target_group_arn, admitted.id, binding.controller)
    return CustomResource(
        name,
        api_version="elbv2.k8s.aws/v1beta1",
        kind="TargetGroupBinding",
        metadata={"namespace": namespace},
        spec={
            "targetGroupARN": target_group_arn,
            "targetType": "ip",
            "serviceRef": {"name": service, "port": port},
        },
        opts=opts,
    )
