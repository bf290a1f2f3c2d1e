"""Milvus' policy on an S3 and IAM that enforce it (moto): calls of Milvus succeed, all others are refused."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from components.storage.bucket import milvus_policy
from tests.iam.untyped import boto3, moto, moto_core, parliament

BUCKET, OTHER = "milvus-data", "somebody-elses"
POLICY = milvus_policy(f"arn:aws:s3:::{BUCKET}", "us-east-1")


def multipart(s3: Any, key: str) -> str:
    return s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]


def finish(s3: Any) -> None:
    """Calls with which Milvus writes a large segment."""
    upload = multipart(s3, "files/large")
    part = s3.upload_part(Bucket=BUCKET, Key="files/large", UploadId=upload, PartNumber=1, Body=b"x")
    s3.list_parts(Bucket=BUCKET, Key="files/large", UploadId=upload)
    s3.complete_multipart_upload(
        Bucket=BUCKET,
        Key="files/large",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )


# Seeing the bucket at boot is not among them: for HeadBucket AWS asks for s3:ListBucket (API_HeadBucket.html), moto 5.2
# for an action s3:HeadBucket that IAM does not have.
NEEDED: dict[str, Callable[[Any], object]] = {
    "list a collection's files": lambda s3: s3.list_objects_v2(Bucket=BUCKET, Prefix="files/"),
    "write": lambda s3: s3.put_object(Bucket=BUCKET, Key="files/new", Body=b"x"),
    "read": lambda s3: s3.get_object(Bucket=BUCKET, Key="files/old"),
    "look whether a file exists": lambda s3: s3.head_object(Bucket=BUCKET, Key="files/old"),
    "copy": lambda s3: s3.copy_object(Bucket=BUCKET, Key="files/copy", CopySource=f"{BUCKET}/files/old"),
    "collect garbage": lambda s3: s3.delete_object(Bucket=BUCKET, Key="files/garbage"),
    "write in parts": finish,
    "give a broken upload up": lambda s3: s3.abort_multipart_upload(
        Bucket=BUCKET, Key="files/broken", UploadId=multipart(s3, "files/broken")
    ),
}
REFUSED: dict[str, Callable[[Any], object]] = {
    "list all buckets": lambda s3: s3.list_buckets(),
    "make a bucket": lambda s3: s3.create_bucket(Bucket="new-bucket"),
    "delete the bucket": lambda s3: s3.delete_bucket(Bucket=BUCKET),
    "open the bucket": lambda s3: s3.delete_public_access_block(Bucket=BUCKET),
    "rewrite its policy": lambda s3: s3.put_bucket_policy(Bucket=BUCKET, Policy=POLICY),
    "stop its versions": lambda s3: s3.put_bucket_versioning(
        Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}
    ),
    "rewrite its life cycle": lambda s3: s3.delete_bucket_lifecycle(Bucket=BUCKET),
    "give an object away": lambda s3: s3.put_object_acl(Bucket=BUCKET, Key="files/old", ACL="public-read"),
    "see another bucket": lambda s3: s3.list_objects_v2(Bucket=OTHER),
    "read another bucket": lambda s3: s3.get_object(Bucket=OTHER, Key="secret"),
    "write another bucket": lambda s3: s3.put_object(Bucket=OTHER, Key="new", Body=b"x"),
    "delete in another bucket": lambda s3: s3.delete_object(Bucket=OTHER, Key="secret"),
}


@pytest.fixture(scope="module")
def milvus() -> Iterator[Any]:
    """Milvus' role in an account with two buckets; permissions are enforced where a test says so."""
    with pytest.MonkeyPatch.context() as patch, moto.mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        owner = boto3.client("s3", region_name="us-east-1")
        for bucket, key in ((BUCKET, "files/old"), (BUCKET, "files/garbage"), (OTHER, "secret")):
            owner.create_bucket(Bucket=bucket)
            owner.put_object(Bucket=bucket, Key=key, Body=b"x")
        iam = boto3.client("iam", region_name="us-east-1")
        role = iam.create_role(RoleName="milvus", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        iam.put_role_policy(RoleName="milvus", PolicyName="data", PolicyDocument=POLICY)
        taken = boto3.client("sts", region_name="us-east-1").assume_role(RoleArn=role, RoleSessionName="milvus")
        yield boto3.client(
            "s3",
            region_name="us-east-1",
            aws_access_key_id=taken["Credentials"]["AccessKeyId"],
            aws_secret_access_key=taken["Credentials"]["SecretAccessKey"],
            aws_session_token=taken["Credentials"]["SessionToken"],
        )


@pytest.mark.parametrize("what", NEEDED)
def test_milvus_may(milvus: Any, what: str) -> None:
    moto_core.set_initial_no_auth_action_count(0)(NEEDED[what])(milvus)


@pytest.mark.parametrize("what", REFUSED)
def test_milvus_may_not(milvus: Any, what: str) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        moto_core.set_initial_no_auth_action_count(0)(REFUSED[what])(milvus)


def test_of_all_of_awss_actions_six_are_allowed_and_only_on_its_own_bucket() -> None:
    """Tries every action of every service that parliament knows."""
    policy = parliament.analyze_policy_string(POLICY)
    assert sorted(policy.get_allowed_actions()) == [
        "s3:abortmultipartupload",
        "s3:deleteobject",
        "s3:getobject",
        "s3:listbucket",
        "s3:listmultipartuploadparts",
        "s3:putobject",
    ]
    assert policy.get_allowed_resources("s3", "ListBucket") == ["arn:aws:s3:::milvus-data"]
    for action in ("AbortMultipartUpload", "DeleteObject", "GetObject", "ListMultipartUploadParts", "PutObject"):
        assert policy.get_allowed_resources("s3", action) == ["arn:aws:s3:::milvus-data/*"]


def test_with_a_key_two_more_actions_are_allowed_on_that_key_through_s3() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/data"
    policy = parliament.analyze_policy_string(milvus_policy(f"arn:aws:s3:::{BUCKET}", "us-east-1", key))
    assert sorted(each for each in policy.get_allowed_actions() if each.startswith("kms:")) == [
        "kms:decrypt",
        "kms:generatedatakey",
    ]
    assert policy.get_allowed_resources("kms", "Decrypt") == [key]
    assert json.loads(milvus_policy("b", "us-east-1", key))["Statement"][-1]["Condition"] == {
        "StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    }
