"""An endpoint service of AWS PrivateLink in front of Milvus' load balancer, for VPCs without a route to this one.

Consumers make endpoints for it in their own VPCs and pay for them (examples/consumer_stack/private_link.py). While one
is connected, AWS does not delete the service.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.order import known_after


@dataclass(frozen=True, kw_only=True)
class PrivateName:
    """A name for consumers, which AWS takes once a record in its public zone proves whose it is."""

    host: str
    zone_id: str


@dataclass(frozen=True, kw_only=True)
class PrivateLinkArgs:
    balancer_arn: pulumi.Input[str]
    principals: Sequence[str]
    """ARNs of the accounts, roles and users that may make endpoints."""
    acceptance_required: bool
    name: PrivateName | None


class PrivateLink(pulumi.ComponentResource):
    service_name: pulumi.Output[str]
    dns_name: pulumi.Output[str] | None
    """Name that endpoints with private DNS answer to, known once AWS has verified it; None if there is none."""

    def __init__(self, name: str, args: PrivateLinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:endpoints:PrivateLink", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        service = aws.ec2.VpcEndpointService(
            f"{name}-service",
            network_load_balancer_arns=[args.balancer_arn],
            allowed_principals=sorted(args.principals),
            acceptance_required=args.acceptance_required,
            private_dns_name=args.name and args.name.host,
            opts=child,
        )
        self.service_name, self.dns_name = service.service_name, None
        if args.name:
            host = args.name.host
            proof = service.private_dns_name_configurations.apply(lambda known: known[0])
            record = aws.route53.Record(
                f"{name}-proof",
                zone_id=args.name.zone_id,
                # AWS gives the label alone: docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
                name=proof.apply(lambda known: f"{known.name}.{host}"),
                type=proof.apply(lambda known: str(known.type)),
                records=[proof.apply(lambda known: str(known.value))],
                ttl=300,
                opts=child,
            )
            verified = aws.vpc.EndpointServicePrivateDnsVerification(
                f"{name}-verification",
                # AWS looks once it is asked, and gives up: the record must be there before.
                service_id=known_after(service.id, record.id),
                wait_for_verification=True,
                opts=pulumi.ResourceOptions(parent=self, custom_timeouts=pulumi.CustomTimeouts(create="30m")),
            )
            self.dns_name = known_after(host, verified.id)
        self.register_outputs({"service_name": self.service_name, "dns_name": self.dns_name})
