"""Rules of Milvus' write-ahead log: which one the chart's values choose, and what Woodpecker needs of the bucket."""

from collections.abc import Iterator

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.permissions import denied
from rehearsal.cloud.resource import Resource, parts
from rehearsal.rules import s3
from rehearsal.rules.iam import may, role_of
from rehearsal.rules.kubernetes import RELEASE
from rehearsal.rules.milvus import is_milvus, never, values

TEMPLATE = "github.com/zilliztech/milvus-helm, charts/milvus/templates/config.tpl"
BUILDER = "github.com/milvus-io/milvus, pkg/streaming/walimpls/impls/wp/builder.go"
ON_LOG = ("s3:PutObject", "s3:GetObject", "s3:DeleteObject")
"""What Woodpecker does to its objects; at its start it tries whether a second write with If-None-Match is refused."""


def message_queues(release: Resource) -> Iterator[str]:
    """Each message queue that the chart writes into Milvus' configuration, under one and the same key."""
    for name in ("externalPulsar", "pulsar", "woodpecker", "pulsarv3"):
        if values(release, f"{name}.enabled") or (name == "pulsarv3" and values(release, "pulsarv3.enabled") is None):
            yield "woodpecker" if name == "woodpecker" else "pulsar"
            break
    if values(release, "externalKafka.enabled") or values(release, "kafka.enabled"):
        yield "kafka"
    own = values(release, "standalone.messageQueue") or "woodpecker"
    if not values(release, "cluster.enabled") and own in ("rocksmq", "natsmq", "woodpecker"):
        yield own


@rule(RELEASE, "ready", source=TEMPLATE)
def milvus_has_a_log(cloud: Cloud, release: Resource) -> None:
    if not is_milvus(release):
        return
    chosen = list(message_queues(release))
    if len(chosen) > 1:
        raise never(release, f"its configuration has the key mq more than once: {', '.join(chosen)}")
    if chosen not in (["kafka"], ["woodpecker"]):
        raise never(release, f"no message queue answers: its values choose {', '.join(chosen) or 'none'}")


def _keeps_its_log_in(cloud: Cloud, release: Resource) -> Resource | None:
    """The bucket with a release's log; None if the log is elsewhere."""
    if not is_milvus(release) or list(message_queues(release)) != ["woodpecker"]:
        return None
    return cloud.get(s3.BUCKET, values(release, "externalS3.bucketName"))


@rule(RELEASE, "ready", source=f"{TEMPLATE}; charts/milvus/values.yaml: streaming.woodpecker.storage")
def woodpecker_writes_to_the_bucket(cloud: Cloud, release: Resource) -> None:
    """On a pod's own disk, the log would be gone with the pod."""
    if _keeps_its_log_in(cloud, release) is None:
        return
    storage = values(release, "streaming.woodpecker.storage.type") or "minio"
    if storage != "minio":
        raise Refused(f"release {release.id}: Woodpecker's storage is {storage}: its log is lost with its pod")


@rule(RELEASE, "ready", source=BUILDER)
def woodpecker_may_use_its_part_of_the_bucket(cloud: Cloud, release: Resource) -> None:
    bucket = _keeps_its_log_in(cloud, release)
    role = role_of(cloud, parts(values(release, "serviceAccount.annotations")).get("eks.amazonaws.com/role-arn"))
    if bucket is None or role is None:
        return
    log = f"{bucket['arn']}/{values(release, 'externalS3.rootPath')}/wp/1"
    secure = {"aws:SecureTransport": "true" if values(release, "externalS3.useSSL") else "false"}
    for action in ON_LOG:
        forbidden = any(
            denied(str(policy["policy"]), action, log, secure) for policy in cloud.all(s3.POLICY, bucket=bucket.id)
        )
        if forbidden or not may(cloud, release, role, action, log):
            raise never(
                release, f"panic: CheckIfConditionWriteSupport failed: AccessDenied: {role.name}: {action} on {log}"
            )


@rule(RELEASE, "ready", source="github.com/zilliztech/woodpecker, docs: segments are deleted once they are truncated")
def nothing_else_deletes_the_log(cloud: Cloud, release: Resource) -> None:
    """A lifecycle rule counts days, and Milvus reads what it has not stored, however old that is."""
    bucket = _keeps_its_log_in(cloud, release)
    if bucket is None:
        return
    log = f"{values(release, 'externalS3.rootPath')}/wp/"
    for lifecycle in cloud.all(s3.LIFECYCLE, bucket=bucket.id):
        for each in lifecycle["rules"] or ():
            prefix = str(parts(each.get("filter")).get("prefix") or "")
            expires = parts(each.get("expiration"))
            if (expires.get("days") or expires.get("date")) and log.startswith(prefix):
                raise Refused(
                    f"release {release.id}: {lifecycle.name} deletes objects of the log below {log}: Milvus does not"
                    " start again once one is gone that it has not stored"
                )
