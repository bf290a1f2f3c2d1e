"""Rules about the buckets of backups, which the component Backup makes: versions, encryption, and their own key."""

from collections.abc import Iterator, Sequence

from policies.rule import UNKNOWN, Resource, at, items, stack_rule

BUCKET = "aws:s3/bucket:Bucket"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
COMPONENT = "milvus-on-aws:backup:Backup$"
KEY = "aws:kms/key:Key"


def backup_buckets(resources: Sequence[Resource]) -> list[Resource]:
    """The buckets that hold backups, or copies of them."""
    return [each for each in resources if each.type == BUCKET and COMPONENT in each.urn]


@stack_rule(
    "backups-versioned",
    BUCKET,
    VERSIONING,
    why="Who deletes a backup by mistake, or on purpose, deletes a version that can be brought back.",
    source="docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
    fix="a BucketVersioning with status Enabled for each bucket of backups (components/identity/bucket_settings.py).",
)
def backups_versioned(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    on = [
        each
        for each in resources
        if each.type == VERSIONING and at(each.inputs, "versioningConfiguration.status") in ("Enabled", UNKNOWN)
    ]
    for bucket in backup_buckets(resources):
        if not any(bucket.urn in each.depends_on for each in on):
            yield bucket, "keeps no versions"


@stack_rule(
    "backups-encrypted",
    BUCKET,
    ENCRYPTION,
    why="A backup holds everything that Milvus does; with the data's key both would be lost together.",
    source="docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    fix="aws:kms with a key that encrypts nothing else (components/backup/bucket.py).",
)
def backups_encrypted(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    keys = {each.urn for each in resources if each.type == KEY}
    using = [each for each in resources if each.depends_on & keys]
    for bucket in backup_buckets(resources):
        found = [each for each in resources if each.type == ENCRYPTION and bucket.urn in each.depends_on]
        defaults = [
            at(rule, "applyServerSideEncryptionByDefault.sseAlgorithm")
            for each in found
            for rule in items(at(each.inputs, "rules"))
        ]
        if not found or any(each not in ("aws:kms", "aws:kms:dsse", UNKNOWN) for each in defaults):
            yield bucket, "is not encrypted by a key of this stack"
        for each in found:
            others = {
                user.urn
                for user in using
                if user.type == ENCRYPTION and user.urn != each.urn and user.depends_on & each.depends_on & keys
            }
            if others:
                yield bucket, "shares its key with other data"


RULES = (backups_versioned, backups_encrypted)
