"""Rules about data that must survive mistakes, and about logs and tags that help to find them."""

import json
from collections.abc import Iterator, Sequence

from policies.releases import RELEASE, is_milvus
from policies.rule import (
    LOOSER_IN_DEVELOPMENT,
    PRODUCTION_ONLY,
    UNKNOWN,
    Resource,
    at,
    items,
    off,
    on,
    rule,
    stack_rule,
)

LOG_DAYS_IN_PRODUCTION = 90
"""PCI DSS 10.5.1 demands three months of logs at hand. It is also our own default (TIER_DEFAULTS in settings/)."""
DAYS_OF_GRACE = 30
NEEDED_LOGS = frozenset({"api", "audit", "authenticator"})

KEY_WITHOUT_STATE = "Messages of alarms"
"""Description of the key that encrypts messages on their way (components/observability/topics.py)."""
KEPT_IN, GENERATED_BY = "aws:secretsmanager/secret:Secret", "random:index/randomPassword:RandomPassword"
"""Types of the two places where a password is."""
STATEFUL = (
    "aws:s3/bucket:Bucket",
    "aws:kms/key:Key",
    "aws:msk/cluster:Cluster",
    "aws:eks/cluster:Cluster",
    KEPT_IN,
    "kubernetes:core/v1:Namespace",
    RELEASE,
)


@rule(
    "protected-state",
    *STATEFUL,
    why="What holds data must refuse to be deleted or replaced by a mistake.",
    source="www.pulumi.com/docs/iac/concepts/resources/options/protect; pulumi#7033",
    fix="protect: true in the stack's settings (the default of tier production).",
    levels=PRODUCTION_ONLY,
)
def protected_state(resource: Resource) -> Iterator[str]:
    if resource.type == RELEASE and not is_milvus(resource):
        return
    if resource.type == "aws:kms/key:Key" and at(resource.inputs, "description") in (KEY_WITHOUT_STATE, UNKNOWN):
        return
    if not resource.protect and not is_kafka_user(resource):
        yield "is not protected"
    if resource.type == "aws:eks/cluster:Cluster" and not on(at(resource.inputs, "deletionProtection")):
        yield "EKS itself would let it be deleted"
    if resource.type == "aws:s3/bucket:Bucket" and not off(at(resource.inputs, "forceDestroy")):
        yield "a destroy would delete its objects, too"
    if resource.type == KEPT_IN and at(resource.inputs, "recoveryWindowInDays") == 0:
        yield "once deleted it cannot be brought back"


def is_kafka_user(resource: Resource) -> bool:
    """Whether a secret is that of a user of Kafka, whose name MSK demands to begin so."""
    prefix = at(resource.inputs, "namePrefix")
    return resource.type == KEPT_IN and (prefix == UNKNOWN or str(prefix).startswith("AmazonMSK_"))


