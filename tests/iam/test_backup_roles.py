"""The roles of backups on an S3 and IAM that enforce them (moto): what DAY-2 work needs succeeds, all else is refused.

The calls are milvus-backup's (internal/storage/: minio-go), and those of bucket_script.py.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from components.backup.policies import backup_policy, replication_policy, restore_policy
from tests.iam.untyped import boto3, moto, moto_core, parliament

DATA, BACKUPS, OTHER = "milvus-data", "milvus-backups", "somebody-elses"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
DATA_KEY = "arn:aws:kms:us-east-1:123456789012:key/66666666-2222-3333-4444-555555555555"
ARNS: dict[str, Any] = {
    "data": f"arn:aws:s3:::{DATA}",
    "data_key": None,
    "backups": f"arn:aws:s3:::{BACKUPS}",
    "backup_key": KEY,
    "region": "us-east-1",
}
POLICIES = {"backup": backup_policy(**ARNS), "restore": restore_policy(**ARNS)}
Call = Callable[[Any], object]


def multipart(bucket: str) -> Call:
    """A large object, copied or written in parts, and one that is given up."""

    def call(s3: Any) -> None:
        upload = s3.create_multipart_upload(Bucket=bucket, Key="large")["UploadId"]
        part = s3.upload_part(Bucket=bucket, Key="large", UploadId=upload, PartNumber=1, Body=b"x")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(Bucket=bucket, Key="large", UploadId=upload, MultipartUpload=parts)
        upload = s3.create_multipart_upload(Bucket=bucket, Key="broken")["UploadId"]
        s3.abort_multipart_upload(Bucket=bucket, Key="broken", UploadId=upload)

    return call


def copied(source: str, target: str) -> Call:
    return lambda s3: s3.copy_object(Bucket=target, Key="copy", CopySource=f"{source}/there")


def listed(bucket: str) -> Call:
    return lambda s3: s3.list_objects_v2(Bucket=bucket)


def read(bucket: str) -> Call:
    return lambda s3: s3.get_object(Bucket=bucket, Key="there")


def written(bucket: str) -> Call:
    return lambda s3: s3.put_object(Bucket=bucket, Key="new", Body=b"x")


def deleted(bucket: str) -> Call:
    return lambda s3: s3.delete_object(Bucket=bucket, Key="gone")


NEEDED: dict[tuple[str, str], Call] = {
    ("backup", "list Milvus' data"): listed(DATA),
    ("backup", "read Milvus' data"): read(DATA),
    ("backup", "list backups"): listed(BACKUPS),
    ("backup", "copy into the backup bucket"): copied(DATA, BACKUPS),
    ("backup", "write meta, manifest and snapshots"): written(BACKUPS),
    ("backup", "read meta"): read(BACKUPS),
    ("backup", "write a large object"): multipart(BACKUPS),
    ("restore", "list backups"): listed(BACKUPS),
    ("restore", "read a backup"): read(BACKUPS),
    ("restore", "delete a backup"): deleted(BACKUPS),
    ("restore", "list Milvus' data"): listed(DATA),
    ("restore", "copy into Milvus' bucket"): copied(BACKUPS, DATA),
    ("restore", "stage a large object"): multipart(DATA),
    ("restore", "clear what was staged"): deleted(DATA),
}
OF_A_BUCKET: dict[str, Callable[[Any, str], object]] = {
    "delete the bucket": lambda s3, bucket: s3.delete_bucket(Bucket=bucket),
    "open the bucket": lambda s3, bucket: s3.delete_public_access_block(Bucket=bucket),
    "rewrite its policy": lambda s3, bucket: s3.put_bucket_policy(Bucket=bucket, Policy="{}"),
    "delete its policy": lambda s3, bucket: s3.delete_bucket_policy(Bucket=bucket),
    "stop its versions": lambda s3, bucket: s3.put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
    ),
    "end its life cycle": lambda s3, bucket: s3.delete_bucket_lifecycle(Bucket=bucket),
    "end its replication": lambda s3, bucket: s3.delete_bucket_replication(Bucket=bucket),
    "end its encryption": lambda s3, bucket: s3.delete_bucket_encryption(Bucket=bucket),
    "change its lock": lambda s3, bucket: s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={}),
    "tag the bucket": lambda s3, bucket: s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": []}),
    "give an object away": lambda s3, bucket: s3.put_object_acl(Bucket=bucket, Key="there", ACL="public-read"),
}
OF_NO_BUCKET: dict[str, Call] = {
    "make a bucket, as milvus-backup would": lambda s3: s3.create_bucket(Bucket="new-bucket"),
    "list all buckets": lambda s3: s3.list_buckets(),
    "list another bucket": listed(OTHER),
    "read another bucket": read(OTHER),
    "write another bucket": written(OTHER),
    "delete in another bucket": deleted(OTHER),
}
REFUSED: dict[tuple[str, str], Call] = {
    ("backup", "write into Milvus' bucket"): written(DATA),
    ("backup", "delete in Milvus' bucket"): deleted(DATA),
    ("backup", "delete a backup"): deleted(BACKUPS),
    ("backup", "copy back into Milvus' bucket"): copied(BACKUPS, DATA),
    ("restore", "write a backup"): written(BACKUPS),
    ("restore", "copy into the backup bucket"): copied(DATA, BACKUPS),
    **{
        (role, f"{what}: {bucket}"): lambda s3, call=call, bucket=bucket: call(s3, bucket)
        for role in POLICIES
        for bucket in (DATA, BACKUPS)
        for what, call in OF_A_BUCKET.items()
    },
    **{(role, what): call for role in POLICIES for what, call in OF_NO_BUCKET.items()},
}


@pytest.fixture(scope="module")
def roles() -> Iterator[dict[str, Any]]:
    """S3 by each role, in an account with three buckets; permissions are enforced where a test says so."""
    with pytest.MonkeyPatch.context() as patch, moto.mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        owner, iam, sts = (boto3.client(service, region_name="us-east-1") for service in ("s3", "iam", "sts"))
        for bucket in (DATA, BACKUPS, OTHER):
            owner.create_bucket(Bucket=bucket)
            for key in ("there", "gone"):
                owner.put_object(Bucket=bucket, Key=key, Body=b"x")
        clients: dict[str, Any] = {}
        for name, policy in POLICIES.items():
            role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
            iam.put_role_policy(RoleName=name, PolicyName="buckets", PolicyDocument=policy)
            taken = sts.assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
            clients[name] = boto3.client(
                "s3",
                region_name="us-east-1",
                aws_access_key_id=taken["AccessKeyId"],
                aws_secret_access_key=taken["SecretAccessKey"],
                aws_session_token=taken["SessionToken"],
            )
        yield clients


@pytest.mark.parametrize(("role", "what"), NEEDED)
def test_a_role_may(roles: dict[str, Any], role: str, what: str) -> None:
    moto_core.set_initial_no_auth_action_count(0)(NEEDED[role, what])(roles[role])


@pytest.mark.parametrize(("role", "what"), REFUSED)
def test_a_role_may_not(roles: dict[str, Any], role: str, what: str) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        moto_core.set_initial_no_auth_action_count(0)(REFUSED[role, what])(roles[role])


def test_of_all_of_awss_actions_these_are_allowed_to_the_role_of_backups() -> None:
    policy = parliament.analyze_policy_string(POLICIES["backup"])
    assert sorted(policy.get_allowed_actions()) == [
        "cloudwatch:putmetricdata",
        "kms:decrypt",
        "kms:generatedatakey",
        "s3:abortmultipartupload",
        "s3:getobject",
        "s3:listbucket",
        "s3:putobject",
    ]
    assert sorted(policy.get_allowed_resources("s3", "ListBucket")) == [ARNS["backups"], ARNS["data"]]
    assert sorted(policy.get_allowed_resources("s3", "GetObject")) == [f"{ARNS['backups']}/*", f"{ARNS['data']}/*"]
    for action in ("AbortMultipartUpload", "PutObject"):
        assert policy.get_allowed_resources("s3", action) == [f"{ARNS['backups']}/*"]


def test_of_all_of_awss_actions_these_are_allowed_to_the_role_of_restores() -> None:
    policy = parliament.analyze_policy_string(POLICIES["restore"])
    assert sorted(policy.get_allowed_actions()) == [
        "kms:decrypt",
        "s3:abortmultipartupload",
        "s3:deleteobject",
        "s3:getobject",
        "s3:listbucket",
        "s3:putobject",
    ]
    for action in ("AbortMultipartUpload", "PutObject"):
        assert policy.get_allowed_resources("s3", action) == [f"{ARNS['data']}/*"]
    assert sorted(policy.get_allowed_resources("s3", "DeleteObject")) == [f"{ARNS['backups']}/*", f"{ARNS['data']}/*"]


def test_a_key_is_used_through_s3_alone_the_datas_for_reading_by_the_one_and_for_writing_by_the_other() -> None:
    with_key = {**ARNS, "data_key": DATA_KEY}
    for policy, written_with, read_with in ((backup_policy, KEY, DATA_KEY), (restore_policy, DATA_KEY, KEY)):
        text = policy(**with_key)
        found = parliament.analyze_policy_string(text)
        assert found.get_allowed_resources("kms", "GenerateDataKey") == [written_with]
        assert sorted(found.get_allowed_resources("kms", "Decrypt")) == sorted([written_with, read_with])
        through = [each["Condition"] for each in json.loads(text)["Statement"] if "kms:Decrypt" in each["Action"]]
        assert through == [{"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}] * 2


def test_metrics_are_written_into_one_namespace_alone() -> None:
    (statement,) = (each for each in json.loads(POLICIES["backup"])["Statement"] if each["Resource"] == "*")
    assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": "milvus-on-aws"}}


@pytest.mark.parametrize("key", [None, DATA_KEY])
def test_parliament_finds_nothing_wrong(key: str | None) -> None:
    copy = replication_policy(
        backups=ARNS["backups"],
        backup_key=KEY,
        region="us-east-1",
        copies="arn:aws:s3:::copies",
        copy_key="arn:aws:kms:us-west-2:123456789012:key/77777777-2222-3333-4444-555555555555",
        copy_region="us-west-2",
    )
    with_key: dict[str, Any] = {**ARNS, "data_key": key}
    texts = [backup_policy(**with_key), restore_policy(**with_key), copy]
    assert [str(each) for text in texts for each in parliament.analyze_policy_string(text).findings] == []
