"""IAM policy documents as plain data, so that tests can read, lint and evaluate them before AWS does."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Statement = dict[str, Any]
Condition = Mapping[str, Mapping[str, str | Sequence[str]]]


def allow(
    sid: str,
    actions: Sequence[str],
    resources: str | Sequence[str],
    *,
    condition: Condition | None = None,
    principal: Mapping[str, str] | None = None,
) -> Statement:
    """A statement that allows actions; `sid` says what for. Only policies of resources have a `principal`."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        **({"Principal": principal} if principal else {}),
        "Action": list(actions),
        "Resource": resources if isinstance(resources, str) else list(resources),
        **({"Condition": condition} if condition else {}),
    }


def allow_metrics(sid: str, namespace: str) -> Statement:
    """A statement that allows to write metrics of one namespace. PutMetricData knows no resources
    (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html)."""
    condition = {"StringEquals": {"cloudwatch:namespace": namespace}}
    return allow(sid, ["cloudwatch:PutMetricData"], "*", condition=condition)


def objects(bucket_arn: str, folder: str) -> str:
    """ARN pattern of a bucket's objects, or of those in one folder of it."""
    return f"{bucket_arn}/{folder}/*" if folder else f"{bucket_arn}/*"


def listing(*folders: str) -> Condition | None:
    """Condition that lets ListBucket show these folders alone; None for a whole bucket.

    HeadBucket, by which clients find a bucket, is allowed by ListBucket, too, and names no prefix.
    """
    shown = [prefix for folder in folders for prefix in (folder, f"{folder}/*") if folder]
    return {"StringLikeIfExists": {"s3:prefix": shown}} if shown else None


def document(*statements: Statement) -> str:
    """A policy document, as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(service: str) -> str:
    """A trust policy that lets an AWS service assume a role."""
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})
