"""ARNs in settings must be of the right kind, and in the stack's partition, region and account."""

from typing import Any

import pytest

from tests.settings.written import AWS, accepted, problems

CERTIFICATE = "access.certificateArn"
BOUNDARY = "cluster.permissionsBoundary"
PRINCIPAL = "cluster.accessEntries.team.principalArn"
DOMAIN = {"milvus": "milvus.example.com", "attu": "attu.example.com"}


def with_arn(key: str, arn: str, **settings: dict[str, Any]) -> dict[str, Any]:
    section: dict[str, Any] = {
        CERTIFICATE: {"access": {"certificateArn": arn, "domain": DOMAIN}},
        BOUNDARY: {"cluster": {"permissionsBoundary": arn}},
        PRINCIPAL: {"cluster": {"accessEntries": {"team": {"principalArn": arn}}}},
    }[key]
    merged = {name: {**section.get(name, {}), **more} for name, more in settings.items()}
    return {**AWS, **section, **merged}


@pytest.mark.parametrize(
    ("key", "arn", "text"),
    [
        (
            CERTIFICATE,
            "arn:aws:acm:eu-west-1:123456789012:certificate/1",
            "is in eu-west-1, the stack in us-east-1; name an ACM certificate of us-east-1",
        ),
        (CERTIFICATE, "arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/1", "is in partition aws-us-gov"),
        (CERTIFICATE, "arn:aws:acm::123456789012:certificate/1", "the ARN of an ACM certificate, such as arn:aws:acm:"),
        (CERTIFICATE, "arn:aws:iam::123456789012:server-certificate/x", "the ARN of an ACM certificate"),
        (CERTIFICATE, "arn:aws:acm:us-east-1:aws:certificate/1", "the ARN of an ACM certificate"),
        (CERTIFICATE, "arn:aws:acm:us-east-1:123456789012:certificate/", "the ARN of an ACM certificate"),
        (CERTIFICATE, " arn:aws:acm:us-east-1:123456789012:certificate/1", "the ARN of an ACM certificate"),
        (BOUNDARY, "arn:aws-cn:iam::123456789012:policy/boundary", "is in partition aws-cn, region us-east-1 in aws"),
        (BOUNDARY, "arn:aws:iam::123456789012:role/boundary", "the ARN of an IAM policy"),
        (BOUNDARY, "arn:aws:iam::12345:policy/boundary", "the ARN of an IAM policy"),
        (BOUNDARY, "arn:aws:iam:us-east-1:123456789012:policy/boundary", "the ARN of an IAM policy"),
        (PRINCIPAL, "arn:aws:iam::aws:role/team", "the ARN of an IAM role or user"),
        (PRINCIPAL, "arn:aws:iam::123456789012:root", "the ARN of an IAM role or user"),
        (PRINCIPAL, "arn:aws:iam::123456789012:group/team", "the ARN of an IAM role or user"),
        (PRINCIPAL, "arn:aws:sts::123456789012:assumed-role/team/me", "a session, gone in hours; name its role"),
        (PRINCIPAL, "arn:aws:iam::123456789012:role/aws-service-role/eks.amazonaws.com/X", "the ARN of an IAM role or"),
        (PRINCIPAL, "arn:aws-us-gov:iam::123456789012:role/team", "is in partition aws-us-gov"),
    ],
)
def test_an_arn_that_cannot_be_meant_is_refused(key: str, arn: str, text: str) -> None:
    assert text in problems(with_arn(key, arn))[key]


@pytest.mark.parametrize(
    ("key", "arn"),
    [
        (CERTIFICATE, "arn:aws:acm:us-east-1:123456789012:certificate/12345678-90ab-cdef-1234-567890abcdef"),
        (BOUNDARY, "arn:aws:iam::aws:policy/PowerUserAccess"),
        (BOUNDARY, "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"),
        (BOUNDARY, "arn:aws:iam::123456789012:policy/teams/search/boundary"),
        (
            PRINCIPAL,
            "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123",
        ),
        (PRINCIPAL, "arn:aws:iam::123456789012:user/some.body@example.com"),
    ],
)
def test_arns_of_the_stack_and_of_aws_itself_are_taken(key: str, arn: str) -> None:
    assert accepted(with_arn(key, arn))


@pytest.mark.parametrize(
    ("key", "arn"),
    [
        (CERTIFICATE, "arn:aws:acm:us-east-1:210987654321:certificate/1"),
        (BOUNDARY, "arn:aws:iam::210987654321:policy/boundary"),
    ],
)
def test_what_must_be_the_accounts_own_is_looked_for_in_account_ids(key: str, arn: str) -> None:
    found = problems(with_arn(key, arn, access={"accountIds": ["123456789012"]}))
    assert f"{arn} is of account 210987654321, but access.accountIds has 123456789012; name one of there" in found[key]
    assert accepted(with_arn(key, arn, access={"accountIds": ["123456789012", "210987654321"]}))


def test_people_of_another_account_may_use_the_cluster_and_aws_own_policies_belong_to_none() -> None:
    accounts = {"accountIds": ["123456789012"]}
    assert accepted(with_arn(PRINCIPAL, "arn:aws:iam::210987654321:role/team", access=accounts))
    assert accepted(with_arn(BOUNDARY, "arn:aws:iam::aws:policy/PowerUserAccess", access=accounts))


def test_two_accounts_in_what_must_be_one_is_a_mistake() -> None:
    cluster = {"permissionsBoundary": "arn:aws:iam::210987654321:policy/boundary"}
    found = problems(with_arn(CERTIFICATE, "arn:aws:acm:us-east-1:123456789012:certificate/1", cluster=cluster))
    assert "both must be of the account that the stack is deployed to" in found[CERTIFICATE]


def test_govcloud_takes_arns_of_its_own_partition_only() -> None:
    ours = "arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/1"
    assert accepted(with_arn(CERTIFICATE, ours) | {"region": "us-gov-west-1"})
    commercial = problems(with_arn(BOUNDARY, "arn:aws:iam::aws:policy/PowerUserAccess") | {"region": "us-gov-west-1"})
    assert "is in partition aws, region us-gov-west-1 in aws-us-gov" in commercial[BOUNDARY]
