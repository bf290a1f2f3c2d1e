"""Settings of a bucket: closed to the public, versioned, cleared of what was deleted, and encrypted with a key."""

from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from components.identity.policy import document

ABORT_UPLOADS_AFTER_DAYS = 7
"""Parts of interrupted uploads are kept for this long, so that somebody can examine them, and then deleted."""


class Settled(NamedTuple):
    """A bucket with its settings."""

    by: list[pulumi.Output[str]]
    """Outputs that are known once the bucket has all of them."""
    versioned: pulumi.Output[str]
    """The bucket's name, known once it keeps versions, if it does."""


def settle(
    name: str,
    bucket: aws.s3.Bucket,
    *,
    deleted_days: int,
    key_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
    region: str | None = None,
) -> Settled:
    """Gives a bucket its settings. For `deleted_days` an object that was deleted or overwritten can be restored; 0
    switches versions off. `key_arn` None: S3's own key. `region` None: the provider's.
    """
    versioned = bucket.bucket
    if deleted_days:
        versioned = aws.s3.BucketVersioning(
            f"{name}-versions",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            region=region,
            opts=opts,
        ).bucket
    lifecycle = aws.s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=versioned,  # after versioning, if it is on, because the rules are about versions
        rules=lifecycle_rules(deleted_days),
        region=region,
        opts=opts,
    )
    by = [*_close(name, bucket, opts, region), lifecycle.id]
    if key_arn is not None:
        encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": key_arn,
                    },
                    "bucket_key_enabled": True,  # fewer requests to KMS than one for each object
                }
            ],
            region=region,
            opts=opts,
        )
        by.append(encryption.id)
    return Settled(by, versioned)


def _close(
    name: str, bucket: aws.s3.Bucket, opts: pulumi.ResourceOptions, region: str | None
) -> list[pulumi.Output[str]]:
    """Nothing in the bucket can be made public, its owner owns every object, and all connections are encrypted."""
    closed = aws.s3.BucketPublicAccessBlock(
        f"{name}-public-access",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        region=region,
        opts=opts,
    )
    owned = aws.s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=bucket.id,
        rule={"object_ownership": "BucketOwnerEnforced"},
        region=region,
        opts=opts,
    )
    policy = aws.s3.BucketPolicy(
        f"{name}-policy",
        # Created after the public access block: S3 answers 409 OperationAborted if both are created at once.
        bucket=closed.bucket,
        policy=bucket.arn.apply(encrypted_transport_only),
        region=region,
        opts=opts,
    )
    return [closed.id, owned.id, policy.id]


def lifecycle_rules(deleted_days: int) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    """Lifecycle rules, which delete nothing by age but broken uploads and what was deleted, or overwritten, before."""
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
        "noncurrent_version_expiration": {"noncurrent_days": deleted_days},
        "expiration": {"expired_object_delete_marker": True},
    }
    return [abort, expire] if deleted_days else [abort]


def encrypted_transport_only(bucket_arn: str) -> str:
    """Bucket policy that denies unencrypted connections.

    docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html (enforce encryption in transit)
    """
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
