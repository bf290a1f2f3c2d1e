"""Prints, as one JSON object, what the testbed's AWS answers to Milvus' role. test_aws.py runs it in a namespace."""

import json
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from components.identity.bucket_settings import encrypted_transport_only
from components.identity.workload_identity import trust_service_account
from components.storage.bucket import milvus_policy
from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.rules.iam import INLINE, ROLE
from rehearsal.rules.s3 import BUCKET
from rehearsal.rules.secretsmanager import VERSION
from testbed import aws, namespace
from testbed.bed import AWS_FOLDER, BUCKET_POLICY, ISSUER, Bed, replay
from testbed.machine import BUNDLE

REGION, NAME, ACCOUNT = "eu-west-1", "milvus-data", "123456789012"
OIDC, SUBJECT = f"oidc.eks.{REGION}.amazonaws.com/id/ABC", "system:serviceaccount:milvus:milvus"
ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:milvus-root-a1b2c3"


def cloud() -> Cloud:
    bucket = f"arn:aws:s3:::{NAME}"
    trust = trust_service_account(f"arn:aws:iam::{ACCOUNT}:oidc-provider/{OIDC}", OIDC, SUBJECT)
    emulated = Cloud()
    for type_, id_, inputs in (
        (BUCKET, NAME, {}),
        (BUCKET_POLICY, NAME, {"bucket": NAME, "policy": encrypted_transport_only(bucket)}),
        (ISSUER, OIDC, {"url": f"https://{OIDC}", "clientIdLists": ["sts.amazonaws.com"]}),
        (ROLE, "milvus", {"path": "/", "assumeRolePolicy": trust}),
        (INLINE, "milvus:s3", {"role": "milvus", "name": "s3", "policy": milvus_policy(bucket, REGION)}),
        (VERSION, f"{ARN}|1", {"secretId": ARN, "secretString": "first"}),
    ):
        emulated.put(Resource(type_, id_, inputs=inputs, region=REGION))
    return emulated


def attempt(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as error:
        return str(cast(Any, error).response["Error"]["Code"])
    return "ok"


def main() -> None:
    namespace.settle()
    logging.disable()
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    said: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        bed, emulated = Bed(Path(folder)), cloud()
        replay(bed, emulated)
        assert bed.aws

        def client(service: str, **keys: str) -> Any:
            options: dict[str, Any] = {"region_name": REGION, "verify": str(BUNDLE), **keys}
            return cast(Any, boto3).client(service, **options, config=Config(retries={"total_max_attempts": 1}))

        def assume(subject: str) -> dict[str, str]:
            assert bed.aws
            token = bed.aws.token(Path(folder) / "token", OIDC, subject).read_text()
            answer = client("sts", aws_access_key_id="", aws_secret_access_key="").assume_role_with_web_identity(
                RoleArn=f"arn:aws:iam::{ACCOUNT}:role/milvus", RoleSessionName="milvus", WebIdentityToken=token
            )
            return answer["Credentials"]

        said["another service account"] = attempt(lambda: assume("system:serviceaccount:default:milvus"))
        given = assume(SUBJECT)
        milvus = client(
            "s3",
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )
        objects: Any = {"Objects": [{"Key": "a"}, {"Key": "b"}]}
        said["head bucket"] = attempt(lambda: milvus.head_bucket(Bucket=NAME))
        said["put"] = attempt(lambda: milvus.put_object(Bucket=NAME, Key="a", Body=b"x"))
        said["get"] = attempt(lambda: milvus.get_object(Bucket=NAME, Key="a"))
        said["delete many"] = attempt(lambda: milvus.delete_objects(Bucket=NAME, Delete=objects))
        said["delete bucket"] = attempt(lambda: milvus.delete_bucket(Bucket=NAME))
        said["read the bucket's policy"] = attempt(lambda: milvus.get_bucket_policy(Bucket=NAME))
        policy = emulated.all(INLINE)[0]
        policy.inputs["policy"] = policy["policy"].replace("s3:DeleteObject", "s3:GetObject")
        bed.apply(emulated, policy)
        said["delete many without DeleteObject"] = attempt(lambda: milvus.delete_objects(Bucket=NAME, Delete=objects))
        version = emulated.all(VERSION)[0]
        version.inputs["secretString"] = "second"
        bed.apply(emulated, version)
        manager = aws.client(bed.folder / AWS_FOLDER, "secretsmanager", REGION)
        said["secret by its ARN"] = manager.get_secret_value(SecretId=ARN)["SecretString"]
        said["objects"] = aws.objects(bed.folder / AWS_FOLDER, NAME, REGION)
        said["refused"] = sorted(name for name, allowed in aws.audit(bed.folder / AWS_FOLDER) if not allowed)
        bed.stop()
    print(json.dumps(said))


if __name__ == "__main__":
    main()
