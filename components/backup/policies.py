"""IAM policies of backups: what a backup, a restore and the copy to another region may do, and nothing more.

No role may create buckets: milvus-backup would make one, unprotected, if it did not find its own. And none may delete
versions, so that whatever a role deletes can be brought back for `backup.keepDeletedDays`.
"""

from components.identity.policy import Statement, allow, allow_metrics, document, listing, objects
from planning.regions import DNS_SUFFIX
from planning.signals.signal import NAMESPACE

READ, WRITE = ["kms:Decrypt"], ["kms:Decrypt", "kms:GenerateDataKey"]
"""What objects need of their key: reading, and writing, for which large ones are also read."""


STAGED = "restore-temp-*"
"""Folders at the top of Milvus' bucket in which milvus-backup stages what it restores."""


def backup_policy(
    *, data: str, data_key: str | None, backups: str, backup_key: str, region: str, folder: str = ""
) -> str:
    """Policy of the role that makes backups, uploads etcd's snapshots, and tells CloudWatch about both.

    `data` and `backups` are ARNs of buckets, `folder` is Milvus' part of its bucket, if not the whole.
    """
    return document(
        *_list(data, backups, folder),
        allow("ReadMilvusData", ["s3:GetObject"], objects(data, folder)),
        allow("WriteBackups", ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], f"{backups}/*"),
        *_through_s3("ReadWithTheDatasKey", READ, data_key, region),
        *_through_s3("WriteWithTheBackupsKey", WRITE, backup_key, region),
        allow_metrics("TellHowOldBackupsAre", NAMESPACE),
    )


def restore_policy(
    *, data: str, data_key: str | None, backups: str, backup_key: str, region: str, folder: str = ""
) -> str:
    """Policy of the role that restores backups and deletes old ones.

    milvus-backup copies what it restores into Milvus' bucket, under `restore-temp-`, and deletes it after the import.
    """
    return document(
        *_list(data, backups, folder, *([STAGED] if folder else [])),
        allow("ReadAndDeleteBackups", ["s3:DeleteObject", "s3:GetObject"], f"{backups}/*"),
        allow(
            "StageInMilvusData",
            ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            [objects(data, folder), f"{data}/{STAGED}"] if folder else objects(data, folder),
        ),
        *_through_s3("ReadWithTheBackupsKey", READ, backup_key, region),
        *_through_s3("WriteWithTheDatasKey", WRITE, data_key, region),
    )


def replication_policy(
    *, backups: str, backup_key: str, region: str, copies: str, copy_key: str, copy_region: str
) -> str:
    """Policy of the role by which S3 copies backups into the bucket of another region.

    docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html, and
    replication-config-for-kms-objects.html for the keys.
    """
    return document(
        allow("SeeWhatIsToBeCopied", ["s3:GetReplicationConfiguration", "s3:ListBucket"], backups),
        allow(
            "ReadBackups",
            [
                "s3:GetObjectLegalHold",
                "s3:GetObjectRetention",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ],
            f"{backups}/*",
        ),
        allow("WriteCopies", ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], f"{copies}/*"),
        *_through_s3("ReadWithTheBackupsKey", READ, backup_key, region),
        *_through_s3("WriteWithTheCopiesKey", ["kms:Encrypt", "kms:GenerateDataKey"], copy_key, copy_region),
    )


def _list(data: str, backups: str, *folders: str) -> list[Statement]:
    """Listing of the backups, and of Milvus' bucket, or of these folders of it."""
    if not (condition := listing(*folders)):
        return [allow("ListBothBuckets", ["s3:ListBucket"], [data, backups])]
    return [
        allow("ListBackups", ["s3:ListBucket"], backups),
        allow("ListMilvusFolder", ["s3:ListBucket"], data, condition=condition),
    ]


def _through_s3(sid: str, actions: list[str], key: str | None, region: str) -> list[Statement]:
    """Use of a key on S3's behalf alone; nothing if there is no key."""
    through = {"StringEquals": {"kms:ViaService": f"s3.{region}.{DNS_SUFFIX}"}}
    return [allow(sid, actions, key, condition=through)] if key else []
