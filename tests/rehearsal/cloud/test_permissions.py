"""IAM policies are evaluated by IAM's own logic."""

import json
from typing import Any

import pytest

from rehearsal.cloud.permissions import allowed, denied

BUCKET, OBJECT = "arn:aws:s3:::data", "arn:aws:s3:::data/files/1"


def policy(**statement: Any) -> str:
    return json.dumps(
        {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"} | statement}
    )


@pytest.mark.parametrize(
    ("statement", "allows"),
    [
        ({}, True),
        ({"Action": ["s3:Put*", "S3:GETOBJECT"]}, True),
        ({"Action": "s3:Get?bject"}, True),
        ({"Action": "s3:GetObjectAcl"}, False),
        ({"Resource": BUCKET}, False),
        ({"Condition": {"StringEquals": {"kms:ViaService": ["s3.a", "s3.b"]}}}, True),
        ({"Condition": {"StringEquals": {"kms:ViaService": "s3.c"}}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}, False),
        ({"Condition": {"StringLike": {"kms:ViaService": "s3.*"}, "Bool": {"aws:SecureTransport": "TRUE"}}}, True),
        ({"Condition": {"StringLikeIfExists": {"s3:prefix": "a/*"}}}, True),  # a call that names none
        ({"Condition": {"StringLikeIfExists": {"kms:ViaService": "s3.b*"}}}, True),
        ({"Condition": {"StringLikeIfExists": {"kms:ViaService": "ec2.*"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
    ],
)
def test_an_action_on_a_resource_under_conditions(statement: dict[str, Any], allows: bool) -> None:
    context = {"kms:ViaService": "s3.b", "aws:SecureTransport": "true"}
    assert allowed([policy(**statement)], "s3:GetObject", OBJECT, context) is allows


def test_a_denial_outweighs_what_others_allow() -> None:
    deny = policy(Effect="Deny", Action="s3:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert allowed([policy(), deny], "s3:GetObject", OBJECT, {"aws:SecureTransport": "true"})
    assert not allowed([policy(), deny], "s3:GetObject", OBJECT, {"aws:SecureTransport": "false"})
    assert denied(deny, "s3:GetObject", OBJECT, {"aws:SecureTransport": "false"})
    assert not denied(deny, "s3:GetObject", OBJECT, {"aws:SecureTransport": "true"})


@pytest.mark.parametrize(
    ("principal", "who", "allows"),
    [
        ({"Service": "eks.amazonaws.com"}, ("Service", "eks.amazonaws.com"), True),
        ({"Service": ["ec2.amazonaws.com", "eks.amazonaws.com"]}, ("Service", "eks.amazonaws.com"), True),
        ({"AWS": "eks.amazonaws.com"}, ("Service", "eks.amazonaws.com"), False),
        ("*", ("AWS", "anybody"), True),
        (None, ("AWS", "anybody"), False),
    ],
)
def test_a_principal_is_a_kind_and_a_name(principal: Any, who: tuple[str, str], allows: bool) -> None:
    trust = policy(Action="sts:AssumeRole", Principal=principal)
    assert allowed([trust], "sts:AssumeRole", OBJECT, {}, who) is allows


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"Statement": ["s"]}'])
def test_what_is_no_policy_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        allowed([text], "s3:GetObject", OBJECT, {})
