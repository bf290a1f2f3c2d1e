"""The S3 bucket that holds Milvus' data, and the IAM policy for Milvus' access to it.

No policy limits access by network (`aws:SourceVpce`), because it would lock out those who deploy, back up or repair
from elsewhere. Replicas and backups are left out: they need buckets of their own, because Milvus' garbage collection
deletes objects in this one.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.identity.bucket_settings import settle
from components.identity.encryption_key import encryption_key
from components.identity.policy import allow, document, listing, objects
from components.order import known_after
from planning.regions import DNS_SUFFIX


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    region: str
    customer_key: bool = False
    """Whether to encrypt with a customer-managed KMS key instead of S3's own."""
    keep_deleted_days: int
    """Days for which an object that Milvus deleted or overwrote can be restored; 0 switches versioning off."""
    force_destroy: bool
    """Whether destroying the stack empties the bucket; if not, AWS refuses to delete a bucket that has objects."""
    protect: bool
    """Whether Pulumi refuses to delete the bucket and its key."""


class Bucket(pulumi.ComponentResource):
    bucket_name: pulumi.Output[str]
    """Known once the bucket is closed to the public and fully configured."""
    bucket_arn: pulumi.Output[str]
    folder: str = ""
    """Milvus has the whole bucket."""
    key_arn: pulumi.Output[str | None]
    """The customer-managed key that encrypts every object; None if there is none."""
    milvus_policy: pulumi.Output[str]
    """IAM policy for the role of Milvus' service account."""

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:bucket:Bucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        keep = pulumi.ResourceOptions(parent=self, protect=args.protect)

        bucket = aws.s3.Bucket(f"{name}-bucket", force_destroy=args.force_destroy, opts=keep)
        key_arn = encryption_key(f"{name}-key", "Milvus' data in S3", keep).arn if args.customer_key else None
        settled = settle(name, bucket, deleted_days=args.keep_deleted_days, key_arn=key_arn, opts=child)

        self.bucket_name = known_after(bucket.bucket, *settled.by)
        self.bucket_arn, self.key_arn = bucket.arn, pulumi.Output.from_input(key_arn)
        self.milvus_policy = pulumi.Output.all(self.bucket_arn, self.key_arn).apply(
            lambda arns: milvus_policy(arns[0], args.region, arns[1])
        )
        self.register_outputs(
            {
                "bucket_name": self.bucket_name,
                "bucket_arn": self.bucket_arn,
                "key_arn": self.key_arn,
                "milvus_policy": self.milvus_policy,
            }
        )


def milvus_policy(bucket_arn: str, region: str, key_arn: str | None = None, folder: str = "") -> str:
    """IAM policy that allows what Milvus does in its bucket, or in its folder of one, and nothing more.

    Without DeleteObject its garbage collection fails silently (milvus#48902). It may not create buckets, and does not
    try to if it sees the bucket (HeadBucket, which needs ListBucket). With a customer-managed key it also needs access
    to the key.
    """
    key = [
        allow(
            "UseTheBucketsKeyThroughS3",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            key_arn or "",
            condition={"StringEquals": {"kms:ViaService": f"s3.{region}.{DNS_SUFFIX}"}},
        )
    ]
    return document(
        allow("FindTheBucketAndItsObjects", ["s3:ListBucket"], bucket_arn, condition=listing(folder)),
        allow(
            "ReadWriteAndCollectObjects",
            [
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            objects(bucket_arn, folder),
        ),
        *(key if key_arn else []),
    )