@stack_rule(
    "protected-passwords",
    KEPT_IN,
    GENERATED_BY,
    why="A password made anew locks out whoever uses the old one; the user that a rotation has left must be deletable.",
    source="docs/operations.md#change-kafkas-password-without-a-gap",
    fix="protect: true in the stack's settings (the default of tier production).",
    levels=PRODUCTION_ONLY,
)
def protected_passwords(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Of Kafka's users one must be protected; which one Milvus logs in as is its own affair (components/kafka)."""
    users = [each for each in resources if is_kafka_user(each)]
    former = {urn for user in users if not user.protect for urn in user.depends_on}
    for password in resources:
        if password.type == GENERATED_BY and not password.protect and password.urn not in former:
            yield password, "is not protected"
    if not any(user.protect for user in users):
        for user in users:
            yield user, "is not protected, nor is any other user of Kafka"


@rule(
    "volumes-kept",
    "kubernetes:storage.k8s.io/v1:StorageClass",
    RELEASE,
    why="etcd's volumes are the only place where Milvus' metadata is; without them the objects in S3 mean nothing.",
    source="kubernetes.io/docs/concepts/storage/persistent-volumes/#retain; milvus-helm#212",
    fix="cluster.keepVolumes: true (the default of tier production).",
    levels=PRODUCTION_ONLY,
)
def volumes_kept(resource: Resource) -> Iterator[str]:
    if resource.type == "kubernetes:storage.k8s.io/v1:StorageClass":
        if at(resource.inputs, "reclaimPolicy") not in ("Retain", UNKNOWN):
            yield "a deleted claim deletes its disk"
    elif is_milvus(resource):
        if not on(at(resource.inputs, "values.etcd.persistence.enabled")):
            yield "etcd has no volumes: a restart of its pods forgets everything"
        kept = at(resource.inputs, "values.etcd.persistentVolumeClaimRetentionPolicy.whenDeleted")
        if kept not in ("Retain", UNKNOWN):
            yield "etcd's claims are deleted with the release"


@rule(
    "bucket-keeps-data",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    why="Milvus knows which of its objects are needed; a rule by age does not, and archives it can't read.",
    source="docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html; milvus#48902",
    fix="only noncurrent versions, delete markers and broken uploads may expire"
    " (components/identity/bucket_settings.py).",
)
def bucket_keeps_data(resource: Resource) -> Iterator[str]:
    for each in items(at(resource.inputs, "rules")):
        if at(each, "status") == "Disabled":
            continue
        if at(each, "expiration.days") or at(each, "expiration.date"):
            yield f"rule {at(each, 'id')} deletes objects by age"
        if items(at(each, "transitions")):
            yield f"rule {at(each, 'id')} moves objects into another storage class"


@rule(
    "key-grace",
    "aws:kms/key:Key",
    why="What a deleted key encrypted is lost at the end of its days of grace: the last chance to notice.",
    source="docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html#deleting-keys-how-it-works",
    fix=f"deletionWindowInDays: {DAYS_OF_GRACE}, AWS' default and maximum.",
    levels=PRODUCTION_ONLY,
)
def key_grace(resource: Resource) -> Iterator[str]:
    days = at(resource.inputs, "deletionWindowInDays")
    if days != UNKNOWN and (days or DAYS_OF_GRACE) < DAYS_OF_GRACE:
        yield f"is gone {days:g} days after its deletion"
    if at(resource.inputs, "isEnabled") is False:
        yield "is disabled: what it encrypts can't be read"


@rule(
    "etcd-volumes-stay",
    RELEASE,
    why="An etcd that had fewer members for an hour, by mistake or in a repair, finds none of its data again.",
    source="kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention",
    fix="etcd.persistentVolumeClaimRetentionPolicy.whenScaled: Retain.",
)
def etcd_volumes_stay(resource: Resource) -> Iterator[str]:
    kept = at(resource.inputs, "values.etcd.persistentVolumeClaimRetentionPolicy.whenScaled")
    if is_milvus(resource) and kept not in (None, "Retain", UNKNOWN):
        yield f"volumes of members that are scaled away: {kept}"


@rule(
    "log-retention",
    "aws:cloudwatch/logGroup:LogGroup",
    why="Without a limit logs are kept, and paid, for ever.",
    source="docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    fix="retentionInDays (logDays, flowLogDays in the settings).",
)
def log_retention(resource: Resource) -> Iterator[str]:
    if at(resource.inputs, "retentionInDays") in (None, 0):
        yield "logs are kept for ever"


@rule(
    "log-retention-in-production",
    "aws:cloudwatch/logGroup:LogGroup",
    why="A break-in is often found months later.",
    source="PCI DSS v4.0, 10.5.1",
    fix=f"retentionInDays of at least {LOG_DAYS_IN_PRODUCTION}.",
    levels=PRODUCTION_ONLY,
)
def log_retention_in_production(resource: Resource) -> Iterator[str]:
    days = at(resource.inputs, "retentionInDays")
    if isinstance(days, int | float) and 0 < days < LOG_DAYS_IN_PRODUCTION:
        yield f"logs are kept for {days:g} days only"


@rule(
    "cluster-logs",
    "aws:eks/cluster:Cluster",
    why="Who did what in the cluster is written nowhere else.",
    source="docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html",
    fix=f"enabledClusterLogTypes with {', '.join(sorted(NEEDED_LOGS))}.",
    levels=LOOSER_IN_DEVELOPMENT,
)
def cluster_logs(resource: Resource) -> Iterator[str]:
    types = at(resource.inputs, "enabledClusterLogTypes")
    if types != UNKNOWN and (missing := NEEDED_LOGS - set(items(types))):
        yield f"no {', '.join(sorted(missing))} log"


@rule(
    "tagged",
    "pulumi:providers:aws",
    "aws:ec2/launchTemplate:LaunchTemplate",
    why="Untagged, nobody knows whose it is, what it costs, or whether it may go.",
    source="docs.aws.amazon.com/whitepapers/latest/tagging-best-practices",
    fix="every AWS resource by the stack's provider with its default tags; machines and volumes by tagSpecifications.",
)
def tagged(resource: Resource) -> Iterator[str]:
    if resource.type == "pulumi:providers:aws":
        tags = at(resource.inputs, "defaultTags")
        # Inputs of a provider that are no text arrive as JSON.
        tags = json.loads(tags) if isinstance(tags, str) and tags != UNKNOWN else tags
        if at(tags, "tags") != UNKNOWN and (missing := {"project", "stack"} - set(at(tags, "tags") or ())):
            yield f"resources of this provider have no tag {', '.join(sorted(missing))}"
        return
    specifications = at(resource.inputs, "tagSpecifications")
    if specifications == UNKNOWN:
        return
    specified = {at(each, "resourceType"): at(each, "tags") for each in items(specifications)}
    for kind in ("instance", "volume"):
        if specified.get(kind) != UNKNOWN and {"project", "stack"} - set(specified.get(kind) or ()):
            yield f"its {kind}s have no tags project and stack"


RULES = (
    protected_state,
    protected_passwords,
    volumes_kept,
    bucket_keeps_data,
    key_grace,
    etcd_volumes_stay,
    log_retention,
    log_retention_in_production,
    cluster_logs,
    tagged,
)
