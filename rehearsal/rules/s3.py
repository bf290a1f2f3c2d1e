"""Rules of S3: the order of a bucket's settings, public access, keys, and deleting a bucket that has objects."""

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.permissions import statements
from rehearsal.cloud.resource import Resource, parts
from rehearsal.protocol.wire import Properties
from rehearsal.rules.kms import usable_key

BUCKET = "aws:s3/bucket:Bucket"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
OBJECTS = "rehearsal:s3:Objects"
"""Type of the objects that a program in the cloud, such as Milvus, has written; the id is bucket and folder."""
MOST_TAGS = 10
"""Tags of an object (docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html)."""
GUIDE = "docs.aws.amazon.com/AmazonS3/latest/userguide/"


def write_objects(cloud: Cloud, bucket: Resource, folder: str) -> None:
    """Notes that a folder of the bucket holds objects, which are deleted with the bucket, if ever."""
    inputs: Properties = {"bucket": bucket.id, "folder": folder}
    cloud.put(Resource(OBJECTS, f"{bucket.id}/{folder}", inputs=inputs, owner=bucket.key, foreign=bucket.foreign))


def keys(cloud: Cloud, bucket: str, prefix: str) -> list[str]:
    """Keys that begin so, in S3's order: of the program's own objects, and one for each folder that Milvus writes."""
    objects = [str(each["key"]) for each in cloud.all(OBJECT, bucket=bucket)]
    written = [f"{each['folder']}/insert_log/1" for each in cloud.all(OBJECTS, bucket=bucket)]
    return sorted(key for key in (*objects, *written) if key.startswith(prefix))


@rule(POLICY, "before_create", source="github.com/hashicorp/terraform-provider-aws/issues/7628")
@rule(BLOCK, "before_create", source="github.com/hashicorp/terraform-provider-aws/issues/7628")
def policy_and_block_do_not_come_at_once(cloud: Cloud, setting: Resource) -> None:
    """If both are written at the same time, S3 answers the later one with 409 OperationAborted."""
    for other in cloud.all(BLOCK if setting.type == POLICY else POLICY, bucket=setting["bucket"]):
        cloud.relies(setting, other, "side by side, S3 answers 409 OperationAborted")


@rule(POLICY, "before_create", source=f"{GUIDE}access-control-block-public-access.html")
def a_closed_bucket_takes_no_public_policy(cloud: Cloud, policy: Resource) -> None:
    blocks = cloud.all(BLOCK, bucket=policy["bucket"], blockPublicPolicy=True)
    public = any(
        each.get("Effect") == "Allow" and each.get("Principal") in ("*", {"AWS": "*"}) and "Condition" not in each
        for each in statements(str(policy["policy"]))
    )
    if blocks and public:
        raise Refused(
            "AccessDenied: User is not authorized to perform s3:PutBucketPolicy because public policies are prevented"
            f" by the BlockPublicPolicy setting in S3 Block Public Access: {policy.name}"
        )


@rule(LIFECYCLE, "before_create", source=f"{GUIDE}versioning-workflows.html")
def rules_for_old_versions_come_after_versioning(cloud: Cloud, lifecycle: Resource) -> None:
    if any(each.get("noncurrentVersionExpiration") for each in lifecycle["rules"] or ()):
        versioned = cloud.all(VERSIONING, bucket=lifecycle["bucket"])
        if not versioned:
            raise Refused(
                f"{lifecycle.name} speaks of old versions, which {lifecycle['bucket']} does not keep: what is deleted"
                " could not be brought back"
            )
        cloud.relies(lifecycle, versioned[0], "its rules speak of versions")


@rule(LOCK, "before_create", source=f"{GUIDE}object-lock-configure.html")
def a_lock_needs_versions(cloud: Cloud, lock: Resource) -> None:
    cloud.relies(lock, versioned(cloud, lock["bucket"], "be enabled on the bucket"), "S3 locks versions")


def versioned(cloud: Cloud, bucket: object, why: str) -> Resource:
    """What switches a bucket's versions on. Raises Refused, in S3's words, if nothing does."""
    for each in cloud.all(VERSIONING, bucket=str(bucket)):
        if each["versioningConfiguration.status"] == "Enabled":
            return each
    raise Refused(f"InvalidBucketState: Versioning must be 'Enabled' on the bucket {bucket} to {why}")


@rule(ENCRYPTION, "before_create", source=f"{GUIDE}UsingKMSEncryption.html")
def a_buckets_key_is_usable(cloud: Cloud, encryption: Resource) -> None:
    for each in encryption["rules"] or ():
        default = parts(each.get("applyServerSideEncryptionByDefault"))
        if arn := default.get("kmsMasterKeyId"):
            if default.get("sseAlgorithm") not in ("aws:kms", "aws:kms:dsse"):
                raise Refused(
                    "InvalidArgument: a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or"
                    " aws:kms:dsse"
                )
            usable_key(cloud, encryption, arn, "InvalidArgument: Invalid KMS key")


@rule(OBJECT, "before_create", source="docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html")
def an_object_goes_into_a_bucket(cloud: Cloud, made: Resource) -> None:
    cloud.need(made, BUCKET, made["bucket"], f"NoSuchBucket: The specified bucket does not exist: {made['bucket']}")
    if key := made["kmsKeyId"]:
        usable_key(cloud, made, key, "KMS.NotFoundException")


@rule(OBJECT, "before_create", source=f"{GUIDE}object-tagging.html")
def an_object_has_few_tags(cloud: Cloud, made: Resource) -> None:
    if len(parts(made["tagsAll"])) > MOST_TAGS:
        raise Refused(f"BadRequest: Object tags cannot be greater than {MOST_TAGS}: {made.name}")


@rule(BUCKET, "before_delete", source=f"{GUIDE}delete-bucket.html")
def a_bucket_with_objects_stays(cloud: Cloud, bucket: Resource) -> None:
    if cloud.all(OBJECTS, bucket=bucket.id) and not bucket["forceDestroy"]:
        raise Refused(f"BucketNotEmpty: The bucket you tried to delete is not empty: {bucket.id}; set forceDestroy")
