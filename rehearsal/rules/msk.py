"""Rules of MSK: brokers and their configuration. Its users are in msk_users.py."""

import re
from collections.abc import Iterator

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from rehearsal.rules.ec2 import SECURITY_GROUP, SUBNET
from rehearsal.rules.kms import usable_key

CLUSTER = "aws:msk/cluster:Cluster"
CONFIGURATION = "aws:msk/configuration:Configuration"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
GUIDE = "docs.aws.amazon.com/msk/latest/developerguide/"

# docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-properties.html
_PROPERTIES = """allow.everyone.if.no.acl.found auto.create.topics.enable compression.type connections.max.idle.ms
    default.replication.factor delete.topic.enable group.initial.rebalance.delay.ms group.max.session.timeout.ms
    group.min.session.timeout.ms leader.imbalance.per.broker.percentage log.cleaner.delete.retention.ms
    log.cleaner.min.cleanable.ratio log.cleanup.policy log.flush.interval.messages log.flush.interval.ms
    log.message.timestamp.difference.max.ms log.message.timestamp.type log.retention.bytes log.retention.hours
    log.retention.minutes log.retention.ms log.roll.ms log.segment.bytes max.incremental.fetch.session.cache.slots
    message.max.bytes min.insync.replicas num.io.threads num.network.threads num.partitions
    num.recovery.threads.per.data.dir num.replica.fetchers offsets.retention.minutes offsets.topic.replication.factor
    replica.fetch.max.bytes replica.fetch.response.max.bytes replica.lag.time.max.ms replica.selector.class
    replica.socket.receive.buffer.bytes socket.receive.buffer.bytes socket.request.max.bytes socket.send.buffer.bytes
    transaction.max.timeout.ms transaction.state.log.min.isr transaction.state.log.replication.factor
    transactional.id.expiration.ms unclean.leader.election.enable zookeeper.session.timeout.ms"""
PROPERTIES = frozenset(_PROPERTIES.split())


# kafka.apache.org/documentation/#brokerconfigs: what the values of a property are.
FLAGS = ("true", "false")
WORDS = {
    "allow.everyone.if.no.acl.found": FLAGS,
    "auto.create.topics.enable": FLAGS,
    "compression.type": ("gzip", "snappy", "lz4", "zstd", "uncompressed", "producer"),
    "delete.topic.enable": FLAGS,
    "log.cleanup.policy": ("compact", "delete", "compact,delete", "delete,compact"),
    "log.message.timestamp.type": ("CreateTime", "LogAppendTime"),
    "unclean.leader.election.enable": FLAGS,
}
FREE = ("log.cleaner.min.cleanable.ratio", "replica.selector.class")
"""Properties whose values are neither one of some words nor a whole number."""
OF_EACH_OTHER = (
    ("min.insync.replicas", "default.replication.factor"),
    ("transaction.state.log.min.isr", "transaction.state.log.replication.factor"),
)
"""Replicas that must take a write, and replicas that there are."""
COUNTED = ("num.", "default.replication.factor", "min.insync.replicas", "message.max.bytes")


def properties(configuration: Resource) -> dict[str, str]:
    """The properties in a configuration's file, by name."""
    return dict(_lines(str(configuration["serverProperties"])))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            key, _, value = line.partition("=")
            yield key.strip(), value.strip()


@rule(CONFIGURATION, "before_create", source=f"{GUIDE}msk-configuration-properties.html")
def a_configuration_has_properties_that_msk_knows(cloud: Cloud, configuration: Resource) -> None:
    for key in properties(configuration):
        if key not in PROPERTIES:
            raise Refused(f"BadRequestException: Unsupported server property: {key}")


@rule(CONFIGURATION, "before_create", source=f"{GUIDE}msk-configuration-properties.html")
@rule(CONFIGURATION, "before_update", source=f"{GUIDE}msk-configuration-properties.html")
def a_configuration_has_values_that_brokers_take(cloud: Cloud, configuration: Resource) -> None:
    values = properties(configuration)
    for key, value in values.items():
        if key in WORDS and value not in WORDS[key]:
            raise Refused(f"BadRequestException: Invalid value {value} for {key}: one of {', '.join(WORDS[key])}")
        least = 1 if key.startswith(COUNTED) else -1
        whole = re.fullmatch(r"-?\d+", value) is not None
        if key in PROPERTIES and key not in (*WORDS, *FREE) and not (whole and int(value) >= least):
            raise Refused(f"BadRequestException: Invalid value {value} for {key}: a whole number, at least {least}")
    for least, most in OF_EACH_OTHER:
        if least in values and most in values and int(values[least]) > int(values[most]):
            raise Refused(
                f"BadRequestException: {least} {values[least]} is more than {most} {values[most]}: no write would ever"
                " be taken"
            )


