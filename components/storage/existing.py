"""A folder of a bucket that somebody else owns, with the outputs of `Bucket`. One object of it is ours: the marker.

The marker tells the next deployment, of this stack or of another one, whose folder it is. What Milvus writes beside it
outlives the stack, like the bucket.
"""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.order import known_after
from components.storage.bucket import milvus_policy


@dataclass(frozen=True, kw_only=True)
class ExistingBucketArgs:
    """A bucket that was looked at (arguments/existing_bucket.py)."""

    region: str
    name: str
    arn: str
    key_arn: str | None
    folder: str
    marker: str
    """Name of the marker in the folder."""
    owner: str
    """What the marker says: account, region and name of the deployment."""


class ExistingBucket(pulumi.ComponentResource):
    bucket_name: pulumi.Output[str]
    """Known once the folder is marked as this stack's."""
    bucket_arn: pulumi.Output[str]
    folder: str
    """Milvus has this folder of the bucket, and no access to others."""
    key_arn: pulumi.Output[str | None]
    milvus_policy: pulumi.Output[str]

    def __init__(self, name: str, args: ExistingBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:bucket:ExistingBucket", name, None, opts)
        marker = aws.s3.BucketObjectv2(
            f"{name}-marker",
            bucket=args.name,
            key=f"{args.folder}/{args.marker}",
            content=json.dumps({"deployment": args.owner}),
            content_type="application/json",  # of other types the provider reads no content
            kms_key_id=args.key_arn,
            # An object has at most 10 tags, and a stack may have more.
            override_provider={"default_tags": {"tags": {}}},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.bucket_name = known_after(args.name, marker.id)
        self.bucket_arn = pulumi.Output.from_input(args.arn)
        self.folder = args.folder
        self.key_arn = pulumi.Output.from_input(args.key_arn)
        self.milvus_policy = pulumi.Output.from_input(milvus_policy(args.arn, args.region, args.key_arn, args.folder))
        self.register_outputs(
            {output: getattr(self, output) for output in type(self).__annotations__}  # exactly what is declared above
        )
