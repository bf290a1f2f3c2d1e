"""Arguments of the backups, from the outputs of Milvus and of what it stands on."""

from arguments.deployment import Deployment
from arguments.milvus import front, prefix
from components.backup.backup import BackupArgs
from components.backup.bucket import Keeping
from components.cluster.cluster import Cluster
from components.milvus.milvus import Milvus
from components.storage.bucket import Bucket

MOST_HOURS = 12
"""Time limit of a backup, unless the next one is due before: whatever takes longer hangs."""


def for_backup(deployment: Deployment, cluster: Cluster, bucket: Bucket, milvus: Milvus) -> BackupArgs | None:
    """Arguments of the backups; None for a stack without backups."""
    settings, backup = deployment.settings, deployment.settings.backup
    if not backup.enabled:
        return None
    return BackupArgs(
        region=deployment.plan.region,
        stack_name=deployment.name,
        namespace_name=settings.milvus.namespace,
        namespace=milvus.namespace,
        proof=milvus.ready,
        service=milvus.service,
        front=front(deployment.plan),
        root_secret=milvus.root_secret,
        data_bucket=bucket.bucket_name,
        data_bucket_arn=bucket.bucket_arn,
        data_key_arn=bucket.key_arn,
        data_prefix=prefix(deployment),
        oidc_provider_arn=cluster.oidc_provider_arn,
        oidc_issuer=cluster.oidc_issuer,
        permissions_boundary=settings.cluster.permissions_boundary,
        registry=settings.milvus.registry,
        schedule=backup.schedule,
        deadline_seconds=round(min(backup.gap_hours, MOST_HOURS) * 3600),
        keep_days=backup.keep_days,
        keeping=Keeping(
            deleted_days=backup.keep_deleted_days,
            lock_days=backup.object_lock_days,
            outlives=backup.keep_on_destroy,
            protect=settings.protect,
        ),
        copy_region=backup.replicate_to,
    )
