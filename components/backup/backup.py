"""Backups: a bucket of their own, perhaps with a copy in another region, two roles, and the CronJobs that make, watch
and delete them.

Left out: restoring and proving backups, which operations/backup/ does with the second role.
"""

from dataclasses import dataclass

import pulumi

from components.backup.bucket import Keeping, backup_bucket
from components.backup.jobs import BACKUP_LABELS, SNAPSHOT_LABELS, Jobs, cron_jobs
from components.backup.policies import backup_policy, restore_policy
from components.backup.replication import Replication, replicate
from components.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.order import known_after
from components.pods.access import admit, pods
from components.pods.account import account_with_role
from planning.chart.names import (
    ETCD_CLIENT_PORT,
    MANAGEMENT_PORT,
    MILVUS_PORT,
    RoleName,
    etcd_labels,
    fullname,
    role_labels,
)

BACKUP_ACCOUNT, RESTORE_ACCOUNT = "milvus-backup", "milvus-restore"
"""Names of the service accounts."""


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    region: str
    stack_name: str
    """Name of the whole deployment, which the metrics carry."""
    namespace_name: str
    namespace: pulumi.Input[str]
    """The same namespace, known once it exists."""
    proof: pulumi.Input[str]
    """Name of the proof that Milvus answers: no backup begins before there is something to back up."""
    service: pulumi.Input[str]
    """Name of the Service that answers for Milvus."""
    release: str = "milvus"
    front: RoleName
    """The role that answers clients."""
    root_secret: pulumi.Input[str]
    """Kubernetes Secret that holds root's `password`."""
    data_bucket: pulumi.Input[str]
    data_bucket_arn: pulumi.Input[str]
    data_key_arn: pulumi.Input[str | None]
    data_prefix: str
    """Milvus' root path in its bucket."""
    oidc_provider_arn: pulumi.Input[str]
    oidc_issuer: pulumi.Input[str]
    permissions_boundary: str | None
    registry: str
    """Mirror from which all images are pulled; empty: from their publishers."""
    schedule: str
    deadline_seconds: int
    """Time limit of a backup."""
    keep_days: int
    """Days for which a backup is kept, if a newer one is verified."""
    keeping: Keeping
    copy_region: str | None
    """Another region, which gets a copy of every backup."""


class Backup(pulumi.ComponentResource):
    bucket_name: pulumi.Output[str]
    copy_bucket_name: pulumi.Output[str] | None
    """The bucket in the other region, if there is one."""
    backup_role_arn: pulumi.Output[str]
    restore_role_arn: pulumi.Output[str]
    watched: pulumi.Output[str]
    """Value of the dimension `Stack` of the metrics, known once something publishes them."""

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:backup:Backup", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        bucket = backup_bucket(name, "Milvus' backups", args.keeping, self)
        self.bucket_name = bucket.name
        self.copy_bucket_name = None
        if args.copy_region:
            to = Replication(
                region=args.region,
                copy_region=args.copy_region,
                keeping=args.keeping,
                permissions_boundary=args.permissions_boundary,
            )
            self.copy_bucket_name = replicate(name, bucket, to, self).name

        def identity(account: str, policy: pulumi.Output[str]) -> pulumi.Output[str]:
            return WorkloadIdentity(
                f"{name}-{account}",
                WorkloadIdentityArgs(
                    oidc_provider_arn=args.oidc_provider_arn,
                    oidc_issuer=args.oidc_issuer,
                    namespace=args.namespace_name,
                    service_account=account,
                    policies={"buckets": policy},
                    permissions_boundary=args.permissions_boundary,
                ),
                child,
            ).role_arn

        def account(account: str, role_arn: pulumi.Output[str]) -> pulumi.Output[str]:
            return account_with_role(f"{name}-{account}", account, args.namespace, role_arn, child)

        buckets = pulumi.Output.all(
            data=args.data_bucket_arn, data_key=args.data_key_arn, backups=bucket.arn, backup_key=bucket.key_arn
        )
        self.backup_role_arn = identity(
            BACKUP_ACCOUNT, buckets.apply(lambda known: backup_policy(**known, region=args.region))
        )
        self.restore_role_arn = identity(
            RESTORE_ACCOUNT, buckets.apply(lambda known: restore_policy(**known, region=args.region))
        )

        front = role_labels(args.release, args.front)
        milvus = admit(
            f"{name}-milvus",
            args.namespace,
            front,
            [([pods(BACKUP_LABELS)], [MILVUS_PORT, MANAGEMENT_PORT])],
            child,
        )
        etcd = admit(
            f"{name}-etcd",
            args.namespace,
            etcd_labels(args.release),
            [([pods(SNAPSHOT_LABELS)], [ETCD_CLIENT_PORT])],
            child,
        )
        watching = cron_jobs(
            name,
            Jobs(
                namespace=args.namespace,
                proof=args.proof,
                registry=args.registry,
                region=args.region,
                stack=args.stack_name,
                service=args.service,
                etcd_service=f"{fullname(args.release)}-etcd",
                root_secret=args.root_secret,
                data_bucket=args.data_bucket,
                data_prefix=args.data_prefix,
                backup_bucket=bucket.name,
                backup_account=account(BACKUP_ACCOUNT, self.backup_role_arn),
                restore_account=account(RESTORE_ACCOUNT, self.restore_role_arn),
                schedule=args.schedule,
                deadline_seconds=args.deadline_seconds,
                keep_days=args.keep_days,
            ),
            # Without the policies a first run would wait for Milvus, and for etcd, in vain.
            pulumi.ResourceOptions(parent=self, depends_on=[milvus, etcd]),
        )
        self.watched = known_after(args.stack_name, watching.id)
        self.register_outputs(
            {
                "watched": self.watched,
                "bucket_name": self.bucket_name,
                "copy_bucket_name": self.copy_bucket_name,
                "backup_role_arn": self.backup_role_arn,
                "restore_role_arn": self.restore_role_arn,
            }
        )
