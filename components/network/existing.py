"""A VPC that somebody else owns, with the outputs of `Network`. It is checked, but never tagged, changed or deleted.

Routes are not checked, because private subnets may rightly reach the outside by NAT, a transit gateway or endpoints.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import NoReturn

import pulumi
import pulumi_aws as aws

# EKS requires six free addresses in each subnet; beside these, each node and each pod needs one.
# docs.aws.amazon.com/eks/latest/userguide/network-reqs.html#network-requirements-subnets
FREE_ADDRESSES = 16


@dataclass(frozen=True, kw_only=True)
class ExistingNetworkArgs:
    """Ids of a VPC and its subnets. The user names the zones, so that the plan is known before AWS is asked."""

    vpc_id: str
    private_subnet_ids: Mapping[str, str]
    public_subnet_ids: Mapping[str, str]
    """Public subnets by zone; empty if no load balancer faces the internet."""
    service_cidr: str


class ExistingNetwork(pulumi.ComponentResource):
    vpc_id: pulumi.Output[str]
    vpc_cidr: pulumi.Output[str]
    public_subnet_ids: Mapping[str, pulumi.Output[str]]
    private_subnet_ids: Mapping[str, pulumi.Output[str]]
    node_subnet_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ExistingNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:network:ExistingNetwork", name, None, opts)
        look = pulumi.InvokeOptions(parent=self)
        if len(args.private_subnet_ids) < 2:
            refuse(args.vpc_id, "private subnets in fewer than two zones: EKS and MSK need two; name another one")

        # All outputs come from checked values, so that nothing is created in a VPC that is not suitable.
        vpc = aws.ec2.get_vpc_output(id=args.vpc_id, opts=look).apply(lambda vpc: checked_vpc(vpc, args.service_cidr))
        self.vpc_id = vpc.apply(lambda vpc: vpc.id)
        self.vpc_cidr = vpc.apply(lambda vpc: vpc.cidr_block)
        self.private_subnet_ids, self.public_subnet_ids = (
            {
                zone: aws.ec2.get_subnet_output(id=subnet_id, opts=look).apply(
                    lambda subnet, zone=zone: checked_subnet(subnet, args.vpc_id, zone)
                )
                for zone, subnet_id in subnet_ids.items()
            }
            for subnet_ids in (args.private_subnet_ids, args.public_subnet_ids)
        )
        self.node_subnet_ids = self.private_subnet_ids
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "vpc_cidr": self.vpc_cidr,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "node_subnet_ids": self.node_subnet_ids,
            }
        )


def checked_vpc(vpc: aws.ec2.GetVpcResult, service_cidr: str) -> aws.ec2.GetVpcResult:
    """The VPC itself. Raises ValueError if its DNS is off, or if it overlaps with the cluster's service addresses."""
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        refuse(vpc.id, "DNS hostnames or DNS support is off: nodes could not join EKS; switch both on in the VPC")
    if any(IPv4Network(each.cidr_block).overlaps(IPv4Network(service_cidr)) for each in vpc.cidr_block_associations):
        refuse(vpc.id, f"overlaps with the cluster's service CIDR {service_cidr}; choose another service CIDR")
    return vpc


def checked_subnet(subnet: aws.ec2.GetSubnetResult, vpc_id: str, zone: str) -> str:
    """The subnet's id. Raises ValueError if its VPC or zone is not as the user says, or if it has too few addresses."""
    if subnet.vpc_id != vpc_id:
        refuse(subnet.id, f"in {subnet.vpc_id}, not in {vpc_id}; give a subnet of that VPC")
    if subnet.availability_zone != zone:
        refuse(subnet.id, f"in zone {subnet.availability_zone}, not {zone}; write it under its own zone")
    if subnet.available_ip_address_count < FREE_ADDRESSES:
        refuse(
            subnet.id,
            f"{subnet.available_ip_address_count} free addresses, {FREE_ADDRESSES} are needed; give a larger subnet",
        )
    return subnet.id


def refuse(what: str, why: str) -> NoReturn:
    """Raises ValueError for an unsuitable VPC or subnet."""
    raise ValueError(f"existing network, {what}: {why}")
