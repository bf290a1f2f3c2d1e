"""Backups that would fail, or hold nothing, on AWS."""

from tests.rehearsal.variants.variants import variant

BUCKET, POLICIES = "components/identity/bucket_settings.py", "components/backup/policies.py"
JOBS, BACKUP = "components/backup/jobs.py", "components/backup/backup.py"
ENABLED = 'versioning_configuration={"status": "Enabled"},'
SUSPENDED = 'versioning_configuration={"status": "Suspended"},'

VARIANTS = (
    variant(
        "backups",
        "a_lock_needs_versions",
        r"backup-lock: InvalidBucketState: Versioning must be 'Enabled' on the bucket \S+ to be enabled",
        BUCKET,
        ENABLED,
        SUSPENDED,
    ),
    variant(
        "backups",
        "both_buckets_keep_versions_and_locks",
        r"Versioning must be 'Enabled' on the bucket \S+ to apply a replication configuration",
        BUCKET,
        ENABLED,
        SUSPENDED,
    ),
    variant(
        "backups",
        "a_backup_has_a_bucket_of_its_own",
        r"Versioning must be 'Enabled' on the bucket \S+ to keep what is deleted by mistake",
        BUCKET,
        ENABLED,
        SUSPENDED,
    ),
    variant(
        "backups",
        "s3_may_copy_by_the_role",
        r"replication status FAILED: backup-copy may not s3:ReplicateDelete on",
        POLICIES,
        '"s3:ReplicateDelete", ',
        "",
    ),
    variant(
        "backups",
        "s3_may_use_both_keys",
        r"replication status FAILED: backup-copy may not kms:Encrypt with",
        POLICIES,
        '["kms:Encrypt", "kms:GenerateDataKey"]',
        '["kms:GenerateDataKey"]',
    ),
    variant(
        "backups",
        "a_backups_role_allows_what_it_does",
        r"AccessDenied: backup-milvus-backup-role is not authorized to perform: s3:PutObject on",
        POLICIES,
        '["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], f"{backups}/*"',
        '["s3:AbortMultipartUpload", "s3:GetObject"], f"{backups}/*"',
    ),
    variant(
        "backups",
        "a_backup_reaches_milvus_and_pauses_its_garbage_collector",
        r"milvus/backup: Pause Gc Warn: the garbage collector deletes what is being copied",
        JOBS,
        '"pauseGC": True,',
        '"pauseGC": False,',
    ),
    variant(
        "backups",
        "a_snapshot_reaches_etcd",
        r"milvus/backup-etcd: context deadline exceeded: no NetworkPolicy admits this pod to etcd",
        BACKUP,
        "[([pods(SNAPSHOT_LABELS)], [ETCD_CLIENT_PORT])]",
        "[([pods(SNAPSHOT_LABELS)], [MILVUS_PORT])]",
    ),
    variant(
        "backups",
        "who_restores_finds_backups_and_roles",
        r"the contract's backup_bucket_name is bucket-bucket-\S+: no bucket of backups has this name",
        "arguments/contract.py",
        '"backup_bucket_name": backup.bucket_name if backup',
        '"backup_bucket_name": bucket.bucket_name if backup',
    ),
)