@rule(CLUSTER, "before_create", source=f"{GUIDE}msk-create-cluster.html")
def brokers_spread_over_zones(cloud: Cloud, cluster: Resource) -> None:
    subnets = [cloud.need(cluster, SUBNET, id_) for id_ in cluster["brokerNodeGroupInfo.clientSubnets"]]
    for id_ in cluster["brokerNodeGroupInfo.securityGroups"]:
        cloud.need(cluster, SECURITY_GROUP, id_)
    zones = {subnet["availabilityZone"] for subnet in subnets}
    if len(zones) < len(subnets) or len(subnets) not in (2, 3):
        raise Refused("BadRequestException: Specify either two or three client subnets, each in a different zone.")
    if cluster["numberOfBrokerNodes"] % len(subnets):
        raise Refused(
            "BadRequestException: The number of broker nodes must be a multiple of Availability Zones in the Client"
            f" Subnets parameter: {cluster['numberOfBrokerNodes']} brokers, {len(subnets)} subnets"
        )


@rule(CLUSTER, "before_create", source=f"{GUIDE}msk-encryption.html")
def brokers_disks_have_a_usable_key(cloud: Cloud, cluster: Resource) -> None:
    if arn := cluster["encryptionInfo.encryptionAtRestKmsKeyArn"]:
        usable_key(cloud, cluster, arn, "BadRequestException: Invalid encryptionAtRest data volume KMS key")


@rule(CLUSTER, "before_create", source=f"{GUIDE}msk-password.html")
def passwords_need_encryption_on_the_way(cloud: Cloud, cluster: Resource) -> None:
    if not cluster["clientAuthentication.sasl.scram"]:
        return
    if "TLS" not in str(cluster["encryptionInfo.encryptionInTransit.clientBroker"] or "TLS").split("_"):
        raise Refused(
            "BadRequestException: You can't enable SASL/SCRAM authentication without TLS between clients and brokers"
            " (encryptionInTransit.clientBroker)"
        )


@rule(CLUSTER, "before_create", source=f"{GUIDE}msk-configuration.html")
def brokers_need_their_configuration(cloud: Cloud, cluster: Resource) -> None:
    if arn := cluster["configurationInfo.arn"]:
        configuration = cloud.need(
            cluster, CONFIGURATION, arn, f"NotFoundException: The configuration {arn} doesn't exist"
        )
        if cluster["configurationInfo.revision"] > configuration["latestRevision"]:
            raise Refused(
                f"BadRequestException: Configuration {configuration.name} has no revision"
                f" {cluster['configurationInfo.revision']}"
            )


@rule(CLUSTER, "before_create", source=f"{GUIDE}msk-logging.html")
def brokers_need_their_log_group(cloud: Cloud, cluster: Resource) -> None:
    name = cluster["loggingInfo.brokerLogs.cloudwatchLogs.logGroup"]
    if cluster["loggingInfo.brokerLogs.cloudwatchLogs.enabled"]:
        groups = cloud.all(LOG_GROUP, name=name)
        if not groups:
            raise Refused(f"BadRequestException: The specified log group {name} does not exist")
        cloud.relies(cluster, groups[0], "brokers write their logs there")


@rule(CLUSTER, "before_create", source=f"{GUIDE}broker-instance-sizes.html")
def small_brokers_know_no_kraft(cloud: Cloud, cluster: Resource) -> None:
    version = str(cluster["kafkaVersion"])
    if cluster["brokerNodeGroupInfo.instanceType"] == "kafka.t3.small" and version.endswith(".kraft"):
        raise Refused(f"BadRequestException: Unsupported InstanceType kafka.t3.small for Kafka version {version}")


@rule(CLUSTER, "before_update", source=f"{GUIDE}msk-update-storage.html")
def volumes_only_grow(cloud: Cloud, cluster: Resource) -> None:
    path = "brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"
    old, new = cloud.current(cluster)[path], cluster[path]
    if old and new and new < old:
        raise Refused(
            f"BadRequestException: The size of your EBS volume can only be increased: {old} GiB, {new} GiB asked for"
        )


@rule(CLUSTER, "before_update", source=f"{GUIDE}metadata-management.html")
def kraft_is_for_ever(cloud: Cloud, cluster: Resource) -> None:
    """MSK refuses a newer version of the other mode. For an older version the provider replaces the cluster instead."""
    old, new = str(cloud.current(cluster)["kafkaVersion"]), str(cluster["kafkaVersion"])
    if old.endswith(".kraft") != new.endswith(".kraft"):
        raise Refused(
            f"BadRequestException: Unsupported update from Apache Kafka version {old} to {new}: brokers stay with KRaft"
            " or ZooKeeper for life"
        )


@rule(
    CONFIGURATION,
    "before_delete",
    source="docs.aws.amazon.com/msk/1.0/apireference/configurations-arn.html",
)
def a_configuration_in_use_stays(cloud: Cloud, configuration: Resource) -> None:
    for cluster in cloud.all(CLUSTER, configurationInfo__arn=configuration.id):
        raise Refused(
            f"BadRequestException: Configuration is in use by one or more clusters. Dissociate it first: {cluster.name}"
        )
