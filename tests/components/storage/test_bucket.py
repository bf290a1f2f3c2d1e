"""Milvus' bucket is private and encrypted, is kept if it must be, and is cleared of objects that nobody needs."""

import json
from functools import cache
from typing import Any

import pulumi_aws as aws

from components.storage.bucket import Bucket, BucketArgs
from tests.components.clouds import OUTPUTS
from tests.components.recording import Recording, record

LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


def bucket(**settings: Any) -> Recording:
    def program() -> None:
        usual: dict[str, Any] = {
            "region": "us-east-1",
            "keep_deleted_days": 7,
            "force_destroy": False,
            "protect": True,
        }
        made = Bucket("data", BucketArgs(**{**usual, **settings}))
        aws.ssm.Parameter("milvus", type="String", value=made.bucket_name)
        aws.ssm.Parameter("policy", type="String", value=made.milvus_policy)

    return record(program, outputs=OUTPUTS)


@cache
def usual() -> Recording:
    """The same for every test that changes nothing: a program takes its time to build."""
    return bucket()


def test_nothing_in_the_bucket_can_be_made_public() -> None:
    block = usual().one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert all(block[flag] is True for flag in flags)
    ownership = usual().one("aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs
    assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_nobody_comes_in_without_tls() -> None:
    policy = json.loads(usual().one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"])
    assert policy["Statement"] == [
        {
            "Sid": "EncryptedTransportOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:data-bucket", "arn:data-bucket/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def test_the_policy_waits_for_the_public_access_block() -> None:
    recording = usual()
    block = recording.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    assert recording.depends(recording.one("aws:s3/bucketPolicy:BucketPolicy"), block)


def test_milvus_writes_once_the_bucket_is_closed_and_encrypted() -> None:
    recording = bucket(customer_key=True)
    milvus = recording.one("aws:ssm/parameter:Parameter", "milvus")
    assert milvus.inputs["value"] == "data-bucket-1234567"
    for rule in (
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        LIFECYCLE,
    ):
        assert recording.depends(milvus, recording.one(rule))


def test_deleted_objects_can_come_back_for_some_days_and_then_go() -> None:
    recording = bucket(keep_deleted_days=7)
    versions = recording.one("aws:s3/bucketVersioning:BucketVersioning")
    lifecycle = recording.one(LIFECYCLE)
    assert versions.inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert recording.depends(lifecycle, versions)
    abort, expire = lifecycle.inputs["rules"]
    assert abort["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert expire["noncurrentVersionExpiration"] == {"noncurrentDays": 7}
    assert expire["expiration"] == {"expiredObjectDeleteMarker": True}


def test_without_days_of_grace_there_are_no_versions_to_pay_for() -> None:
    recording = bucket(keep_deleted_days=0)
    assert recording.all("aws:s3/bucketVersioning:BucketVersioning") == []
    assert [rule["id"] for rule in recording.one(LIFECYCLE).inputs["rules"]] == ["abort-broken-uploads"]


def test_a_customers_key_encrypts_every_object_and_milvus_may_use_it_through_s3() -> None:
    recording = bucket(customer_key=True)
    kind = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    assert recording.one(kind).inputs["rules"] == [
        {
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:data-key"},
            "bucketKeyEnabled": True,
        }
    ]
    statements = json.loads(recording.one("aws:ssm/parameter:Parameter", "policy").inputs["value"])["Statement"]
    assert statements[-1]["Resource"] == "arn:data-key"
    assert statements[-1]["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    assert recording.one("aws:kms/key:Key").inputs["enableKeyRotation"] is True
    assert usual().all("aws:kms/key:Key") == []


def test_data_is_protected_where_it_matters_and_emptied_only_where_it_does_not() -> None:
    production, development = bucket(customer_key=True), bucket(force_destroy=True, protect=False)
    assert {each.type for each in production.resources if each.protect} == {"aws:s3/bucket:Bucket", "aws:kms/key:Key"}
    assert production.one("aws:s3/bucket:Bucket").inputs["forceDestroy"] is False
    assert not any(each.protect for each in development.resources)
    assert development.one("aws:s3/bucket:Bucket").inputs["forceDestroy"] is True
