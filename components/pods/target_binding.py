"""Puts a Service's pods into a target group of ours, by the load balancer controller, and lets the balancer reach them.

It creates neither balancer nor target group: those stand beside the cluster (endpoints.py). `networking` of
the binding stays empty, so that the controller never touches a security group: the rule here is the only one.
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
    """A target group and what is in front of it."""

    target_group_arn: pulumi.Input[str]
    load_balancer_security_group_id: pulumi.Input[str]
    load_balancer_cidrs: Sequence[pulumi.Input[str]]
    """Of the balancer's subnets: with `ip` targets its own addresses are what pods see, not the clients'
    (docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html, client IP
    preservation)."""
    node_security_group_id: pulumi.Input[str]
    """Of the nodes, whose interfaces carry the pods' addresses."""
    controller: pulumi.Input[Any]
    """Anything known only once the load balancer controller serves: its webhook must see the binding, and on destroy
    its finalizer `elbv2.k8s.aws/resources` needs the controller alive."""


def bind(
    name: str,
    binding: Binding,
    *,
    namespace: pulumi.Input[str],
    service: str,
    port: int,
    opts: pulumi.ResourceOptions,
) -> CustomResource:
    """The Service may come later; pods must: a readiness gate is given to pods that find their binding in place
    (docs/deploy/pod_readiness_gate.md of aws-load-balancer-controller)."""
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
    # Pods become ready only when the balancer finds them healthy: it must have been let in before.
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
