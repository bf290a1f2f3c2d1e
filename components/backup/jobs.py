"""The CronJobs of backups: milvus-backup itself, etcd's snapshots, and what watches and deletes both.

Times are in UTC. A run that is late by more than an hour is left out, because the next one is as good.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.core import v1 as core

from components.backup import bucket_script, content_script, night_script
from components.pods import aws_script
from components.pods.scripts import FOLDER, Scripts
from components.pods.security import restricted
from planning import images
from planning.chart.names import ETCD_CLIENT_PORT, MANAGEMENT_PORT, MILVUS_PORT
from planning.regions import DNS_SUFFIX
from planning.signals.signal import NAMESPACE

BACKUP_LABELS = {"milvus-on-aws/access": "backup"}
"""Label of the pods that may reach the proxies on ports 19530 and 9091 (backup.py)."""
SNAPSHOT_LABELS = {"milvus-on-aws/access": "etcd-snapshot"}
"""Label of the pods that may reach etcd."""
CARE = Scripts(bucket_script, aws_script)
NIGHT = Scripts(night_script, content_script, bucket_script, aws_script)
"""It has every file, also that of CARE."""
WATCH_SCHEDULE, PRUNE_SCHEDULE, ETCD_SCHEDULE = "17 * * * *", "23 5 * * *", "41 */6 * * *"
"""Once an hour, because alarms expect a value every hour; every night; and every six hours."""
LATE_SECONDS = 3600
SHORT_SECONDS = 1800
"""Time limit of everything but a backup."""


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """Everything that the CronJobs need."""

    namespace: pulumi.Input[str]
    proof: pulumi.Input[str]
    """Name of the proof that Milvus answers: no run begins before there is something to back up."""
    registry: str
    region: str
    stack: str
    """Value of the metrics' dimension `Stack`."""
    service: pulumi.Input[str]
    """Name of the Service that answers for Milvus."""
    etcd_service: str
    root_secret: pulumi.Input[str]
    """Kubernetes Secret that holds root's `password`."""
    data_bucket: pulumi.Input[str]
    data_prefix: str
    backup_bucket: pulumi.Input[str]
    backup_account: pulumi.Input[str]
    """Service account that takes the role of backups."""
    restore_account: pulumi.Input[str]
    """Service account that takes the role of restores, which may also delete backups."""
    schedule: str
    deadline_seconds: int
    """Time limit of a backup."""
    keep_days: int


def cron_jobs(name: str, args: Jobs, opts: pulumi.ResourceOptions) -> batch.CronJob:
    """Creates all CronJobs, and returns the one that publishes metrics."""
    config = core.ConfigMap(
        f"{name}-config",
        metadata={"namespace": args.namespace},
        data={
            # JSON is YAML, too.
            "backup.yaml": pulumi.Output.all(args.service, args.data_bucket, args.backup_bucket).apply(
                lambda known: json.dumps(configuration(*known, prefix=args.data_prefix, region=args.region), indent=1)
            )
        },
        opts=opts,
    )
    program = core.ConfigMap(
        f"{name}-program",
        metadata={"namespace": args.namespace},
        data=NIGHT.texts,
        opts=opts,
    )
    region: core.EnvVarArgsDict = {"name": "AWS_REGION", "value": args.region}
    """By it STS is asked in the region, where alone private endpoints reach it."""
    password: core.SecretKeySelectorArgsDict = {"name": args.root_secret, "key": "password"}
    scratch: core.VolumeArgsDict = {"name": "scratch", "empty_dir": {"size_limit": "5Gi"}}  # etcd holds 4 GiB at most
    scratch_mount: core.VolumeMountArgsDict = {"name": "scratch", "mount_path": "/scratch"}
    given: Sequence[core.EnvVarArgsDict] = [
        region,
        {"name": "DNS_SUFFIX", "value": DNS_SUFFIX},
        {"name": "BACKUP_BUCKET", "value": args.backup_bucket},
        {"name": "DATA_BUCKET", "value": args.data_bucket},
        {"name": "METRICS_NAMESPACE", "value": NAMESPACE},
        {"name": "STACK", "value": args.stack},
        {"name": "KEEP_DAYS", "value": str(args.keep_days)},
    ]
    code: core.VolumeArgsDict = {
        "name": "program",
        "config_map": {"name": program.metadata.name, "items": NIGHT.items},
    }

    def script(scripts: Scripts, *arguments: str, more: Sequence[core.EnvVarArgsDict] = ()) -> core.ContainerArgsDict:
        return {
            "name": arguments[0],
            "image": images.PROBE.reference(args.registry),
            "command": scripts.command(*arguments),
            "working_dir": FOLDER,
            "env": [*given, *more],
            "volume_mounts": [{"name": "program", "mount_path": FOLDER, "read_only": True}, scratch_mount],
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        }

    login: core.EnvVarArgsDict = {"name": "MILVUS_PASSWORD", "value_from": {"secret_key_ref": password}}
    reader: Sequence[core.EnvVarArgsDict] = [
        login,
        {"name": "MILVUS_URL", "value": pulumi.Output.concat("http://", args.service, f":{MILVUS_PORT}")},
    ]
    backup: core.ContainerArgsDict = {
        "name": "milvus-backup",
        "image": images.BACKUP.reference(args.registry),
        # The image's own command is a server without a login.
        "command": ["/app/milvus-backup", "create", "--rbac", "--config", "/config/backup.yaml"],
        "env": [region, login],
        "volume_mounts": [{"name": "config", "mount_path": "/config", "read_only": True}, scratch_mount],
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
    }
    _cron_job(
        name,
        args,
        schedule=args.schedule,
        account=args.backup_account,
        labels=BACKUP_LABELS,
        deadline_seconds=args.deadline_seconds,
        # Init containers run one after the other.
        init_containers=[script(NIGHT, "measure", "/scratch", more=reader), backup],
        containers=[script(NIGHT, "seal", "/scratch", more=reader)],
        volumes=[{"name": "config", "config_map": {"name": config.metadata.name}}, code, scratch],
        opts=opts,
    )
    snapshot: core.ContainerArgsDict = {
        "name": "snapshot",
        "image": images.ETCD.reference(args.registry),
        "command": ["etcdctl", "snapshot", "save", "/scratch/etcd.db"],
        "env": [
            {"name": "ETCDCTL_API", "value": "3"},
            {"name": "ETCDCTL_ENDPOINTS", "value": f"http://{args.etcd_service}:{ETCD_CLIENT_PORT}"},
        ],
        "volume_mounts": [scratch_mount],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
    }

    def short(role: str, schedule: str, account: pulumi.Input[str], *arguments: str) -> batch.CronJob:
        first = [snapshot] if role == "etcd" else []
        return _cron_job(
            f"{name}-{role}",
            args,
            schedule=schedule,
            account=account,
            labels=SNAPSHOT_LABELS if first else {"milvus-on-aws/access": "none"},
            deadline_seconds=SHORT_SECONDS,
            init_containers=first,
            containers=[script(CARE, *arguments)],
            volumes=[code, scratch],
            opts=opts,
        )

    short("etcd", ETCD_SCHEDULE, args.backup_account, "upload", "/scratch/etcd.db")
    short("prune", PRUNE_SCHEDULE, args.restore_account, "prune")
    return short("watch", WATCH_SCHEDULE, args.backup_account, "watch")


