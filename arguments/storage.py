"""Arguments of the S3 bucket."""

from arguments.deployment import Deployment
from components.storage.bucket import BucketArgs


def for_bucket(deployment: Deployment) -> BucketArgs:
    """Arguments of the S3 bucket."""
    bucket = deployment.settings.bucket
    return BucketArgs(
        region=deployment.plan.region,
        customer_key=bucket.customer_key,
        keep_deleted_days=bucket.keep_deleted_days,
        force_destroy=bucket.force_destroy,
        protect=deployment.settings.protect,
    )
