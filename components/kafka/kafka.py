"""MSK with SASL/SCRAM over TLS: Milvus' write-ahead log.

It waits for the network only, never for EKS, since it takes longest of all. It declares no topics: Milvus makes its own
(`auto.create.topics.enable`). Express and serverless brokers are left out: they fix replication or refuse SCRAM.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.identity.encryption_key import encryption_key
from components.identity.policy import allow, document
from components.kafka.users import kafka_user
from components.order import known_after, made_after
from planning.regions import partition

SCRAM_PORT = 9096
# docs.aws.amazon.com/msk/latest/developerguide/open-monitoring.html
MONITORING_PORTS = {"jmx": 11001, "node": 11002}

User = Literal["a", "b"]


@dataclass(frozen=True, kw_only=True)
class KafkaArgs:
    region: str
    account_id: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """By zone; each zone gets `brokers_per_zone` brokers."""
    client_security_group_ids: Mapping[str, pulumi.Input[str]]
    """Who may connect, by a name for the rule."""
    version: str
    instance_type: str
    brokers_per_zone: int = 1
    volume_gib: int
    max_volume_gib: int | None = None
    """Volumes grow by themselves up to this; without it their size is `volume_gib` and changes with it."""
    retention_hours: int = 168
    users: tuple[User, ...] = ("a",)
    """A rotation adds the other user, moves Milvus over, and drops the first: no gap (see operations/)."""
    active_user: User = "a"
    log_retention_days: int = 30
    open_monitoring: bool = False
    """Prometheus metrics of the brokers, to the same clients."""
    protect: bool

    def __post_init__(self) -> None:
        if self.active_user not in self.users:
            raise ValueError(f"active user {self.active_user!r} is none of {self.users}: add it to the users first")
        if self.max_volume_gib is not None and self.max_volume_gib < self.volume_gib:
            raise ValueError(f"{self.max_volume_gib} GiB at most is less than the {self.volume_gib} GiB to begin with")


class Kafka(pulumi.ComponentResource):
    bootstrap_servers: pulumi.Output[str]
    """Known once its users and rules stand, so that a client starts only where it can log in."""
    cluster_arn: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    """The active user's secret; its value is read at run time."""
    username: pulumi.Output[str]
    """Secret: for the Kubernetes Secret only."""
    password: pulumi.Output[str]
    """Secret: for the Kubernetes Secret only."""
    credentials_hash: pulumi.Output[str]
    """Changes with the credentials; tells nothing about them."""

    def __init__(self, name: str, args: KafkaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:kafka:Kafka", name, None, opts)

        # What the brokers need is made in a row: on the way up it costs seconds, and whatever is refused is refused
        # before their half hour begins. On the way down the engine deletes level by level, counted from the roots, each
        # waiting for its slowest (pulumi/pulumi, step_generator.go, ScheduleDeletes): the brokers, slowest of all, so
        # share the nodes' level.
        after = partial(made_after, self)

        group, rules = self._security_group(name, args)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-broker-logs",
            # Under this prefix log delivery needs no policy entry of its own for each group (5,120 characters in all).
            # docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
            name_prefix=f"/aws/vendedlogs/{name}-",
            retention_in_days=args.log_retention_days,
            opts=after(group),
        )
        brokers = len(args.subnet_ids) * args.brokers_per_zone
        properties = server_properties(brokers, args.retention_hours)
        configuration = aws.msk.Configuration(
            # Named by its content: the cluster moves from the old one to the new one, and both exist meanwhile.
            f"{name}-configuration-{hashlib.sha256(properties.encode()).hexdigest()[:8]}",
            server_properties=properties,
            opts=after(logs),
        )
        key = encryption_key(
            f"{name}-key",
            "Kafka's volumes and its users' secrets",
            after(configuration, protect=args.protect),
            policy=pulumi.Output.from_input(args.account_id).apply(lambda account: key_policy(account, args.region)),
        )
        # Who is not active may go: a protected user could not be dropped at the end of a rotation.
        users = {
            user: kafka_user(name, user, key, protect=args.protect and user == args.active_user, parent=self)
            for user in args.users
        }
        cluster = aws.msk.Cluster(
            f"{name}-cluster",
            kafka_version=args.version,
            number_of_broker_nodes=brokers,
            broker_node_group_info={
                "instance_type": args.instance_type,
                "client_subnets": list(args.subnet_ids.values()),
                "security_groups": [group.id],
                "storage_info": {"ebs_storage_info": {"volume_size": args.volume_gib}},
            },
            client_authentication={"sasl": {"scram": True}, "unauthenticated": False},
            encryption_info={
                "encryption_at_rest_kms_key_arn": key.arn,
                "encryption_in_transit": {"client_broker": "TLS", "in_cluster": True},
            },
            configuration_info={"arn": configuration.arn, "revision": configuration.latest_revision},
            enhanced_monitoring="PER_BROKER",  # DEFAULT lacks what the alarms look at (HeapMemoryAfterGC)
            open_monitoring={
                "prometheus": {
                    "jmx_exporter": {"enabled_in_broker": args.open_monitoring},
                    "node_exporter": {"enabled_in_broker": args.open_monitoring},
                }
            },
            logging_info={"broker_logs": {"cloudwatch_logs": {"enabled": True, "log_group": logs.name}}},
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=[user.policy for user in users.values()],
                # Autoscaling grows volumes behind the program's back; shrinking them back is refused by EBS
                # (cloudposse/terraform-aws-msk-apache-kafka-cluster#117). A fixed size is the program's own, and a
                # change of it must be seen (terraform-aws-modules/terraform-aws-msk-kafka-cluster#30).
                ignore_changes=["brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"]
                if args.max_volume_gib
                else None,
                # Creation is 15 to 40 minutes; an upgrade or another instance type takes the brokers one by one.
                custom_timeouts=pulumi.CustomTimeouts(create="2h", update="6h", delete="2h"),
            ),
        )
        if args.max_volume_gib:
            self._growing_volumes(name, cluster, args.max_volume_gib)
        association = aws.msk.ScramSecretAssociation(
            f"{name}-users",
            cluster_arn=cluster.arn,
            secret_arn_lists=[user.secret_arn for user in users.values()],
            opts=pulumi.ResourceOptions(
                parent=self,
                # MSK writes the very policy it finds missing: made side by side, the two overwrite each other.
                depends_on=[user.policy for user in users.values()],
                deleted_with=cluster,
            ),
        )

        self.bootstrap_servers = known_after(
            cluster.bootstrap_brokers_sasl_scram, association.id, *(rule.id for rule in rules)
        )
        self.cluster_arn = cluster.arn
        self.cluster_name = cluster.cluster_name
        self.security_group_id = group.id
        active = users[args.active_user]
        self.secret_arn, self.username, self.password = active.secret_arn, active.username, active.password
        self.credentials_hash = pulumi.Output.unsecret(
            pulumi.Output.all(self.username, self.password).apply(
                lambda both: hashlib.sha256(":".join(map(str, both)).encode()).hexdigest()[:16]
            )
        )
        self.register_outputs(
            {
                "bootstrap_servers": self.bootstrap_servers,
                "cluster_arn": self.cluster_arn,
                "cluster_name": self.cluster_name,
                "security_group_id": self.security_group_id,
                "secret_arn": self.secret_arn,
                "username": self.username,
                "password": self.password,
                "credentials_hash": self.credentials_hash,
            }
        )

    def _security_group(
        self, name: str, args: KafkaArgs
    ) -> tuple[aws.ec2.SecurityGroup, list[aws.vpc.SecurityGroupIngressRule]]:
        """The brokers' own group; its rules are resources apart, so that brokers do not wait for their clients."""
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{name}-brokers",
            description="Kafka brokers: SASL/SCRAM over TLS from named groups",
            vpc_id=args.vpc_id,
            tags={"Name": f"{name}-brokers"},
            opts=child,
        )
        ports = {"scram": SCRAM_PORT, **(MONITORING_PORTS if args.open_monitoring else {})}
        rules = [
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-{role}-from-{client}",
                description=f"{role} from {client}",
                security_group_id=group.id,
                referenced_security_group_id=client_group_id,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                opts=child,
            )
            for client, client_group_id in args.client_security_group_ids.items()
            for role, port in ports.items()
        ]
        return group, rules

    def _growing_volumes(self, name: str, cluster: aws.msk.Cluster, max_volume_gib: int) -> None:
        """docs.aws.amazon.com/msk/latest/developerguide/msk-autoexpand.html; AWS advises a target of 50 to 60 %."""
        child = pulumi.ResourceOptions(parent=self)
        target = aws.appautoscaling.Target(
            f"{name}-volumes",
            service_namespace="kafka",
            scalable_dimension="kafka:broker-storage:VolumeSize",
            resource_id=cluster.arn,
            min_capacity=1,
            max_capacity=max_volume_gib,
            opts=child,
        )
        aws.appautoscaling.Policy(
            f"{name}-volumes",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {"predefined_metric_type": "KafkaBrokerStorageUtilization"},
                "target_value": 60,
                "disable_scale_in": True,  # volumes never shrink
            },
            opts=child,
        )