def configuration(service: str, data_bucket: str, backup_bucket: str, *, prefix: str, region: str) -> dict[str, Any]:
    """Configuration of milvus-backup 0.6 (internal/cfg/v2). Its password comes by MILVUS_PASSWORD."""
    return {
        "configVersion": "v2",
        "log": {"file": {"path": "/scratch/backup.log"}},  # besides the console's
        "milvus": {
            "user": "root",
            "grpc": {"address": service, "port": MILVUS_PORT},
            # The proxy's: it alone pauses the garbage collector, which would delete what is being copied.
            "management": {"endpoint": f"http://{service}:{MANAGEMENT_PORT}"},
            "storage": {
                "provider": "aws",
                "address": f"s3.{region}.{DNS_SUFFIX}",
                "port": 443,
                "region": region,
                "useSSL": True,
                "bucketName": data_bucket,
                "rootPath": prefix,
                "auth": {"type": "iam"},
            },
        },
        "backup": {
            # What is not named here is as in milvus.storage.
            "storage": {"bucketName": backup_bucket, "rootPath": bucket_script.BACKUPS.rstrip("/")},
            "pauseGC": True,
        },
    }


def _cron_job(
    name: str,
    args: Jobs,
    *,
    schedule: str,
    account: pulumi.Input[str],
    labels: Mapping[str, str],
    deadline_seconds: int,
    containers: Sequence[core.ContainerArgsDict],
    volumes: Sequence[core.VolumeArgsDict],
    opts: pulumi.ResourceOptions,
    init_containers: Sequence[core.ContainerArgsDict] = (),
) -> batch.CronJob:
    """One CronJob, under its own name, so that people find it: `kubectl create job --from=cronjob/backup now`."""
    pod = restricted(containers, volumes, account=account, init_containers=init_containers)
    return batch.CronJob(
        name,
        # As an annotation the proof, which each new release has anew, changes the CronJob in place.
        metadata={"name": name, "namespace": args.namespace, "annotations": {"milvus-on-aws/proof": args.proof}},
        spec={
            "schedule": schedule,
            "time_zone": "Etc/UTC",
            "concurrency_policy": "Forbid",
            # Without it a CronJob that missed a hundred runs never starts again (kubernetes#42649).
            "starting_deadline_seconds": LATE_SECONDS,
            "successful_jobs_history_limit": 1,
            "failed_jobs_history_limit": 3,
            "job_template": {
                "spec": {
                    "backoff_limit": 1,
                    "active_deadline_seconds": deadline_seconds,
                    "template": {"metadata": {"labels": labels}, "spec": pod},
                }
            },
        },
        opts=opts,
    )
