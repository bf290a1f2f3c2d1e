"""The endpoints that clients connect to: a network load balancer for Milvus, and either a listener or an ALB for Attu.

They are created beside the cluster and know nothing of Kubernetes: target_binding.py puts pods into the target groups.
So addresses and ARNs are known long before Milvus starts, and no controller has to delete a balancer on destroy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import pulumi
import pulumi_aws as aws

from components.endpoints.attu_balancer import AttuBalancer, attu_endpoint
from components.endpoints.certificate import certificate
from components.endpoints.load_balancing import TLS_POLICY, security_group, short, to_pods
from components.order import known_after
from planning.chart.names import ATTU_PORT, DEREGISTRATION_SECONDS, MILVUS_PORT


@dataclass(frozen=True, kw_only=True)
class Domain:
    """Names of the endpoints in a Route 53 zone, public or private to the VPC."""

    zone_id: str | None
    """Route 53 zone for the records; None if the deploying user creates the records, and provides a certificate."""
    milvus: str
    attu: str | None = None


@dataclass(frozen=True, kw_only=True)
class AttuListener:
    """Attu on port 3000 of Milvus' load balancer, as in the guides."""

    allowed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    vpc_id: pulumi.Input[str]
    pod_cidrs: Mapping[str, pulumi.Input[str]]
    """CIDR blocks of pods by zone. These are the nodes' subnets, which may be outside the VPC's first CIDR block."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets for an internal balancer, public ones otherwise."""
    internal: bool = True
    allowed: tuple[str, ...] = ()
    """Networks, and ids of managed prefix lists, that may connect to Milvus, beside members of the client security
    group."""
    certificate_arn: pulumi.Input[str] | None = None
    domain: Domain | None = None
    """Names of the endpoints; a certificate for them is created unless `certificate_arn` names one."""
    tls: bool = True
    """Whether to create a certificate for the domain."""
    idle_timeout_seconds: int = 350
    """60 to 6000; for TLS listeners AWS fixes it at 350. milvus_contract.connect sends a keepalive every 30 s, pymilvus
    3.0 by itself once a minute."""
    attu: AttuListener | AttuBalancer | None = None
    private_link: bool = False
    """Whether consumers come by an endpoint service, too (private_link.py)."""
    deletion_protection: bool = True

    def __post_init__(self) -> None:
        encrypted = self.certificate_arn is not None or bool(self.domain and self.domain.zone_id and self.tls)
        if not self.internal and not self.allowed:
            raise ValueError("a public endpoint admits nobody: say who may connect (allowed)")
        if not 60 <= self.idle_timeout_seconds <= 6000:
            raise ValueError(f"idle timeout of {self.idle_timeout_seconds} s: an NLB takes 60 to 6000")
        if isinstance(self.attu, AttuBalancer):
            if not self.attu.allowed:
                raise ValueError("Attu's load balancer admits nobody: say who may connect, or leave it out")
            if not encrypted and (self.attu.oidc or not self.attu.internal):
                raise ValueError("Attu in public or behind a login needs HTTPS: give a certificate or a domain")


class ServedGroup(NamedTuple):
    """A target group that a listener uses."""

    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]


