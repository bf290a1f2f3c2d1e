"""Closes a bucket: nothing in it can be made public, its owner owns every object, and all connections are encrypted."""

import pulumi
import pulumi_aws as aws

from components.identity.policy import document


def close(
    name: str, bucket: aws.s3.Bucket, opts: pulumi.ResourceOptions, *, region: str | None = None
) -> list[pulumi.Output[str]]:
    """Outputs that are known once the bucket is closed. `region` None: the provider's."""
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
