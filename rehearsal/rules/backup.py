"""Rules of backups: what milvus-backup, the uploads of etcd's snapshots and whoever watches and deletes them need.

Left out: whether a backup holds what it should, which only a restore shows.
"""

import json
from collections.abc import Iterator
from typing import Any

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource, dig, parts
from rehearsal.published.regions import dns_suffix
from rehearsal.rules import milvus, s3
from rehearsal.rules.eks import issuer_of
from rehearsal.rules.iam import cannot_take, may, role_of
from rehearsal.rules.kubernetes import CRON_JOB, RELEASE
from rehearsal.rules.network_policies import kept_out, pod
from rehearsal.rules.pods import CONFIG_MAP, SERVICE_ACCOUNT, containers, pod_spec, template

TOOL = "github.com/zilliztech/milvus-backup, internal/cfg/v2 and internal/storage"
READING, WRITING = ("s3:GetObject",), ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload")
CALLS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "create": (READING, WRITING),
    "upload": ((), ("s3:PutObject",)),
    "watch": ((), READING),
    "prune": ((), ("s3:GetObject", "s3:DeleteObject")),
}
"""Calls on objects of Milvus' bucket, and of that of the backups, by the word in a container's command."""


def _words(job: Resource) -> set[str]:
    return {str(word) for each in containers(job) for word in each.get("command") or ()}


def configuration(cloud: Cloud, job: Resource) -> dict[str, Any]:
    """The configuration of milvus-backup in a pod's volumes; empty if there is none."""
    namespace = job.id.split("/")[0]
    for volume in pod_spec(job).get("volumes") or ():
        found = cloud.get(CONFIG_MAP, f"{namespace}/{dig(volume, 'configMap.name')}")
        if found and (text := dig(found.inputs, "data")) and "backup.yaml" in text:
            return json.loads(text["backup.yaml"])
    return {}


def _buckets(cloud: Cloud, job: Resource) -> tuple[str, str]:
    """Names of Milvus' bucket and of that of the backups, as the pod is told."""
    if given := configuration(cloud, job):
        own = str(dig(given, "milvus.storage.bucketName"))
        return own, str(dig(given, "backup.storage.bucketName") or own)
    environment = {each["name"]: each.get("value") for one in containers(job) for each in one.get("env") or ()}
    return str(environment.get("DATA_BUCKET")), str(environment.get("BACKUP_BUCKET"))


@rule(CRON_JOB, "ready", source=TOOL)
def a_backup_has_a_bucket_of_its_own(cloud: Cloud, job: Resource) -> None:
    """milvus-backup makes a bucket that it does not find, unprotected, and ends with 0."""
    if not _words(job) & CALLS.keys():
        return
    data, backups = _buckets(cloud, job)
    if data == backups:
        raise Refused(f"{job.id}: backups in {data}: Milvus' garbage collector, and its loss, take them along")
    for name in (data, backups):
        cloud.need(job, s3.BUCKET, name, f"{job.id}: there is no bucket {name}")
    cloud.relies(job, s3.versioned(cloud, backups, "keep what is deleted by mistake"), "a deleted backup can come back")


@rule(CRON_JOB, "ready", source="docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html")
def a_backups_role_allows_what_it_does(cloud: Cloud, job: Resource) -> None:
    words = _words(job) & CALLS.keys()
    release = next(iter(cloud.all(RELEASE, chart="milvus")), None)
    if not words or release is None:
        return
    namespace, name = job.id.split("/")[0], pod_spec(job).get("serviceAccountName")
    account = cloud.get(SERVICE_ACCOUNT, f"{namespace}/{name}")
    arn = parts(dig(account.inputs, "metadata.annotations") if account else {}).get("eks.amazonaws.com/role-arn")
    if reason := cannot_take(cloud, job, arn, issuer_of(cloud, release), namespace, str(name)):
        raise Refused(f"{job.id}: {reason}")
    role = role_of(cloud, arn)
    for action, on, context in _calls(cloud, job, next(iter(words))):
        if role and not may(cloud, job, role, action, on, context):
            raise Refused(f"{job.id}: AccessDenied: {role.name} is not authorized to perform: {action} on {on}")


