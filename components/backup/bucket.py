"""A bucket that keeps backups: closed, versioned, encrypted with a key of its own, and locked if that is asked for.

Everything about it can outlive the stack together, because a bucket that stays without its public access block, or
without its key, would be worse than none.
"""

from dataclasses import dataclass
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from components.identity.bucket_settings import settle
from components.identity.encryption_key import encryption_key
from components.order import known_after


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """How backups are kept."""

    deleted_days: int
    """Days for which a deleted or overwritten object can be restored."""
    lock_days: int
    """Days for which no object can be deleted for good (Object Lock, mode governance); 0 for no lock."""
    outlives: bool
    """Whether bucket and key stay when the stack is destroyed; if not, they are deleted with every object."""
    protect: bool
    """Whether Pulumi refuses to delete bucket and key."""


class BackupBucket(NamedTuple):
    """A bucket with its key."""

    name: pulumi.Output[str]
    """Known once the bucket is closed and fully configured."""
    arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    versioned: pulumi.Output[str]
    """The bucket's name, known once it keeps versions."""


def backup_bucket(
    name: str, purpose: str, keeping: Keeping, parent: pulumi.Resource, *, region: str | None = None
) -> BackupBucket:
    """Creates the bucket. `region` None: the provider's. `purpose` is the description of its key."""
    settings = pulumi.ResourceOptions(parent=parent, retain_on_delete=keeping.outlives)
    kept = pulumi.ResourceOptions(parent=parent, retain_on_delete=keeping.outlives, protect=keeping.protect)

    key = encryption_key(f"{name}-key", purpose, kept, region=region)
    bucket = aws.s3.Bucket(f"{name}-bucket", force_destroy=not keeping.outlives, region=region, opts=kept)
    # Retention deletes backups, because it knows which are verified (bucket_script.py); no lifecycle does.
    by, versioned = settle(
        name, bucket, deleted_days=keeping.deleted_days, key_arn=key.arn, opts=settings, region=region
    )
    if keeping.lock_days:
        # On a bucket that exists: `objectLockEnabled` of the bucket itself would replace it
        # (docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html, existing buckets).
        lock = aws.s3.BucketObjectLockConfiguration(
            f"{name}-lock",
            bucket=versioned,  # S3 locks versions, and refuses the lock without them
            rule={"default_retention": {"mode": "GOVERNANCE", "days": keeping.lock_days}},
            region=region,
            opts=settings,
        )
        by.append(lock.id)
    return BackupBucket(known_after(bucket.bucket, *by), bucket.arn, key.arn, versioned)
