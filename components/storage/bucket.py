"""The S3 bucket that holds Milvus' data, and what Milvus may do in it.

No policy by network (`aws:SourceVpce`): it would lock out whoever deploys, backs up or repairs from elsewhere. No
replica and no backup: those are buckets of their own, since Milvus' garbage collector deletes here.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.identity.encryption_key import encryption_key
from components.identity.policy import allow, document
from components.order import known_after

# Uploads that broke off: kept as long as somebody might look at why, then dropped.
ABORT_UPLOADS_AFTER_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    region: str
    customer_key: bool = False
    """A KMS key of the customer's own instead of S3's."""
    keep_deleted_days: int
    """How long an object that Milvus deleted or overwrote can be brought back; 0 keeps none (no versions)."""
    force_destroy: bool
    """Whether destroying the stack empties the bucket; otherwise a bucket with data refuses to go."""
    protect: bool


class Bucket(pulumi.ComponentResource):
    bucket_name: pulumi.Output[str]
    """Known once the bucket is closed to the public and its rules stand."""
    milvus_policy: pulumi.Output[str]
    """What Milvus may do, for the role of its service account."""

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:bucket:Bucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        keep = pulumi.ResourceOptions(parent=self, protect=args.protect)

        bucket = aws.s3.Bucket(f"{name}-bucket", force_destroy=args.force_destroy, opts=keep)
        closed = aws.s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        owned = aws.s3.BucketOwnershipControls(
            f"{name}-ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        )
        policy = aws.s3.BucketPolicy(
            f"{name}-policy",
            # After the block: both write the bucket's policy state; side by side, S3 answers 409 OperationAborted.
            bucket=closed.bucket,
            policy=bucket.arn.apply(encrypted_transport_only),
            opts=child,
        )
        versioned = bucket.bucket
        if args.keep_deleted_days:
            versioned = aws.s3.BucketVersioning(
                f"{name}-versions", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=child
            ).bucket
        lifecycle = aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=versioned,  # after the versions, where there are any: the rules speak of them
            rules=lifecycle_rules(args.keep_deleted_days),
            opts=child,
        )
        settled = [closed.id, owned.id, policy.id, lifecycle.id]
        key_arn: pulumi.Output[str | None] = pulumi.Output.from_input(None)
        if args.customer_key:
            key = encryption_key(f"{name}-key", "Milvus' data in S3", keep)
            key_arn = key.arn.apply(lambda arn: arn)
            encryption = aws.s3.BucketServerSideEncryptionConfiguration(
                f"{name}-encryption",
                bucket=bucket.id,
                rules=[
                    {
                        "apply_server_side_encryption_by_default": {
                            "sse_algorithm": "aws:kms",
                            "kms_master_key_id": key.arn,
                        },
                        "bucket_key_enabled": True,  # one KMS request a bucket key, not one an object
                    }
                ],
                opts=child,
            )
            settled.append(encryption.id)

        self.bucket_name = known_after(bucket.bucket, *settled)
        self.milvus_policy = pulumi.Output.all(bucket.arn, key_arn).apply(
            lambda arns: milvus_policy(arns[0], args.region, arns[1])
        )
        self.register_outputs({"bucket_name": self.bucket_name, "milvus_policy": self.milvus_policy})


def milvus_policy(bucket_arn: str, region: str, key_arn: str | None = None) -> str:
    """What Milvus does in its bucket, and nothing more.

    Without DeleteObject its garbage collection fails silently (milvus#48902); it never creates a bucket when it can see
    one (HeadBucket, which is ListBucket). With a key of the customer's own, reading and writing need the key, too.
    """
    key = [
        allow(
            "UseTheBucketsKeyThroughS3",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            key_arn or "",
            condition={"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}},
        )
    ]
    return document(
        allow("FindTheBucketAndItsObjects", ["s3:ListBucket"], bucket_arn),
        allow(
            "ReadWriteAndCollectObjects",
            [
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            f"{bucket_arn}/*",
        ),
        *(key if key_arn else []),
    )


def encrypted_transport_only(bucket_arn: str) -> str:
    """docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html (enforce encryption in transit)"""
    return document(
        {
            "Sid": "EncryptedTransportOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket_arn, f"{bucket_arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


def lifecycle_rules(keep_deleted_days: int) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    """Compaction deletes all the time: versions that never expire would grow without bound."""
    abort: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "abort-broken-uploads",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abort_incomplete_multipart_upload": {"days_after_initiation": ABORT_UPLOADS_AFTER_DAYS},
    }
    expire: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "expire-deleted-objects",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {"noncurrent_days": keep_deleted_days},
        "expiration": {"expired_object_delete_marker": True},
    }
    return [abort, expire] if keep_deleted_days else [abort]