def _calls(cloud: Cloud, job: Resource, word: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each action of a pod, the resource that it is on, and the context that IAM sees."""
    given = configuration(cloud, job)
    for name, actions in zip(_buckets(cloud, job), CALLS[word], strict=True):
        bucket = cloud.get(s3.BUCKET, name)
        if bucket is None or not actions:
            continue
        if word != "upload":
            yield "s3:ListBucket", str(bucket["arn"]), {}
        folder = dig(given, "milvus.storage.rootPath") if name == dig(given, "milvus.storage.bucketName") else "backup"
        yield from ((action, f"{bucket['arn']}/{folder}/1", {}) for action in actions)
        through = {"kms:ViaService": f"s3.{bucket.region}.{dns_suffix(bucket.region)}"}
        for encryption in cloud.all(s3.ENCRYPTION, bucket=name):
            for each in encryption["rules"] or ():
                if key := parts(each.get("applyServerSideEncryptionByDefault")).get("kmsMasterKeyId"):
                    yield "kms:Decrypt", str(key), through
                    if "s3:PutObject" in actions:
                        yield "kms:GenerateDataKey", str(key), through
    if word == "watch":
        yield "cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "milvus-on-aws"}


@rule(CRON_JOB, "ready", source=TOOL)
def a_backup_reaches_milvus_and_pauses_its_garbage_collector(cloud: Cloud, job: Resource) -> None:
    """With another address than a proxy's the tool goes on, with a warning, while objects are deleted beneath it."""
    given = configuration(cloud, job)
    if "create" not in _words(job):
        return
    releases = {milvus.service(each): each for each in cloud.all(RELEASE, chart="milvus")}
    address, storage = dig(given, "milvus.grpc.address"), parts(dig(given, "milvus.storage"))
    release = releases.get(str(address))
    if release is None:
        raise Refused(f"{job.id}: connect to milvus failed: no Milvus answers at {address}")
    if not dig(given, "backup.pauseGC") or dig(given, "milvus.management.endpoint") != f"http://{address}:9091":
        raise Refused(f"{job.id}: Pause Gc Warn: the garbage collector deletes what is being copied")
    if storage.get("rootPath") != milvus.values(release, "externalS3.rootPath"):
        raise Refused(f"{job.id}: root path is empty: {storage.get('rootPath')} is not where Milvus writes")
    if pod_spec(job).get("enableServiceLinks") is not False:
        raise Refused(f"{job.id}: panic: MILVUS_PORT is tcp://..., by which Kubernetes tells of the Service milvus")
    namespace = job.id.split("/")[0]
    itself = [pod(cloud, namespace, parts(dig(template(job), "metadata.labels")))]
    for port in (milvus.PORT, milvus.MANAGEMENT_PORT):
        if kept_out(cloud, job, namespace, milvus.front(release), port, pods=itself):
            raise Refused(f"{job.id}: i/o timeout: no NetworkPolicy admits this pod on {port}")


@rule(CRON_JOB, "ready", source="etcd.io/docs/v3.5/op-guide/recovery/#snapshotting-the-keyspace")
def a_snapshot_reaches_etcd(cloud: Cloud, job: Resource) -> None:
    if "etcdctl" not in _words(job):
        return
    namespace = job.id.split("/")[0]
    itself = [pod(cloud, namespace, parts(dig(template(job), "metadata.labels")))]
    for release in cloud.all(RELEASE, chart="milvus"):
        told = {str(each.get("value")) for one in containers(job) for each in one.get("env") or ()}
        if f"http://{milvus.service(release)}-etcd:2379" not in told:
            raise Refused(f"{job.id}: context deadline exceeded: etcdctl is not told where etcd is")
        if kept_out(cloud, job, namespace, milvus.labels(release, "etcd"), milvus.ETCD_PORTS[0], pods=itself):
            raise Refused(f"{job.id}: context deadline exceeded: no NetworkPolicy admits this pod to etcd")
