"""An account, as moto has it, in which things can be planted that belong to a stack, or only seem to."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import boto3
from moto.backends import get_backend

from operations.doctor.subject import Clients

ACCOUNT, REGION = "123456789012", "us-east-1"
OLD = datetime.now(UTC) - timedelta(hours=2)
CLIENTS = Clients(cast(Any, boto3).Session("x", "x", region_name=REGION))
"""Made once: moto answers whichever clients there are."""
Tags = dict[str, str]


def listed(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def backdate(made: Any, attribute: str, born: datetime) -> None:
    """Sets the time at which moto says that something was made."""
    assert hasattr(made, attribute)
    setattr(made, attribute, born.replace(tzinfo=None))


class Account:
    """An account in which things are planted."""

    def __init__(self) -> None:
        self.ec2, self.elb = self.client("ec2"), self.client("elbv2")
        self.vpc = self.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        self.subnets = [each["SubnetId"] for each in self.ec2.describe_subnets()["Subnets"]]
        self.count = 0

    def client(self, service: str) -> Any:
        return CLIENTS.get(service, REGION)

    def _name(self) -> str:
        self.count += 1
        return f"planted-{self.count}"

    def tags(self, kind: str, tags: Tags) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": listed(tags)}] if tags else []

    def group(self, tags: Tags, name: str = "") -> str:
        name = name or self._name()
        made = self.ec2.create_security_group(
            GroupName=name, Description="x", VpcId=self.vpc, TagSpecifications=self.tags("security-group", tags)
        )
        return made["GroupId"]

    def interface(self, tags: Tags, *, groups: tuple[str, ...] = (), attached: bool = False, text: str = "x") -> str:
        made = self.ec2.create_network_interface(
            SubnetId=self.subnets[0],
            Description=text,
            TagSpecifications=self.tags("network-interface", tags),
            **({"Groups": list(groups)} if groups else {}),
        )["NetworkInterface"]["NetworkInterfaceId"]
        if attached:
            machine = self.ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1)["Instances"][0][
                "InstanceId"
            ]
            self.ec2.attach_network_interface(NetworkInterfaceId=made, InstanceId=machine, DeviceIndex=1)
        return made

    def address(self, tags: Tags, *, used: bool = False) -> str:
        made = self.ec2.allocate_address(Domain="vpc", TagSpecifications=self.tags("elastic-ip", tags))["AllocationId"]
        if used:
            self.ec2.associate_address(AllocationId=made, NetworkInterfaceId=self.interface({}))
        return made

    def gateway(self, tags: Tags, *, routed: bool = False, born: datetime = OLD) -> str:
        made = self.ec2.create_nat_gateway(
            SubnetId=self.subnets[0],
            AllocationId=self.address({}),
            TagSpecifications=self.tags("natgateway", tags),
        )["NatGateway"]["NatGatewayId"]
        backdate(get_backend("ec2")[ACCOUNT][REGION].nat_gateways[made], "_created_at", born)
        if routed:
            table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
            self.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=made)
        return made

    def volume(self, tags: Tags) -> str:
        made = self.ec2.create_volume(
            AvailabilityZone="us-east-1a", Size=20, TagSpecifications=self.tags("volume", tags)
        )
        return made["VolumeId"]

    def snapshot(self, tags: Tags) -> str:
        made = self.ec2.create_snapshot(VolumeId=self.volume({}), TagSpecifications=self.tags("snapshot", tags))
        return made["SnapshotId"]

    def balancer(self, tags: Tags, *, targets: int = 0, born: datetime = OLD, kind: str = "network") -> str:
        made = self.elb.create_load_balancer(
            Name=self._name(), Subnets=self.subnets[:2], Type=kind, Tags=listed(tags or {"x": "y"})
        )["LoadBalancers"][0]["LoadBalancerArn"]
        backdate(get_backend("elbv2")[ACCOUNT][REGION].load_balancers[made], "created_time", born)
        if targets:
            group = self.target_group({}, targets=targets)
            forward = [{"Type": "forward", "TargetGroupArn": group}]
            self.elb.create_listener(LoadBalancerArn=made, Protocol="TCP", Port=19530, DefaultActions=forward)
        return made

    def target_group(self, tags: Tags, *, targets: int = 0) -> str:
        made = self.elb.create_target_group(
            Name=self._name(),
            Protocol="TCP",
            Port=19530,
            VpcId=self.vpc,
            TargetType="ip",
            Tags=listed(tags or {"x": "y"}),
        )["TargetGroups"][0]["TargetGroupArn"]
        if targets:
            self.elb.register_targets(
                TargetGroupArn=made, Targets=[{"Id": f"172.31.0.{n + 9}"} for n in range(targets)]
            )
        return made

    def log_group(self, name: str) -> str:
        self.client("logs").create_log_group(logGroupName=name)
        return name

    def secret(self, tags: Tags, *, marked: bool = False) -> str:
        client = self.client("secretsmanager")
        arn = client.create_secret(Name=self._name(), SecretString="x", Tags=listed(tags))["ARN"]
        if marked:
            client.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
        return arn

    def key(self, tags: Tags) -> str:
        client = self.client("kms")
        spec = [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
        return client.create_key(Tags=spec)["KeyMetadata"]["Arn"]

    def bucket(self, tags: Tags) -> str:
        client, name = self.client("s3"), self._name()
        client.create_bucket(Bucket=name)
        client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": listed(tags)})
        return f"arn:aws:s3:::{name}"
