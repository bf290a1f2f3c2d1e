"""The bucket that a stack's settings choose: one of its own, or a folder of an existing one."""

import pulumi

from components.storage.bucket import Bucket, BucketArgs
from components.storage.existing import ExistingBucket, ExistingBucketArgs

AnyBucket = Bucket | ExistingBucket
"""Either kind of bucket; both have the same outputs."""


def bucket(name: str, args: BucketArgs | ExistingBucketArgs, opts: pulumi.ResourceOptions) -> AnyBucket:
    """Creates the component that fits the arguments."""
    if isinstance(args, ExistingBucketArgs):
        return ExistingBucket(name, args, opts)
    return Bucket(name, args, opts)