def server_properties(brokers: int, retention_hours: int) -> str:
    """What Milvus needs of Kafka; the lines of the guides, and those without which data gets lost.

    MSK's own defaults fail Milvus: topics are not made ("external kafka not usable", milvus#17981), and records expire
    that it still has to read (milvus#45210). Milvus uses partition 0 of a topic, no other.
    """
    replicas = min(3, brokers)
    return "".join(
        f"{key}={value}\n"
        for key, value in {
            "auto.create.topics.enable": "true",
            "default.replication.factor": replicas,
            # One broker may be away, for AWS patches them one by one, without writes being refused.
            "min.insync.replicas": max(1, replicas - 1),
            "num.partitions": 1,
            "message.max.bytes": 10485880,
            "replica.fetch.max.bytes": 20971760,
            "log.retention.hours": retention_hours,
            "unclean.leader.election.enable": "false",
        }.items()
    )


def key_policy(account_id: str, region: str) -> str:
    """The account's IAM decides (MSK takes its grants through the deployer); secrets are read by Secrets Manager only.

    docs.aws.amazon.com/kms/latest/developerguide/services-secrets-manager.html#asm-policies-CMKs; aws-cdk's MSK cluster
    has the same two statements (aws/aws-cdk#9908).
    """
    root = f"arn:{partition(region)}:iam::{account_id}:root"
    return document(
        allow("TheAccountsOwnIamDecides", ["kms:*"], "*", principal={"AWS": root}),
        allow(
            "SecretsManagerForWhoMayReadTheSecret",
            [
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey*",
                "kms:ReEncrypt*",
            ],
            "*",
            principal={"AWS": "*"},
            condition={
                "StringEquals": {
                    "kms:CallerAccount": account_id,
                    "kms:ViaService": f"secretsmanager.{region}.amazonaws.com",
                }
            },
        ),
    )
