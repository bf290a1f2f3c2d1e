"""Rules of S3's replication: both buckets, their keys and locks, and the role by which S3 copies."""

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource, dig, parts
from rehearsal.published.regions import dns_suffix
from rehearsal.rules.iam import may, role_of, service_may_take
from rehearsal.rules.kms import KEY
from rehearsal.rules.s3 import BUCKET, ENCRYPTION, GUIDE, LOCK, REPLICATION, versioned

OF_SOURCE = ("s3:GetReplicationConfiguration", "s3:ListBucket")
OF_OBJECTS = ("s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging")
OF_COPIES = ("s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags")


def _target(cloud: Cloud, replication: Resource, entry: object) -> Resource:
    """The bucket into which a rule of the configuration copies."""
    arn = dig(parts(entry), "destination.bucket")  # pyright: ignore[reportArgumentType] - JSON
    found = [each for each in cloud.all(BUCKET) if each["arn"] == arn]
    if not found:
        raise Refused(f"InvalidRequest: Destination bucket must exist: {arn}")
    return found[0]


@rule(REPLICATION, "before_create", source=f"{GUIDE}replication-requirements.html")
def both_buckets_keep_versions_and_locks(cloud: Cloud, replication: Resource) -> None:
    source = str(replication["bucket"])
    cloud.relies(replication, versioned(cloud, source, "apply a replication configuration"), "S3 copies versions")
    for entry in replication["rules"] or ():
        target = _target(cloud, replication, entry)
        cloud.relies(replication, versioned(cloud, target.id, "be copied into"), "S3 copies versions")
        if locks := cloud.all(LOCK, bucket=source):
            theirs = cloud.all(LOCK, bucket=target.id)
            if not theirs:
                raise Refused(f"InvalidRequest: Destination bucket {target.id} must have object lock enabled")
            cloud.relies(replication, theirs[0], f"{locks[0].name} is on the source")


@rule(REPLICATION, "before_create", source=f"{GUIDE}setting-repl-config-perm-overview.html")
def s3_may_copy_by_the_role(cloud: Cloud, replication: Resource) -> None:
    """S3 itself accepts any role; what it may not copy has the status FAILED, and nobody is told."""
    role = role_of(cloud, replication["role"])
    source = cloud.get(BUCKET, replication["bucket"])
    if role is None or source is None or not service_may_take(cloud, role, "s3.amazonaws.com"):
        raise Refused(f"InvalidRequest: S3 can't take the role {replication['role']}")
    for entry in replication["rules"] or ():
        target = _target(cloud, replication, entry)
        calls = [*((action, str(source["arn"])) for action in OF_SOURCE)]
        calls += [(action, f"{source['arn']}/backup/1") for action in OF_OBJECTS]
        calls += [(action, f"{target['arn']}/backup/1") for action in OF_COPIES]
        for action, arn in calls:
            if not may(cloud, replication, role, action, arn):
                raise Refused(f"replication status FAILED: {role.name} may not {action} on {arn}")


@rule(REPLICATION, "before_create", source=f"{GUIDE}replication-config-for-kms-objects.html")
def s3_may_use_both_keys(cloud: Cloud, replication: Resource) -> None:
    """Objects with a KMS key are copied only if the rule says so, and names a key of the other region."""
    role = role_of(cloud, replication["role"])
    for entry in replication["rules"] or ():
        target = _target(cloud, replication, entry)
        for encryption in cloud.all(ENCRYPTION, bucket=replication["bucket"]):
            chosen = dig(parts(entry), "sourceSelectionCriteria.sseKmsEncryptedObjects.status") == "Enabled"
            arn = dig(parts(entry), "destination.encryptionConfiguration.replicaKmsKeyId")
            key = next((each for each in cloud.all(KEY) if each["arn"] == arn), None)
            if not chosen or key is None or key.region != target.region:
                raise Refused(
                    f"replication status FAILED: no key of {target.region} for what {encryption.name} encrypts"
                )
            cloud.relies(replication, key, "copies are encrypted with it")
            own = [
                parts(each.get("applyServerSideEncryptionByDefault")).get("kmsMasterKeyId")
                for each in encryption["rules"] or ()
            ]
            needed = [("kms:Decrypt", str(each), replication.region) for each in own if each]
            needed.append(("kms:Encrypt", str(arn), target.region))
            for action, of_key, region in needed:
                through = {"kms:ViaService": f"s3.{region}.{dns_suffix(region)}"}
                if role and not may(cloud, replication, role, action, of_key, through):
                    raise Refused(f"replication status FAILED: {role.name} may not {action} with {of_key}")
