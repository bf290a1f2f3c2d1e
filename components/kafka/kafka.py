"""The MSK cluster, with SASL/SCRAM over TLS, that holds Milvus' write-ahead log.

It depends on the network only, never on EKS, because it takes longest of all to create. Topics are not declared: Milvus
creates them. Express and serverless brokers are left out: they fix replication or refuse SCRAM.
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
from planning.regions import DNS_SUFFIX, partition

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
    """Subnets by zone; each zone gets `brokers_per_zone` brokers."""
    client_security_group_ids: Mapping[str, pulumi.Input[str]]
    """Security groups that may connect, by a name for their rules."""
    version: str
    instance_type: str
    keeps_version: bool = False
    """Whether a cluster that is there keeps its Kafka version, so that `version` only counts when it is created."""
    brokers_per_zone: int = 1
    volume_gib: int
    max_volume_gib: int | None = None
    """Size up to which AWS grows the volumes automatically; None: their size is always `volume_gib`."""
    retention_hours: int = 168
    users: tuple[User, ...] = ("a",)
    """Users that exist. A rotation of the credentials adds the other user, switches Milvus over, and drops the first,
    so that Milvus can always log in (see operations/)."""
    active_user: User = "a"
    """The user with which Milvus logs in."""
    log_retention_days: int = 30
    open_monitoring: bool = False
    """Whether the brokers serve Prometheus metrics, to the same clients."""
    protect: bool
    """Whether Pulumi refuses to delete the cluster, its key, and the active user's password and secret."""

    def __post_init__(self) -> None:
        if self.active_user not in self.users:
            raise ValueError(f"active user {self.active_user!r} is none of {self.users}: add it to the users first")
        if self.max_volume_gib is not None and self.max_volume_gib < self.volume_gib:
            raise ValueError(f"{self.max_volume_gib} GiB at most is less than the {self.volume_gib} GiB to begin with")


class Kafka(pulumi.ComponentResource):
    bootstrap_servers: pulumi.Output[str]
    """Addresses of the SASL/SCRAM listeners, known once users and rules exist, so that clients can log in."""
    cluster_arn: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    """ARN of the active user's secret. Its content is read at run time."""
    username: pulumi.Output[str]
    """Marked as secret; meant for the Kubernetes Secret only."""
    password: pulumi.Output[str]
    """Marked as secret; meant for the Kubernetes Secret only."""
    credentials_hash: pulumi.Output[str]
    """Hash that changes with the credentials and reveals nothing about them."""

    def __init__(self, name: str, args: KafkaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:kafka:Kafka", name, None, opts)

        # What the brokers need is created one after the other, so that errors come before the half hour that brokers
        # take. A destroy deletes level by level, counted from the roots, and each level waits for its slowest resource
        # (pulumi/pulumi, step_generator.go, ScheduleDeletes): the chain puts the brokers on the level of the nodes.
        after = partial(made_after, self)

        group, rules = self._security_group(name, args)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-broker-logs",
            # With this prefix, log delivery needs no entry in CloudWatch's resource policy of 5,120 characters at most.
            # docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
            name_prefix=f"/aws/vendedlogs/{name}-",
            retention_in_days=args.log_retention_days,
            opts=after(group),
        )
        brokers = len(args.subnet_ids) * args.brokers_per_zone
        properties = server_properties(brokers, args.retention_hours)
        configuration = aws.msk.Configuration(
            # Named by its content, so that old and new configuration exist side by side while the cluster changes over.
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
        # Inactive users are not protected, because the end of a rotation has to drop one.
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
            enhanced_monitoring="DEFAULT",  # free, and has all metrics that the alarms read (planning/signals/kafka.py)
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
                ignore_changes=[
                    # More data must not move a running cluster from ZooKeeper to KRaft, which would replace it.
                    *(["kafkaVersion"] if args.keeps_version else []),
                    # Autoscaling grows volumes without this program, and EBS refuses to shrink them again
                    # (cloudposse/terraform-aws-msk-apache-kafka-cluster#117). A fixed size must not be ignored, or
                    # changing it would have no effect (terraform-aws-modules/terraform-aws-msk-kafka-cluster#30).
                    *(["brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"] if args.max_volume_gib else []),
                ],
                # Creation takes 15 to 40 minutes; an upgrade or another instance type restarts the brokers one by one.
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
                # MSK itself writes a secret's policy if it is missing, and would overwrite one created meanwhile.
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
            {output: getattr(self, output) for output in type(self).__annotations__}  # exactly what is declared above
        )

    def _security_group(
        self, name: str, args: KafkaArgs
    ) -> tuple[aws.ec2.SecurityGroup, list[aws.vpc.SecurityGroupIngressRule]]:
        """The brokers' security group, and its rules, which are separate so that brokers do not wait for clients."""
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
        """Lets AWS grow full volumes; it advises a target of 50 to 60 %.
        docs.aws.amazon.com/msk/latest/developerguide/msk-autoexpand.html"""
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
    """Kafka's configuration: the lines of the guides, and those without which data gets lost.

    Milvus fails with MSK's defaults: topics are not created ("external kafka not usable", milvus#17981), and records
    expire that Milvus still has to read (milvus#45210). Milvus uses only partition 0 of a topic.
    """
    replicas = min(3, brokers)
    return "".join(
        f"{key}={value}\n"
        for key, value in {
            "auto.create.topics.enable": "true",
            "default.replication.factor": replicas,
            # Writes must succeed while one broker is away, because AWS patches them one by one.
            "min.insync.replicas": max(1, replicas - 1),
            "num.partitions": 1,
            "message.max.bytes": 10485880,
            "replica.fetch.max.bytes": 20971760,
            "log.retention.hours": retention_hours,
            "unclean.leader.election.enable": "false",
        }.items()
    )


def key_policy(account_id: str, region: str) -> str:
    """Policy of Kafka's key: the account's IAM policies decide, and Secrets Manager may use the key to read secrets.

    MSK gets its grants through the deploying role. aws-cdk's MSK cluster has the same two statements
    (aws/aws-cdk#9908). docs.aws.amazon.com/kms/latest/developerguide/services-secrets-manager.html#asm-policies-CMKs
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
                    "kms:ViaService": f"secretsmanager.{region}.{DNS_SUFFIX}",
                }
            },
        ),
    )
