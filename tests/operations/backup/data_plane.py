"""A real Milvus with authentication on, whose segments are in a bucket of moto's S3 with IAM enforced.

It runs in the namespace of the process that calls it. Left out: Kafka, since what is backed up is not in it (the
server's own queue takes its place, and tests/testbed/ runs Kafka).
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.backup.policies import backup_policy
from components.identity.bucket_settings import encrypted_transport_only
from components.identity.workload_identity import trust_service_account
from components.storage.bucket import milvus_policy
from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.rules.iam import INLINE, ROLE
from rehearsal.rules.s3 import BUCKET
from testbed import aws
from testbed.bed import AWS_FOLDER, BUCKET_POLICY, ISSUER, Bed, replay
from testbed.milvus import QUICK, Milvus
from testbed.translation import Pod, merged

ACCOUNT, REGION = "123456789012", "us-east-1"
DATA, BACKUPS = "milvus-data", "milvus-backups"
PASSWORD = "at-least-six"
OIDC, SUBJECT = f"oidc.eks.{REGION}.amazonaws.com/id/ABC", "system:serviceaccount:milvus:milvus"
BACKUP_SUBJECT = "system:serviceaccount:milvus:milvus-backup"
URI = "http://127.0.0.1:19530"
ROOT = {"token": f"root:{PASSWORD}"}


def resources() -> Cloud:
    """Two buckets, the role by which Milvus reads and writes the first, and that of backups."""
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{OIDC}"
    trust, trust_backup = (trust_service_account(provider, OIDC, each) for each in (SUBJECT, BACKUP_SUBJECT))
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
    policy = backup_policy(
        data=f"arn:aws:s3:::{DATA}", data_key=None, backups=f"arn:aws:s3:::{BACKUPS}", backup_key=key, region=REGION
    )
    bucket = f"arn:aws:s3:::{DATA}"
    cloud = Cloud()
    for type_, id_, inputs in (
        (BUCKET, DATA, {}),
        (BUCKET, BACKUPS, {}),
        (BUCKET_POLICY, DATA, {"bucket": DATA, "policy": encrypted_transport_only(bucket)}),
        (ISSUER, OIDC, {"url": f"https://{OIDC}", "clientIdLists": ["sts.amazonaws.com"]}),
        (ROLE, "milvus", {"path": "/", "assumeRolePolicy": trust}),
        (ROLE, "backup", {"path": "/", "assumeRolePolicy": trust_backup}),
        (INLINE, "backup:s3", {"role": "backup", "name": "s3", "policy": policy}),
        (INLINE, "milvus:s3", {"role": "milvus", "name": "s3", "policy": milvus_policy(bucket, REGION)}),
    ):
        cloud.put(Resource(type_, id_, inputs=inputs, region=REGION))
    return cloud


CONFIGURATION: dict[str, Any] = {
    "mq": {"type": "rocksmq"},
    "messageQueue": "rocksmq",
    "common": {"security": {"authorizationEnabled": True}, "storageType": "remote"},
    "minio": {
        "address": f"s3.{REGION}.amazonaws.com",
        "port": 443,
        "useSSL": True,
        "bucketName": DATA,
        "rootPath": "files",
        "useIAM": True,
        "cloudProvider": "aws",
        "region": REGION,
        "accessKeyID": "",
        "secretAccessKey": "",
    },
}


@contextmanager
def running(folder: Path) -> Generator[Bed]:
    """A bed with a started Milvus; this process gets the credentials of a person who may do everything."""
    bed = Bed(folder)
    replay(bed, resources())
    if not bed.aws:
        raise RuntimeError("the bed has no AWS")
    bed.aws.wait()
    os.environ.update({**aws.environment(folder / AWS_FOLDER), "AWS_DEFAULT_REGION": REGION})
    environment = {
        "AWS_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/milvus",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(bed.aws.token(folder / "token", OIDC, SUBJECT)),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
    }
    pod = Pod(merged(CONFIGURATION, QUICK), {}, "milvus", environment["AWS_ROLE_ARN"])
    bed.milvus = Milvus(folder / "milvus", pod, environment, PASSWORD, {})
    try:
        bed.milvus.start()
        yield bed
    finally:
        bed.stop()
