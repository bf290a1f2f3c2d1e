"""S3: a bucket with objects stays."""

from rehearsal.cloud import Cloud, Refused, Thing, rule

BUCKET = "aws:s3/bucket:Bucket"
OBJECTS = "rehearsal:s3:Objects"
"""What a program running in the cloud has written into a bucket, by the bucket's name; goes with it."""


def write_objects(cloud: Cloud, bucket: Thing) -> None:
    cloud.put(Thing(OBJECTS, bucket.id, owner=bucket.key))


@rule(BUCKET, "before_delete", source="docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html")
def a_bucket_with_objects_stays(cloud: Cloud, bucket: Thing) -> None:
    if cloud.get(OBJECTS, bucket.id) and not bucket["forceDestroy"]:
        raise Refused(f"BucketNotEmpty: The bucket you tried to delete is not empty: {bucket.id}; set forceDestroy")
