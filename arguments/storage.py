"""Arguments of the S3 bucket."""

import pulumi_aws as aws

from arguments.deployment import Deployment
from arguments.existing_bucket import existing_bucket
from components.storage.bucket import BucketArgs
from components.storage.existing import ExistingBucketArgs


def for_bucket(deployment: Deployment, provider: aws.Provider) -> BucketArgs | ExistingBucketArgs:
    """Arguments of the S3 bucket. Raises pulumi.RunError if there is to be one already that Milvus can't use."""
    bucket = deployment.settings.bucket
    if bucket.existing:
        return existing_bucket(deployment, bucket.existing, provider)
    return BucketArgs(
        region=deployment.plan.region,
        customer_key=bucket.customer_key,
        keep_deleted_days=bucket.keep_deleted_days,
        force_destroy=bucket.force_destroy,
        protect=deployment.settings.protect,
    )