class Endpoints(pulumi.ComponentResource):
    milvus_host: pulumi.Output[str]
    milvus_port: pulumi.Output[int]
    milvus_tls: pulumi.Output[bool]
    attu_url: pulumi.Output[str | None]
    nlb_arn: pulumi.Output[str]
    client_security_group_id: pulumi.Output[str]
    """Security group whose members may connect to Milvus."""
    milvus_security_group_id: pulumi.Output[str]
    """Security group of Milvus' balancer, for the rules of what it connects to."""
    milvus_target_group_arn: pulumi.Output[str]
    """Known once a listener uses the group: targets of a group without a listener are never healthy."""
    attu_security_group_id: pulumi.Output[str | None]
    attu_target_group_arn: pulumi.Output[str | None]
    milvus_metrics: Mapping[str, pulumi.Output[str]]
    """Dimensions of CloudWatch's metrics about Milvus' balancer and its target group."""
    attu_metrics: Mapping[str, pulumi.Output[str]]
    """Dimensions of the metrics about Attu's own balancer; empty if Attu has none."""
    certificate_arn: pulumi.Output[str | None]

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:endpoints:Endpoints", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        domain, certificate_arn = args.domain, args.certificate_arn
        if certificate_arn is None and domain and domain.zone_id and args.tls:
            hosts = [domain.milvus, *([domain.attu] if domain.attu else [])]
            certificate_arn = certificate(f"{name}-certificate", hosts, domain.zone_id, child)
        shared = args.attu if isinstance(args.attu, AttuListener) else None
        apart = args.attu if isinstance(args.attu, AttuBalancer) else None

        clients = aws.ec2.SecurityGroup(
            f"{name}-clients",
            description="Members may connect to Milvus",
            vpc_id=args.vpc_id,
            tags={"Name": f"{name}-clients"},
            opts=child,
        )
        group, rules = security_group(
            f"{name}-milvus",
            "Load balancer of Milvus",
            args.vpc_id,
            admits=[(MILVUS_PORT, args.allowed), *([(ATTU_PORT, shared.allowed)] if shared else [])],
            reaches=to_pods(args.pod_cidrs, MILVUS_PORT, *([ATTU_PORT] if shared else [])),
            opts=child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-milvus-{MILVUS_PORT}-clients",
            security_group_id=group.id,
            referenced_security_group_id=clients.id,
            ip_protocol="tcp",
            from_port=MILVUS_PORT,
            to_port=MILVUS_PORT,
            opts=child,
        )
        # A client that belongs to no other group would have no egress rule without this one.
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-clients-{MILVUS_PORT}-milvus",
            security_group_id=clients.id,
            referenced_security_group_id=group.id,
            ip_protocol="tcp",
            from_port=MILVUS_PORT,
            to_port=MILVUS_PORT,
            opts=child,
        )
        balancer = aws.lb.LoadBalancer(
            short(f"{name}-milvus"),
            load_balancer_type="network",
            internal=args.internal,
            subnets=list(args.subnet_ids),
            security_groups=[group.id],
            # It is off by default, and then clients in a zone without a proxy reach none.
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=args.deletion_protection,
            # Consumers have the addresses of VPCs that nobody here knows: the service's principals say who may connect.
            enforce_security_group_inbound_rules_on_private_link_traffic="off" if args.private_link else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=rules),
        )

        def served(role: str, port: int, protocol: Literal["TCP", "TLS"]) -> ServedGroup:
            """Creates a target group and its listener."""
            targets = aws.lb.TargetGroup(
                short(f"{name}-{role}"),
                target_type="ip",
                protocol="TCP",
                port=port,
                vpc_id=args.vpc_id,
                # Network policies admit the balancer's own addresses.
                preserve_client_ip="false",
                deregistration_delay=DEREGISTRATION_SECONDS,
                # gRPC clients keep their connection for ever, so it has to be closed when its proxy is deregistered.
                connection_termination=True,
                # The check uses the traffic port, because port 9091 stays closed.
                health_check={"protocol": "TCP", "interval": 10, "healthy_threshold": 2, "unhealthy_threshold": 2},
                opts=child,
            )
            listener = aws.lb.Listener(
                f"{name}-{role}",
                load_balancer_arn=balancer.arn,
                port=port,
                protocol=protocol,
                default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
                tcp_idle_timeout_seconds=args.idle_timeout_seconds if protocol == "TCP" else None,
                certificate_arn=certificate_arn if protocol == "TLS" else None,
                ssl_policy=TLS_POLICY if protocol == "TLS" else None,
                # gRPC needs HTTP/2, for which clients ask by ALPN.
                alpn_policy="HTTP2Preferred" if protocol == "TLS" else None,
                opts=child,
            )
            return ServedGroup(known_after(targets.arn, listener.arn), targets.arn_suffix)

        protocol: Literal["TCP", "TLS"] = "TLS" if certificate_arn else "TCP"
        milvus = served("milvus", MILVUS_PORT, protocol)
        self.milvus_target_group_arn = milvus.arn
        self.milvus_metrics = {"LoadBalancer": balancer.arn_suffix, "TargetGroup": milvus.arn_suffix}
        self.attu_metrics = {}
        self.certificate_arn = pulumi.Output.from_input(certificate_arn)
        self.milvus_host = pulumi.Output.from_input(domain.milvus) if domain else balancer.dns_name
        if domain and domain.zone_id:
            record = alias(f"{name}-milvus", domain.zone_id, domain.milvus, balancer.dns_name, balancer.zone_id, child)
            # Who reads the contract finds the name by then, and does not keep for minutes that there is none.
            self.milvus_host = known_after(self.milvus_host, record.id)
        self.milvus_port = pulumi.Output.from_input(MILVUS_PORT)
        self.milvus_tls = pulumi.Output.from_input(protocol == "TLS")
        self.nlb_arn = balancer.arn
        self.client_security_group_id = clients.id
        self.milvus_security_group_id = group.id
        nothing: pulumi.Output[str | None] = pulumi.Output.from_input(None)
        self.attu_url = self.attu_security_group_id = self.attu_target_group_arn = nothing
        scheme = "https" if certificate_arn else "http"
        if shared:
            self.attu_target_group_arn = served("attu", ATTU_PORT, protocol).arn.apply(lambda arn: arn)
            self.attu_security_group_id = group.id.apply(lambda id_: id_)
            self.attu_url = self.milvus_host.apply(lambda host: f"{scheme}://{host}:{ATTU_PORT}")
        if apart:
            attu = attu_endpoint(
                f"{name}-attu",
                apart,
                vpc_id=args.vpc_id,
                pod_cidrs=args.pod_cidrs,
                certificate_arn=certificate_arn,
                deletion_protection=args.deletion_protection,
                opts=child,
            )
            self.attu_target_group_arn = attu.target_group_arn.apply(lambda arn: arn)
            self.attu_metrics = attu.metrics
            self.attu_security_group_id = attu.security_group_id.apply(lambda id_: id_)
            host = pulumi.Output.from_input(domain.attu) if domain and domain.attu else attu.url_host
            if domain and domain.zone_id and domain.attu:
                record = alias(f"{name}-attu", domain.zone_id, domain.attu, attu.url_host, attu.hosted_zone_id, child)
                host = known_after(host, record.id)
            self.attu_url = host.apply(lambda known: f"{scheme}://{known}")
        self.register_outputs(
            {output: getattr(self, output) for output in type(self).__annotations__}  # exactly what is declared above
        )


def alias(
    name: str,
    zone_id: str,
    host: str,
    target: pulumi.Input[str],
    target_zone_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> aws.route53.Record:
    return aws.route53.Record(
        name,
        zone_id=zone_id,
        name=host,
        type="A",
        aliases=[{"name": target, "zone_id": target_zone_id, "evaluate_target_health": False}],
        opts=opts,
    )
