"""A VPC that somebody else owns, with the outputs of `Network`. It is checked, but never tagged, changed or deleted.

Routes are not checked, because private subnets may rightly reach the outside by NAT, a transit gateway or endpoints.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network
from typing import NoReturn

import pulumi
import pulumi_aws as aws

from planning.addressing import usable
from planning.regions import NO_CONTROL_PLANE


@dataclass(frozen=True, kw_only=True)
class ExistingNetworkArgs:
    """Ids of a VPC and its subnets. The user names the zones, so that the plan is known before AWS is asked."""

    vpc_id: str
    private_subnet_ids: Mapping[str, str]
    public_subnet_ids: Mapping[str, str]
    """Public subnets by zone; empty if no load balancer faces the internet."""
    service_cidr: str
    private_addresses: Mapping[str, int]
    """Number of addresses that the deployment needs in the private subnet of each zone."""
    public_addresses: int
    """Number of addresses that the deployment needs in each public subnet."""
    cluster_name: str
    """The EKS cluster of this stack: once it is there, its nodes are among those that have taken addresses."""


class ExistingNetwork(pulumi.ComponentResource):
    vpc_id: pulumi.Output[str]
    vpc_cidr: pulumi.Output[str]
    public_subnet_ids: Mapping[str, pulumi.Output[str]]
    private_subnet_ids: Mapping[str, pulumi.Output[str]]
    node_subnet_ids: Mapping[str, pulumi.Output[str]]
    public_cidrs: Mapping[str, pulumi.Output[str]]
    private_cidrs: Mapping[str, pulumi.Output[str]]
    """The subnets' own: the VPC's first CIDR need not contain them."""
    nat_gateway_ids: Mapping[str, pulumi.Output[str]]
    """None: whoever owns the VPC watches its gateways."""

    def __init__(self, name: str, args: ExistingNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:network:ExistingNetwork", name, None, opts)
        look = pulumi.InvokeOptions(parent=self)
        if len(args.private_subnet_ids) < 2:
            refuse(args.vpc_id, "private subnets in fewer than two zones: EKS and MSK need two; name another one")

        # All outputs come from checked values, so that nothing is created in a VPC that is not suitable.
        vpc = aws.ec2.get_vpc_output(id=args.vpc_id, opts=look).apply(lambda vpc: checked_vpc(vpc, args.service_cidr))
        deployed = aws.eks.get_clusters_output(opts=look).apply(lambda clusters: args.cluster_name in clusters.names)

        def checked(zone: str, subnet_id: str, addresses: int) -> pulumi.Output[aws.ec2.GetSubnetResult]:
            check = partial(checked_subnet, vpc_id=args.vpc_id, zone=zone, addresses=addresses)
            subnet = aws.ec2.get_subnet_output(id=subnet_id, opts=look)
            return pulumi.Output.all(subnet, deployed).apply(lambda both: check(both[0], deployed=both[1]))

        private = {
            zone: checked(zone, id_, args.private_addresses[zone]) for zone, id_ in args.private_subnet_ids.items()
        }
        public = {zone: checked(zone, id_, args.public_addresses) for zone, id_ in args.public_subnet_ids.items()}
        self.vpc_id = vpc.apply(lambda vpc: vpc.id)
        self.vpc_cidr = vpc.apply(lambda vpc: vpc.cidr_block)
        self.private_subnet_ids, self.public_subnet_ids = (
            {zone: subnet.apply(lambda subnet: subnet.id) for zone, subnet in subnets.items()}
            for subnets in (private, public)
        )
        self.private_cidrs, self.public_cidrs = (
            {zone: subnet.apply(lambda subnet: subnet.cidr_block) for zone, subnet in subnets.items()}
            for subnets in (private, public)
        )
        self.node_subnet_ids = self.private_subnet_ids
        self.nat_gateway_ids = {}
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "vpc_cidr": self.vpc_cidr,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "node_subnet_ids": self.node_subnet_ids,
                "public_cidrs": self.public_cidrs,
                "private_cidrs": self.private_cidrs,
                "nat_gateway_ids": self.nat_gateway_ids,
            }
        )


def checked_vpc(vpc: aws.ec2.GetVpcResult, service_cidr: str) -> aws.ec2.GetVpcResult:
    """The VPC itself. Raises ValueError if its DNS is off, or if it overlaps with the cluster's service addresses."""
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        refuse(vpc.id, "DNS hostnames or DNS support is off: nodes could not join EKS; switch both on in the VPC")
    if any(IPv4Network(each.cidr_block).overlaps(IPv4Network(service_cidr)) for each in vpc.cidr_block_associations):
        refuse(vpc.id, f"overlaps with the cluster's service CIDR {service_cidr}; choose another service CIDR")
    return vpc


def checked_subnet(
    subnet: aws.ec2.GetSubnetResult, *, vpc_id: str, zone: str, addresses: int, deployed: bool
) -> aws.ec2.GetSubnetResult:
    """The subnet, if it is what the user says it is and can hold the deployment; ValueError otherwise."""
    if subnet.vpc_id != vpc_id:
        refuse(subnet.id, f"in {subnet.vpc_id}, not in {vpc_id}; give a subnet of that VPC")
    if subnet.availability_zone != zone:
        refuse(subnet.id, f"in zone {subnet.availability_zone}, not {zone}; write it under its own zone")
    if subnet.availability_zone_id in NO_CONTROL_PLANE:
        refuse(subnet.id, f"in {subnet.availability_zone_id}, where EKS makes no control plane; choose another zone")
    if usable(subnet.cidr_block) < addresses:
        refuse(
            subnet.id,
            f"{subnet.cidr_block} holds {usable(subnet.cidr_block)} addresses, the workload needs {addresses} in {zone}"
            "; give a larger subnet",
        )
    if not deployed and subnet.available_ip_address_count < addresses:
        refuse(
            subnet.id,
            f"{subnet.available_ip_address_count} free addresses, the workload needs {addresses} in {zone}; give a"
            " larger subnet, or free some",
        )
    return subnet


def refuse(what: str, why: str) -> NoReturn:
    """Raises ValueError for an unsuitable VPC or subnet."""
    raise ValueError(f"existing network, {what}: {why}")
