"""Rules about MSK, which Milvus and AWS demand, except for encryption."""

import re
from collections.abc import Iterator, Sequence

from planning import versions
from policies.exposure import INGRESS
from policies.rule import UNKNOWN, Resource, at, items, on, rule, stack_rule

CLUSTER = "aws:msk/cluster:Cluster"
ASSOCIATION = "aws:msk/scramSecretAssociation:ScramSecretAssociation"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105, a type
PREFIX = "AmazonMSK_"
LEAST_RETENTION_HOURS = 168
LEAST_COPIES = 2


@rule(
    "kafka-authenticated",
    CLUSTER,
    why="Who reaches a broker without a login reads and writes every topic.",
    source="docs.aws.amazon.com/msk/latest/developerguide/msk-password.html",
    fix="clientAuthentication: sasl.scram true, unauthenticated false.",
)
def kafka_authenticated(resource: Resource) -> Iterator[str]:
    if at(resource.inputs, "clientAuthentication.unauthenticated") is True:
        yield "clients without a login are let in"
    if not on(at(resource.inputs, "clientAuthentication.sasl.scram")):
        yield "SASL/SCRAM is off, the only login that Milvus can use"


@rule(
    "kafka-version",
    CLUSTER,
    why="Milvus' Kafka client cannot log in to Kafka 4, and MSK never moves a cluster from ZooKeeper to KRaft.",
    source="milvus#52601, milvus#17981",
    fix=f"one of {', '.join(versions.KAFKA_VERSIONS)}.",
)
def kafka_version(resource: Resource) -> Iterator[str]:
    version = at(resource.inputs, "kafkaVersion")
    if version not in (*versions.KAFKA_VERSIONS, UNKNOWN):
        yield f"Kafka {version}"


@rule(
    "kafka-durable",
    "aws:msk/configuration:Configuration",
    why="MSK's defaults lose what Milvus still has to read, or make no topics for it.",
    source="milvus#45210 (retention), milvus#17981 (topics), "
    "kafka.apache.org/39/documentation.html#brokerconfigs_unclean.leader.election.enable",
    fix=f"auto.create.topics.enable=true, unclean.leader.election.enable=false, log.retention.hours at least "
    f"{LEAST_RETENTION_HOURS}, min.insync.replicas one less than default.replication.factor.",
)
def kafka_durable(resource: Resource) -> Iterator[str]:
    text = at(resource.inputs, "serverProperties")
    if text == UNKNOWN:
        return
    properties = dict(line.split("=", 1) for line in str(text).split("\n") if "=" in line)
    if properties.get("auto.create.topics.enable") != "true":
        yield "Milvus' topics would not be made"
    if properties.get("unclean.leader.election.enable") != "false":
        yield "a broker that missed records may become leader, which loses them"
    if any(key in properties for key in ("log.retention.ms", "log.retention.minutes", "log.retention.bytes")):
        yield "records expire by another measure than hours"
    if int(properties.get("log.retention.hours", "0")) < LEAST_RETENTION_HOURS:
        yield f"records expire after {properties.get('log.retention.hours', 'an unknown number of')} hours"
    if "default.replication.factor" in properties and int(properties["default.replication.factor"]) < LEAST_COPIES:
        yield "a message is on one broker alone"
    replicas, in_sync = (int(properties.get(key, "1")) for key in ("default.replication.factor", "min.insync.replicas"))
    if in_sync < max(1, replicas - 1):
        yield f"a write counts with {in_sync} of {replicas} replicas"
    if in_sync >= replicas > 1:
        yield f"a write needs all {replicas} replicas: none succeeds while AWS patches a broker"


@rule(
    "kafka-storage-target",
    "aws:appautoscaling/policy:Policy",
    why="MSK's volumes grow and never shrink: early growth is paid for ever, late growth comes after the disk is full.",
    source="docs.aws.amazon.com/msk/latest/developerguide/msk-autoexpand.html",
    fix="targetValue 50 to 60, as AWS advises, and disableScaleIn, as volumes can't shrink.",
)
def kafka_storage_target(resource: Resource) -> Iterator[str]:
    tracking = at(resource.inputs, "targetTrackingScalingPolicyConfiguration")
    metric = at(tracking, "predefinedMetricSpecification.predefinedMetricType")
    target = at(tracking, "targetValue")
    if metric == "KafkaBrokerStorageUtilization" and target != UNKNOWN and not 50 <= float(target or 0) <= 60:
        yield f"volumes grow when they are {target} % full"


@stack_rule(
    "kafka-metrics-served",
    INGRESS,
    why="An open port without an exporter is a gap in the dashboards; one that nobody asked for is a way in.",
    source="docs.aws.amazon.com/msk/latest/developerguide/open-monitoring.html",
    fix="openMonitoring's exporters on, and their ports 11001 and 11002 open, together (kafka.openMonitoring).",
)
def kafka_metrics_served(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    clusters = [each for each in resources if each.type == CLUSTER]
    for port, exporter in ((11001, "jmxExporter"), (11002, "nodeExporter")):
        path = f"openMonitoring.prometheus.{exporter}.enabledInBroker"
        served = any(on(at(each.inputs, path)) for each in clusters)
        for each in resources:
            if clusters and not served and each.type == INGRESS and at(each.inputs, "fromPort") == port:
                yield each, f"port {port} is open, and no {exporter} answers"


@rule(
    "kafka-secrets",
    SECRET,
    ASSOCIATION,
    why="MSK takes only secrets that are named AmazonMSK_* and encrypted by a customer's key.",
    source="docs.aws.amazon.com/msk/latest/developerguide/msk-password-tutorial.html",
    fix="namePrefix AmazonMSK_..., kmsKeyId of a key of the stack.",
)
def kafka_secrets(resource: Resource) -> Iterator[str]:
    if resource.type == ASSOCIATION:
        for arn in items(at(resource.inputs, "secretArnLists")):
            if re.match(r"arn:.*:secret:", str(arn)) and f":secret:{PREFIX}" not in str(arn):
                yield f"secret {str(arn).rpartition(':')[2]} is not named {PREFIX}*"
        return
    names = {str(at(resource.inputs, key)) for key in ("name", "namePrefix")}
    if any(name.startswith(PREFIX) for name in names) and not at(resource.inputs, "kmsKeyId"):
        yield "encrypted by AWS' default key, which MSK refuses"


@stack_rule(
    "one-scram-owner",
    ASSOCIATION,
    why="An association is the whole list of a cluster's users: the second overwrites the first.",
    source="hashicorp/terraform-provider-aws#16791",
    fix="one ScramSecretAssociation with all secrets (components/kafka/kafka.py).",
)
def one_scram_owner(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    clusters = {each.urn for each in resources if each.type == CLUSTER}
    seen: set[str] = set()
    for each in resources:
        if each.type == ASSOCIATION:
            mine = each.depends_on & clusters
            if mine & seen:
                yield each, "another association of the same cluster exists"
            seen |= mine


RULES = (
    kafka_authenticated,
    kafka_version,
    kafka_durable,
    kafka_storage_target,
    kafka_metrics_served,
    kafka_secrets,
    one_scram_owner,
)
