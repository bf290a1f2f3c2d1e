"""Has S3 copy every backup into a bucket of another region, within minutes (docs.aws.amazon.com/AmazonS3/latest/
userguide/replication.html).

Left out: what was written before the copying began, which S3 copies by a batch job only. Deletions are copied, so that
retention holds there, too; what was deleted can be brought back there as here.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.backup.bucket import BackupBucket, Keeping, backup_bucket
from components.backup.policies import replication_policy
from components.identity.policy import trust
from components.order import known_after


@dataclass(frozen=True, kw_only=True)
class Replication:
    region: str
    """Region of the backups."""
    copy_region: str
    """Region of the copies."""
    keeping: Keeping
    permissions_boundary: pulumi.Input[str] | None


def replicate(name: str, backups: BackupBucket, args: Replication, parent: pulumi.Resource) -> BackupBucket:
    """Creates the bucket of the copies, and returns it."""
    child = pulumi.ResourceOptions(parent=parent)
    # With Object Lock here, S3 demands it there, too.
    copies = backup_bucket(f"{name}-copy", "Copies of Milvus' backups", args.keeping, parent, region=args.copy_region)
    role = aws.iam.Role(
        f"{name}-copy",
        description="Copies Milvus' backups to another region",
        assume_role_policy=trust("s3.amazonaws.com"),
        permissions_boundary=args.permissions_boundary,
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-copy",
        role=role.name,
        policy=pulumi.Output.all(backups.arn, backups.key_arn, copies.arn, copies.key_arn).apply(
            lambda known: replication_policy(
                backups=known[0],
                backup_key=known[1],
                region=args.region,
                copies=known[2],
                copy_key=known[3],
                copy_region=args.copy_region,
            )
        ),
        opts=child,
    )
    aws.s3.BucketReplicationConfig(
        f"{name}-copy",
        # S3 copies versions: it refuses the configuration until both buckets keep them.
        bucket=backups.versioned,
        role=known_after(role.arn, policy.id),
        rules=[
            {
                "id": "every-backup",
                "status": "Enabled",
                "priority": 1,
                "filter": {"prefix": ""},
                "delete_marker_replication": {"status": "Enabled"},
                "source_selection_criteria": {"sse_kms_encrypted_objects": {"status": "Enabled"}},
                "destination": {
                    "bucket": known_after(copies.arn, copies.name),
                    "encryption_configuration": {"replica_kms_key_id": copies.key_arn},
                },
            }
        ],
        opts=child,
    )
    return copies
