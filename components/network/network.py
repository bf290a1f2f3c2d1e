"""The VPC everything lives in: subnets in two or three zones, the ways out of them, and what watches them.

It creates no peering, VPN or DNS: those belong to whoever owns the other end. A VPC that exists already comes in by
`components.existing_network`, behind the same outputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.network.flow_log import flow_log
from components.order import known_after
from planning.addressing import subnets
from planning.deployment import INTERFACE_ENDPOINTS

Nat = Literal["none", "single", "perZone"]
FlowLogs = Literal["none", "rejected", "all"]


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Addresses are checked by `planning.addressing.problems` before they come here."""

    region: str
    cidr: str
    zones: tuple[str, ...]
    nat: Nat
    interface_endpoints: bool = False
    """AWS' services by private address: each costs by the hour in each zone, and saves NAT's price a GB."""
    flow_logs: FlowLogs = "rejected"
    """Rejected connections alone answer most questions, at a small part of the price of all of them."""
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
    """By zone, known once they reach the internet: for load balancers that face it, which AWS refuses before."""
    private_subnet_ids: Mapping[str, pulumi.Output[str]]
    """By zone; for what needs no way out: Kafka, internal load balancers, the cluster's own interfaces."""
    public_cidrs: Mapping[str, pulumi.Output[str]]
    private_cidrs: Mapping[str, pulumi.Output[str]]
    """By zone, as subnets have them: where nodes, pods and internal load balancers are."""
    node_subnet_ids: Mapping[str, pulumi.Output[str]]
    """The private subnets again, known once their way out works: for what must reach the internet or AWS to start."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:network:Network", name, None, opts)
        # Every child hangs on the component itself: `depends_on=[network]` expands through component children only, so
        # that a NAT gateway parented to the VPC would not be waited for.
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
        # AWS gives every VPC a group that lets its members talk to each other; emptied, it lets nobody do anything.
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
            # The role tags let load balancer controllers find subnets: for Services a team adds later; ours are named.
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
                # No data shows it: a NAT gateway made before its subnet's way to the internet fails.
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

        # S3 is Milvus' main traffic: free this way, 0.045 USD a GB through NAT (984 USD a month in one report,
        # wellcomecollection/platform#2623). The endpoint's own policy stays open: ECR keeps its layers in AWS' buckets.
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

        # A NAT gateway takes its minutes beside MSK's and EKS' control plane; only nodes wait for it.
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
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "vpc_cidr": self.vpc_cidr,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "node_subnet_ids": self.node_subnet_ids,
                "public_cidrs": self.public_cidrs,
                "private_cidrs": self.private_cidrs,
            }
        )

    def _interface_endpoints(
        self, name: str, args: NetworkArgs, vpc: aws.ec2.Vpc, private: Mapping[str, aws.ec2.Subnet]
    ) -> list[aws.ec2.VpcEndpoint]:
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
                # Known once it is open: with a closed one nodes no longer ask AWS' public address, either.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[https]),
            )
            for service in INTERFACE_ENDPOINTS
        ]
