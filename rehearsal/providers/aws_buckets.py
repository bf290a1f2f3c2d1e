"""What AWS answers about buckets that are there: their region, settings, key and objects.

Settings are answered as CloudFormation's read handler does, from the resources by which a program would make them.
"""

import json
from collections.abc import Callable, Mapping

from rehearsal.cloud.cloud import Cloud, Refused
from rehearsal.cloud.resource import Resource, parts
from rehearsal.protocol.wire import Properties
from rehearsal.published.regions import dns_suffix
from rehearsal.rules import s3
from rehearsal.rules.kms import KEY


def _existing(cloud: Cloud, name: object) -> Resource:
    bucket = cloud.get(s3.BUCKET, str(name))
    if bucket is None:
        raise Refused(f"reading S3 Bucket ({name}): empty result")
    return bucket


def _bucket(cloud: Cloud, arguments: Properties) -> Properties:
    bucket = _existing(cloud, arguments["bucket"])
    names = {"bucketDomainName": f"{bucket.id}.s3.{dns_suffix(bucket.region)}", "hostedZoneId": ""}
    region = {"bucketRegion": bucket.region, "region": bucket.region}
    regional = {"bucketRegionalDomainName": f"{bucket.id}.s3.{bucket.region}.{dns_suffix(bucket.region)}"}
    return {**arguments, **names, **region, **regional, "id": bucket.id, "arn": bucket["arn"]}


def _resource(cloud: Cloud, arguments: Properties) -> Properties:
    """Cloud Control's GetResource (docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_GetResource.html)."""
    if arguments["typeName"] != "AWS::S3::Bucket":
        raise Refused(f"UnsupportedActionException: {arguments['typeName']} is not emulated")
    bucket = _existing(cloud, arguments["identifier"])
    found: Properties = {"BucketName": bucket.id, "Arn": bucket["arn"]}
    for block in cloud.all(s3.BLOCK, bucket=bucket.id):
        flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        found["PublicAccessBlockConfiguration"] = {flag[0].upper() + flag[1:]: bool(block[flag]) for flag in flags}
    for encryption in cloud.all(s3.ENCRYPTION, bucket=bucket.id):
        defaults = [parts(each.get("applyServerSideEncryptionByDefault")) for each in encryption["rules"] or ()]
        found["BucketEncryption"] = {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"KMSMasterKeyID": each.get("kmsMasterKeyId")}} for each in defaults
            ]
        }
    for lifecycle in cloud.all(s3.LIFECYCLE, bucket=bucket.id):
        found["LifecycleConfiguration"] = {
            "Rules": [
                {
                    "Id": each.get("id"),
                    "Status": each.get("status"),
                    "Prefix": parts(each.get("filter")).get("prefix"),
                    "ExpirationInDays": parts(each.get("expiration")).get("days"),
                }
                for each in lifecycle["rules"] or ()
            ]
        }
    return {**arguments, "id": bucket.id, "properties": json.dumps(found)}


def _key(cloud: Cloud, arguments: Properties) -> Properties:
    key = next((each for each in cloud.all(KEY) if arguments["keyId"] in (each["arn"], each.id)), None)
    if key is None:
        raise Refused(f"NotFoundException: Key '{arguments['keyId']}' does not exist")
    return {**arguments, "id": key.id, "arn": key["arn"], "keyManager": "CUSTOMER", "keyState": "Enabled"}


def _objects(cloud: Cloud, arguments: Properties) -> Properties:
    found = s3.keys(cloud, _existing(cloud, arguments["bucket"]).id, str(arguments.get("prefix") or ""))
    return {**arguments, "id": arguments["bucket"], "keys": found[: int(arguments.get("maxKeys") or 1000)]}


def _object(cloud: Cloud, arguments: Properties) -> Properties:
    for each in cloud.all(s3.OBJECT, bucket=arguments["bucket"], key=arguments["key"]):
        return {**arguments, "id": each.id, "body": each["content"], "contentType": each["contentType"]}
    raise Refused(f"NotFound: reading S3 Object ({arguments['key']})")


LOOK_UPS: Mapping[str, Callable[[Cloud, Properties], Properties]] = {
    "aws:cloudcontrol/getResource:getResource": _resource,
    "aws:kms/getKey:getKey": _key,
    "aws:s3/getBucket:getBucket": _bucket,
    "aws:s3/getObject:getObject": _object,
    "aws:s3/getObjects:getObjects": _objects,
}
"""Functions that look at buckets, by token."""
