"""The VPC for everything: subnets in two or three zones, routes and gateways, VPC endpoints, and the flow log.

It creates no peering, VPN or DNS, which belong to the owner of the other end. existing.py has the same outputs for a
VPC that exists already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.network.flow_log import flow_log
from components.order import known_after
from planning.addressing import subnets

Nat = Literal["none", "single", "perZone"]
FlowLogs = Literal["none", "rejected", "all"]


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Arguments of the VPC. `planning.addressing.problems` must have checked the addresses before."""

    region: str
    cidr: str
    zones: tuple[str, ...]
    nat: Nat
    interface_endpoints: Sequence[str] = ()
    """AWS services that get private addresses in the VPC, such as `sts`. Each endpoint costs by the hour in each zone,
    and saves NAT's price for each GB."""
    flow_logs: FlowLogs = "rejected"
    """Which connections to log. Rejected ones alone answer most questions, for a small part of the price of all."""
    flow_log_retention_days: int = 30
    permissions_boundary: pulumi.Input[str] | None = None

    def __post_init__(self) -> None:
        if self.nat == "none" and not self.interface_endpoints:
            raise ValueError(
                "nat 'none' without interface endpoints: nodes could not join the cluster;"
                " set interface endpoints on, and mirror the images into ECR"
            )


class Network(pulumi.ComponentResource):
    vpc_id: pulumi.Output[str]
    vpc_cidr: pulumi.Output[str]
    public_subnet_ids: Mapping[str, pulumi.Output[str]]
    """Public subnets by zone, known once they have a route to the internet, which AWS requires for public balancers."""
    private_subnet_ids: Mapping[str, pulumi.Output[str]]
    """Private subnets by zone, for resources that need no route out: Kafka, internal balancers, EKS' interfaces."""
    public_cidrs: Mapping[str, pulumi.Output[str]]
    private_cidrs: Mapping[str, pulumi.Output[str]]
    """CIDR blocks of the subnets by zone: where nodes, pods and internal load balancers have their addresses."""
    node_subnet_ids: Mapping[str, pulumi.Output[str]]
    """The same private subnets, known once their routes out and endpoints exist, for nodes, which must reach AWS and
    image registries to start."""
    nat_gateway_ids: Mapping[str, pulumi.Output[str]]
    """NAT gateways by the zone that they are in."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:network:Network", name, None, opts)
        # The parent of every child is the component itself: `depends_on=[network]` expands to the children of
        # components only, and would not wait for a NAT gateway whose parent is the VPC.
        child = pulumi.ResourceOptions(parent=self)

        def named(role: str, **tags: str) -> dict[str, str]:
            return {"Name": f"{name}-{role}", **tags}

        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
            enable_dns_hostnames=True,  # private names of interface endpoints and of MSK's brokers need both
            enable_dns_support=True,
            tags=named("vpc"),
            opts=child,
        )
        # AWS creates a default group in every VPC, whose members may talk to each other; without rules it allows
        # nothing.
        aws.ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=vpc.id, tags=named("default"), opts=child)
        internet = aws.ec2.InternetGateway(f"{name}-internet", vpc_id=vpc.id, tags=named("internet"), opts=child)
        public_table = aws.ec2.RouteTable(f"{name}-public", vpc_id=vpc.id, tags=named("public"), opts=child)
        to_internet = aws.ec2.Route(
            f"{name}-public-internet",
            route_table_id=public_table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=internet.id,
            opts=child,
        )

        public: dict[str, aws.ec2.Subnet] = {}
        private: dict[str, aws.ec2.Subnet] = {}
        tables: dict[str, aws.ec2.RouteTable] = {}
        to_public_table: dict[str, aws.ec2.RouteTableAssociation] = {}
        ways_out: dict[str, list[pulumi.Output[str]]] = {}
        for zone, cidrs in subnets(args.cidr, args.zones).items():
            # The role tags let load balancer controllers find subnets for Services that a team adds later. Our own
            # balancers name their subnets.
            public[zone] = aws.ec2.Subnet(
                f"{name}-public-{zone}",
                vpc_id=vpc.id,
                availability_zone=zone,
                cidr_block=cidrs.public,
                tags=named(f"public-{zone}", **{"kubernetes.io/role/elb": "1"}),
                opts=child,
            )
            private[zone] = aws.ec2.Subnet(
                f"{name}-private-{zone}",
                vpc_id=vpc.id,
                availability_zone=zone,
                cidr_block=cidrs.private,
                tags=named(f"private-{zone}", **{"kubernetes.io/role/internal-elb": "1"}),
                opts=child,
            )
            to_public_table[zone] = aws.ec2.RouteTableAssociation(
                f"{name}-public-{zone}", subnet_id=public[zone].id, route_table_id=public_table.id, opts=child
            )
            tables[zone] = aws.ec2.RouteTable(
                f"{name}-private-{zone}", vpc_id=vpc.id, tags=named(f"private-{zone}"), opts=child
            )
            association = aws.ec2.RouteTableAssociation(
                f"{name}-private-{zone}", subnet_id=private[zone].id, route_table_id=tables[zone].id, opts=child
            )
            ways_out[zone] = [association.id]

        nat_of_zone = {
            "none": {},
            "single": dict.fromkeys(args.zones, args.zones[0]),
            "perZone": {zone: zone for zone in args.zones},
        }[args.nat]
        nats: dict[str, aws.ec2.NatGateway] = {}
        for zone in dict.fromkeys(nat_of_zone.values()):
            address = aws.ec2.Eip(f"{name}-nat-{zone}", domain="vpc", tags=named(f"nat-{zone}"), opts=child)
            nats[zone] = aws.ec2.NatGateway(
                f"{name}-nat-{zone}",
                allocation_id=address.allocation_id,
                subnet_id=public[zone].id,
                tags=named(f"nat-{zone}"),
                # No property shows this order: a NAT gateway fails if its subnet has no route to the internet yet.
                # docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html ("no internet gateway")
                opts=pulumi.ResourceOptions(parent=self, depends_on=[to_internet, to_public_table[zone]]),
            )
        for zone, nat_zone in nat_of_zone.items():
            route = aws.ec2.Route(
                f"{name}-private-nat-{zone}",
                route_table_id=tables[zone].id,
                destination_cidr_block="0.0.0.0/0",
                nat_gateway_id=nats[nat_zone].id,
                opts=child,
            )
            ways_out[zone].append(route.id)

        # Most of Milvus' traffic goes to S3. It is free through this endpoint, and costs 0.045 USD a GB through NAT
        # (984 USD a month in one report, wellcomecollection/platform#2623). The endpoint's policy stays open, because
        # ECR keeps image layers in AWS' buckets.
        s3 = aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{args.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables.values()],
            tags=named("s3"),
            opts=child,
        )
        private_links = self._interface_endpoints(name, args, vpc, private) if args.interface_endpoints else []
        if args.flow_logs != "none":
            flow_log(
                f"{name}-flow",
                vpc.id,
                args.flow_logs,
                args.flow_log_retention_days,
                args.permissions_boundary,
                self,
            )

        # Only nodes wait for NAT gateways, which are created while MSK and the EKS control plane are.
        everywhere = [s3.id, *(endpoint.id for endpoint in private_links)]
        self.vpc_id = vpc.id
        self.vpc_cidr = vpc.cidr_block
        self.public_subnet_ids = {
            zone: known_after(subnet.id, to_internet.id, to_public_table[zone].id) for zone, subnet in public.items()
        }
        self.private_subnet_ids = {zone: subnet.id for zone, subnet in private.items()}
        cidrs = subnets(args.cidr, args.zones)
        self.public_cidrs = {zone: pulumi.Output.from_input(each.public) for zone, each in cidrs.items()}
        self.private_cidrs = {zone: pulumi.Output.from_input(each.private) for zone, each in cidrs.items()}
        self.node_subnet_ids = {
            zone: known_after(subnet.id, *ways_out[zone], *everywhere) for zone, subnet in private.items()
        }
        self.nat_gateway_ids = {zone: nat.id for zone, nat in nats.items()}
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

    def _interface_endpoints(
        self, name: str, args: NetworkArgs, vpc: aws.ec2.Vpc, private: Mapping[str, aws.ec2.Subnet]
    ) -> list[aws.ec2.VpcEndpoint]:
        """Interface endpoints of the services, with their security group."""
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{name}-endpoints",
            description="Interface endpoints: HTTPS from inside the VPC",
            vpc_id=vpc.id,
            tags={"Name": f"{name}-endpoints"},
            opts=child,
        )
        https = aws.vpc.SecurityGroupIngressRule(
            f"{name}-endpoints-https",
            description="HTTPS from inside the VPC",
            security_group_id=group.id,
            cidr_ipv4=vpc.cidr_block,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            opts=child,
        )
        return [
            aws.ec2.VpcEndpoint(
                f"{name}-{service.replace('.', '-')}",
                vpc_id=vpc.id,
                service_name=f"com.amazonaws.{args.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=[subnet.id for subnet in private.values()],
                security_group_ids=[group.id],
                tags={"Name": f"{name}-{service}"},
                # The rule comes first: as soon as an endpoint exists, the service's name resolves to it, and nodes
                # could not reach the service while the endpoint is closed.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[https]),
            )
            for service in args.interface_endpoints
        ]
