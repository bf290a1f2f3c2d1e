"""A linter checks every policy of every component: actions exist, conditions fit, and no `*` is unnecessary."""

import json
from functools import cache
from typing import Any

import pytest

from tests.iam.untyped import parliament
from tests.program import run

POLICIES = {
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:kms/key:Key": "policy",
}
# AWS knows no resources for these. docs.aws.amazon.com/service-authorization/latest/reference
WITHOUT_RESOURCES = {
    "cloudwatch:PutMetricData",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcs",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "logs:DescribeLogGroups",
}


@cache
def documents() -> dict[str, str]:
    """Policies by the resource that carries them, as AWS would receive them, with real ARNs in place of those of
    tests.
    """
    found: dict[str, str] = {}
    everything = run(
        "prod", kafka={"users": ["a", "b"]}, bucket={"customerKey": True}, backup={"replicateTo": "us-west-2"}
    )
    for resource in everything.resources:
        if (key := POLICIES.get(resource.type)) and key in resource.inputs:
            text = str(resource.inputs[key])
            for name, arn in {
                "arn:backup-copy-bucket": "arn:aws:s3:::copies",
                "arn:backup-copy-key": "arn:aws:kms:us-west-2:123456789012:key/copies",
                "arn:backup-bucket": "arn:aws:s3:::backups",
                "arn:backup-key": "arn:aws:kms:us-east-1:123456789012:key/backups",
                "arn:bucket-bucket": "arn:aws:s3:::data",
                "arn:bucket-key": "arn:aws:kms:us-east-1:123456789012:key/data",
                "arn:network-flow:": "arn:aws:logs:us-east-1:123456789012:log-group:network-flow:",
                "arn:kafka-a": "arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_kafka-a",
                "arn:kafka-b": "arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_kafka-b",
            }.items():
                text = text.replace(name, arn)
            found[f"{resource.type} {resource.name}"] = text
    return found


def statements() -> list[tuple[str, dict[str, Any]]]:
    return [(name, each) for name, text in documents().items() for each in json.loads(text)["Statement"]]


def test_every_kind_of_policy_is_among_those_linted() -> None:
    assert sorted(documents()) == [
        "aws:iam/rolePolicy:RolePolicy backup-copy",
        "aws:iam/rolePolicy:RolePolicy backup-milvus-backup-buckets",
        "aws:iam/rolePolicy:RolePolicy backup-milvus-restore-buckets",
        "aws:iam/rolePolicy:RolePolicy controller-identity-bind",
        "aws:iam/rolePolicy:RolePolicy milvus-s3-bucket",
        "aws:iam/rolePolicy:RolePolicy network-flow",
        "aws:kms/key:Key kafka-key",
        "aws:kms/key:Key observability-key",
        "aws:s3/bucketPolicy:BucketPolicy backup-copy-policy",
        "aws:s3/bucketPolicy:BucketPolicy backup-policy",
        "aws:s3/bucketPolicy:BucketPolicy bucket-policy",
        "aws:secretsmanager/secretPolicy:SecretPolicy kafka-a",
        "aws:secretsmanager/secretPolicy:SecretPolicy kafka-b",
    ]


def test_parliament_finds_nothing() -> None:
    findings = {
        name: [
            finding
            for finding in map(str, parliament.analyze_policy_string(text).findings)
            if not excused(name, finding)
        ]
        for name, text in documents().items()
    }
    assert {name: found for name, found in findings.items() if found} == {}


def excused(name: str, finding: str) -> bool:
    """True for `*` in a key's own policy, where it means that key."""
    return name.startswith("aws:kms/key:Key") and finding.startswith("RESOURCE_STAR")


@pytest.mark.parametrize(
    ("policy", "finding"),
    [
        ({"Action": "s3:ListBuckets", "Resource": "*"}, "UNKNOWN_ACTION"),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::data"}, "RESOURCE_MISMATCH"),
        ({"Action": "s3:GetObject", "Resource": "*"}, "RESOURCE_STAR"),
    ],
)
def test_parliament_would_find_something(policy: dict[str, str], finding: str) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **policy}]})
    assert any(str(each).startswith(finding) for each in parliament.analyze_policy_string(text).findings)


def test_a_star_stands_only_where_aws_knows_no_resources() -> None:
    for name, statement in statements():
        if statement["Resource"] == "*" and not name.startswith("aws:kms/key:Key"):
            assert set(statement["Action"]) <= WITHOUT_RESOURCES, name


def test_every_statement_says_what_it_is_for() -> None:
    assert all(statement.get("Sid") for _, statement in statements())
