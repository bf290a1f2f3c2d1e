"""IAM policies, wherever an input holds one: actions that exist, for what they are for, and who may be named."""

import json
from typing import Any

import pytest

from rehearsal.protocol.wire import UNKNOWN
from rehearsal.published import policies

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
OBJECTS, TOPIC = "arn:aws:s3:::data/*", "arn:aws:kafka:us-east-1:123456789012:topic/a/b/c"
ROLE, INLINE = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"


def written(**statement: Any) -> str:
    full = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECTS} | statement
    kept = {key: value for key, value in full.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [kept]})


def trust(action: str, principal: dict[str, str]) -> str:
    return written(Action=action, Principal=principal, Resource=None)


def found(type_: str, key: str, text: str, region: str = "us-east-1", **others: str) -> str:
    return "\n".join(reason for _, reason in policies.problems(type_, {key: text, **others}, region))


@pytest.mark.parametrize(
    ("taken", "refused", "reason"),
    [
        ({"Action": "s3:Get*"}, {"Action": "s3:Gett*"}, "s3:Gett*: there is no such action"),
        ({"Action": "S3:getobject"}, {"Action": "s3:ReadObject"}, "s3:ReadObject: there is no such action"),
        ({"Action": "*"}, {"Action": "s4:GetObject"}, "s4:GetObject: there is no such action"),
        ({"Action": "s3:*"}, {"Action": "*:Get*"}, "Actions must be prefaced by a vendor"),
        ({"Action": "s3:*"}, {"Action": "GetObject"}, "Actions must be prefaced by a vendor"),
        ({"Resource": "arn:aws:s3:::data*"}, {"Resource": "arn:aws:s3:::data"}, "none of s3:GetObject is for such"),
        ({"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::data"}, {"Resource": TOPIC}, "none of s3:GetObject"),
        ({"Resource": "arn:*:s3:::data/*"}, {"Resource": "arn:aws-cn:s3:::data/*"}, "us-east-1 is in aws"),
        ({"Resource": "*"}, {"Resource": "arn:aws:s*:::data/*"}, "Resource vendor must be fully qualified"),
        ({"Resource": "arn:aws:s3:::${aws:username}/*"}, {"Resource": "arn:aws:sns:::a"}, "none of s3:GetObject is"),
    ],
)
def test_a_statement_is_about_actions_and_resources_that_belong_together(
    taken: dict[str, Any], refused: dict[str, Any], reason: str
) -> None:
    assert found(INLINE, "policy", written(**taken)) == ""
    assert reason in found(INLINE, "policy", written(**refused))


@pytest.mark.parametrize(
    ("taken", "refused", "reason"),
    [
        (
            ("sts:AssumeRole", {"Service": "ec2.amazonaws.com"}),
            ("sts:AssumeRole", {"Service": "ec2"}),
            "Invalid principal ec2",
        ),
        (
            ("sts:TagSession", {"Service": "pods.eks.amazonaws.com"}),
            ("iam:PassRole", {"Service": "ec2.amazonaws.com"}),
            "Service takes no role by iam:PassRole",
        ),
        (
            ("sts:AssumeRoleWithWebIdentity", {"Federated": "arn:aws:iam::123456789012:oidc-provider/a"}),
            ("sts:AssumeRole", {"Federated": "arn:aws:iam::123456789012:oidc-provider/a"}),
            "Federated takes no role by sts:AssumeRole;",
        ),
        (
            ("sts:AssumeRole", {"AWS": "*"}),
            ("sts:AssumeRole", {"AWS": "arn:aws:iam::123456789012:role/a-*"}),
            "no wildcard can stand for a part of it",
        ),
    ],
)
def test_a_trust_policy_names_who_can_take_roles_and_how(
    taken: tuple[str, dict[str, str]], refused: tuple[str, dict[str, str]], reason: str
) -> None:
    assert found(ROLE, "assumeRolePolicy", trust(*taken)) == ""
    assert reason in found(ROLE, "assumeRolePolicy", trust(*refused))


def test_a_buckets_policy_is_about_that_bucket_and_s3() -> None:
    own = written(Effect="Deny", Principal="*", Action="s3:*")
    assert found(BUCKET_POLICY, "policy", own, bucket="data") == ""
    assert "is not of the bucket other" in found(BUCKET_POLICY, "policy", own, bucket="other")
    assert found(BUCKET_POLICY, "policy", own, bucket=UNKNOWN) == ""
    foreign = written(Principal="*", Action=["s3:GetObject", "ec2:StartInstances"])
    assert "ec2:StartInstances: MalformedPolicy" in found(BUCKET_POLICY, "policy", foreign, bucket="data")


@pytest.mark.parametrize("type_", ["aws:ec2/vpcEndpoint:VpcEndpoint", "aws:sns/topic:Topic", "aws:iam/policy:Policy"])
def test_a_policy_is_one_also_where_cloudformation_does_not_say_so(type_: str) -> None:
    assert "not a JSON object" in found(type_, "policy", "allow")
    assert "'Permit' is none of Allow, Deny" in found(type_, "policy", written(Effect="Permit"))
    assert "it has no statement" in found(type_, "policy", json.dumps({"Version": "2012-10-17", "Statement": []}))


def test_a_variable_needs_the_newer_version_of_the_language() -> None:
    older = json.loads(written(Resource="arn:aws:s3:::${aws:username}/*")) | {"Version": "2008-10-17"}
    assert "need Version 2012-10-17" in found(INLINE, "policy", json.dumps(older))


def test_other_text_and_what_is_not_known_yet_is_no_policy() -> None:
    assert policies.problems(INLINE, {"policy": UNKNOWN, "description": "a {} of text"}, "us-east-1") == []
