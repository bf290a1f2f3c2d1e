"""Rules about money and traces: what costs more than anybody looks at, and what nobody could look at later.

Left out: what a stack costs altogether (operations/review/price.py compares it).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from policies.kafka import CLUSTER as MSK
from policies.rule import (
    ADVISORY,
    LOOSER_IN_DEVELOPMENT,
    UNKNOWN,
    Resource,
    at,
    items,
    on,
    rule,
    stack_rule,
)

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
BUCKET = "aws:s3/bucket:Bucket"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LONGEST_UPLOAD_DAYS = 30
BROKER_LOGS = ("cloudwatchLogs", "s3", "firehose")


@rule(
    "flow-log-of-the-refused",
    FLOW_LOG,
    why="All connections of a vector database are gigabytes a day at 0.50 USD each; the refused ones show an attack.",
    source="aws.amazon.com/cloudwatch/pricing (vended logs); docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html",
    fix="network.flowLogs: rejected (the default); `all` is right while something is looked for.",
    levels=ADVISORY,
)
def flow_log_of_the_refused(resource: Resource) -> Iterator[str]:
    if (kind := at(resource.inputs, "trafficType")) not in ("REJECT", UNKNOWN):
        yield f"logs {'all' if kind == 'ALL' else 'accepted'} connections"


@rule(
    "broker-logs",
    MSK,
    why="Why a broker refused Milvus, or lost its leader, is written nowhere else.",
    source="docs.aws.amazon.com/msk/latest/developerguide/msk-logging.html",
    fix="loggingInfo.brokerLogs.cloudwatchLogs: enabled true, with a log group.",
    levels=LOOSER_IN_DEVELOPMENT,
)
def broker_logs(resource: Resource) -> Iterator[str]:
    logs = at(resource.inputs, "loggingInfo.brokerLogs")
    kept = [at(logs, kind) for kind in BROKER_LOGS]
    if logs != UNKNOWN and not any(each == UNKNOWN or on(at(each, "enabled")) for each in kept if each is not None):
        yield "its brokers' logs go nowhere"


@rule(
    "standard-support",
    "aws:eks/cluster:Cluster",
    why="When its version's standard support ends, the control plane costs six times as much, without a word.",
    source="docs.aws.amazon.com/eks/latest/userguide/view-support-type.html; aws.amazon.com/eks/pricing",
    fix="upgradePolicy.supportType: STANDARD.",
)
def standard_support(resource: Resource) -> Iterator[str]:
    if at(resource.inputs, "upgradePolicy.supportType") not in ("STANDARD", UNKNOWN):
        yield "goes over to extended support by itself"


@rule(
    "versions-kept",
    VERSIONING,
    why="A suspended bucket overwrites and deletes for good, and goes on paying for the versions it has.",
    source="docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
    fix="status Enabled; no versions at all is bucket.keepDeletedDays: 0, without this resource.",
)
def versions_kept(resource: Resource) -> Iterator[str]:
    if (status := at(resource.inputs, "versioningConfiguration.status")) not in ("Enabled", UNKNOWN):
        yield f"versioning is {status}"


@stack_rule(
    "versions-expire",
    VERSIONING,
    LIFECYCLE,
    why="Milvus compacts for ever: every segment that it ever merged would stay, and be paid for.",
    source="docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-versioning.html; milvus#48902",
    fix="a lifecycle rule with noncurrentVersionExpiration and abortIncompleteMultipartUpload, over the whole bucket.",
)
def versions_expire(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    lifecycles = [each for each in resources if each.type == LIFECYCLE]
    if any(at(each.inputs, "rules") == UNKNOWN for each in lifecycles):
        return
    for each in lifecycles:
        if not any(at(rule, "abortIncompleteMultipartUpload.daysAfterInitiation") for rule in _active(each)):
            yield each, "parts of uploads that broke off stay for ever"
    buckets = {each.urn for each in resources if each.type == BUCKET}
    for each in resources:
        if each.type != VERSIONING:
            continue
        of_bucket = {each.urn} | each.depends_on & buckets
        theirs = [rule for other in lifecycles if other.depends_on & of_bucket for rule in _active(other)]
        if not any(at(rule, "noncurrentVersionExpiration.noncurrentDays") for rule in theirs):
            yield each, "what was overwritten or deleted stays for ever"


def _active(lifecycle: Resource) -> list[Any]:
    """Its rules that are on, and about the whole bucket."""
    return [
        rule
        for rule in items(at(lifecycle.inputs, "rules"))
        if at(rule, "status") in ("Enabled", UNKNOWN) and not at(rule, "filter.prefix") and not at(rule, "filter.tag")
    ]


@rule(
    "flow-log-interval",
    FLOW_LOG,
    why="Records for each minute instead of each ten are up to ten times as many, each paid by its size.",
    source="docs.aws.amazon.com/vpc/latest/userguide/flow-logs-basics.html#flow-logs-aggregration-interval",
    fix="maxAggregationInterval: 600.",
)
def flow_log_interval(resource: Resource) -> Iterator[str]:
    if (seconds := at(resource.inputs, "maxAggregationInterval")) not in (None, 600, UNKNOWN):
        yield f"a record for each {seconds} seconds"


@rule(
    "broker-metrics",
    MSK,
    why="Metrics beyond DEFAULT are paid one by one, about 45 a broker, and no alarm reads them.",
    source="docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html; aws.amazon.com/cloudwatch/pricing",
    fix="enhancedMonitoring: DEFAULT; more by open monitoring, which is free.",
)
def broker_metrics(resource: Resource) -> Iterator[str]:
    if (level := at(resource.inputs, "enhancedMonitoring")) not in ("DEFAULT", None, UNKNOWN):
        yield f"metrics are {level}, which are paid for"


@rule(
    "bucket-keys",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    why="Without a bucket key each read and write of each segment is a paid request to KMS, which is limited, too.",
    source="docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
    fix="bucketKeyEnabled: true.",
)
def bucket_keys(resource: Resource) -> Iterator[str]:
    for each in items(at(resource.inputs, "rules")):
        by_kms = at(each, "applyServerSideEncryptionByDefault.sseAlgorithm") == "aws:kms"
        if by_kms and not on(at(each, "bucketKeyEnabled")):
            yield "every object is a request to KMS"


@rule(
    "uploads-end",
    LIFECYCLE,
    why="Parts of uploads that broke off are paid like objects, and no listing shows them.",
    source="docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html",
    fix=f"daysAfterInitiation of at most {LONGEST_UPLOAD_DAYS}.",
)
def uploads_end(resource: Resource) -> Iterator[str]:
    for each in items(at(resource.inputs, "rules")):
        days = at(each, "abortIncompleteMultipartUpload.daysAfterInitiation")
        if isinstance(days, int | float) and days > LONGEST_UPLOAD_DAYS:
            yield f"parts of uploads that broke off stay for {days:g} days"


RULES = (
    flow_log_of_the_refused,
    flow_log_interval,
    broker_logs,
    broker_metrics,
    bucket_keys,
    standard_support,
    uploads_end,
    versions_kept,
    versions_expire,
)
