"""Arguments of the S3 bucket."""

from arguments.deployment import Deployment
from arguments.there import There
from components.storage.bucket import BucketArgs
from components.storage.existing import ExistingBucketArgs


def for_bucket(deployment: Deployment, there: There) -> BucketArgs | ExistingBucketArgs:
    """Arguments of the S3 bucket."""
    bucket = deployment.settings.bucket
    return there.bucket or BucketArgs(
        region=deployment.plan.region,
        customer_key=bucket.customer_key,
        keep_deleted_days=bucket.keep_deleted_days,
        force_destroy=bucket.force_destroy,
        protect=deployment.settings.protect,
    )
