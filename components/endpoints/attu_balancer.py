"""An HTTP load balancer (ALB) for Attu alone, with a login in front of it if the settings name an identity provider.

The guides' alternative, Attu on port 3000 of Milvus' NLB, is a listener in endpoints.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.endpoints.load_balancing import TLS_POLICY, security_group, short, to_pods
from components.order import known_after
from planning.chart.names import ATTU_HEALTH_PATH, ATTU_PORT


@dataclass(frozen=True, kw_only=True)
class Oidc:
    """The identity provider with which people log in
    (docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    user_info_endpoint: str
    client_id: str
    client_secret: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class AttuBalancer:
    """Arguments of Attu's ALB, which needs subnets in at least two zones."""

    internal: bool
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets for an internal balancer, public ones otherwise."""
    allowed: tuple[str, ...]
    """Networks, and ids of managed prefix lists, that may connect."""
    oidc: Oidc | None = None
    """Login in front of Attu's own; None for no such login."""


@dataclass(frozen=True, kw_only=True)
class AttuEndpoint:
    """What other resources need to know about the created balancer."""

    url_host: pulumi.Output[str]
    hosted_zone_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    target_group_arn: pulumi.Output[str]
    """Known once a listener uses the group: targets of a group without a listener are never healthy."""
    metrics: Mapping[str, pulumi.Output[str]]
    """Dimensions of CloudWatch's metrics about the balancer and its target group."""


def attu_endpoint(
    name: str,
    args: AttuBalancer,
    *,
    vpc_id: pulumi.Input[str],
    pod_cidrs: Mapping[str, pulumi.Input[str]],
    certificate_arn: pulumi.Input[str] | None,
    deletion_protection: bool,
    opts: pulumi.ResourceOptions,
) -> AttuEndpoint:
    """Creates Attu's balancer. With a certificate it serves HTTPS and redirects HTTP to it; without one it serves plain
    HTTP, which EndpointsArgs allows for an internal balancer only."""
    front = 443 if certificate_arn else 80
    group, rules = security_group(
        name,
        "Load balancer of Attu",
        vpc_id,
        admits=[(port, args.allowed) for port in sorted({80, front})],
        reaches=[
            *to_pods(pod_cidrs, ATTU_PORT),
            *([(443, "0.0.0.0/0", "identity-provider")] if args.oidc else []),
        ],
        opts=opts,
    )
    balancer = aws.lb.LoadBalancer(
        short(name),
        load_balancer_type="application",
        internal=args.internal,
        subnets=list(args.subnet_ids),
        security_groups=[group.id],
        drop_invalid_header_fields=True,
        enable_deletion_protection=deletion_protection,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=rules)),
    )
    targets = aws.lb.TargetGroup(
        short(name),
        target_type="ip",
        protocol="HTTP",
        port=ATTU_PORT,
        vpc_id=vpc_id,
        deregistration_delay=15,
        health_check={"path": ATTU_HEALTH_PATH, "matcher": "200", "interval": 10, "healthy_threshold": 2},
        opts=opts,
    )
    if certificate_arn is None:
        listener = aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
            opts=opts,
        )
    else:
        aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[
                {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}
            ],
            opts=opts,
        )
        listener = aws.lb.Listener(
            f"{name}-https",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
            default_actions=[
                *([login(args.oidc)] if args.oidc else []),
                {"type": "forward", "order": 2, "target_group_arn": targets.arn},
            ],
            opts=opts,
        )
    return AttuEndpoint(
        url_host=balancer.dns_name,
        hosted_zone_id=balancer.zone_id,
        security_group_id=group.id,
        target_group_arn=known_after(targets.arn, listener.arn),
        metrics={"LoadBalancer": balancer.arn_suffix, "TargetGroup": targets.arn_suffix},
    )


def login(oidc: Oidc) -> aws.lb.ListenerDefaultActionArgsDict:
    """The listener's action that sends people to the identity provider."""
    return {
        "type": "authenticate-oidc",
        "order": 1,
        "authenticate_oidc": {
            "issuer": oidc.issuer,
            "authorization_endpoint": oidc.authorization_endpoint,
            "token_endpoint": oidc.token_endpoint,
            "user_info_endpoint": oidc.user_info_endpoint,
            "client_id": oidc.client_id,
            "client_secret": pulumi.Output.secret(oidc.client_secret),
        },
    }
