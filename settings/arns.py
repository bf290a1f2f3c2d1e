"""Checks of ARNs in settings: they must be of the right kind, and in the stack's partition, region and account.

Left out: whether the named resources exist, which only AWS knows.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from planning.regions import partition

ARN = re.compile(
    r"arn:(?P<partition>[-a-z]+):(?P<service>[-a-z0-9]+):(?P<region>[-a-z0-9]*):(?P<account>\d{12}|aws|):(?P<rest>.+)"
)
IAM_NAME = r"[\w+=,.@-]"
IAM_PATH = r"([!-~]+/)?"


@dataclass(frozen=True, kw_only=True)
class ArnKind:
    """The kind of resource that an ARN must name, and whether it may be in another region or account than the stack."""

    what: str
    example: str
    service: str
    resource: str
    """Regular expression for the part of the ARN after the account."""
    regional: bool = False
    """True if the resource belongs to a region, which must be the stack's."""
    by_aws: bool = False
    """True if AWS' own resources, with `aws` as their account, are allowed, too."""
    same_account: bool = True
    """True if the resource must belong to the stack's account."""


CERTIFICATE = ArnKind(
    what="an ACM certificate",
    example="arn:aws:acm:us-east-1:123456789012:certificate/12345678-90ab-cdef-1234-567890abcdef",
    service="acm",
    resource=r"certificate/[-\w]+",
    regional=True,
)
PRINCIPAL = ArnKind(
    what="an IAM role or user",
    example="arn:aws:iam::123456789012:role/team",
    service="iam",
    resource=rf"(role|user)/(?!aws-service-role/){IAM_PATH}{IAM_NAME}{{1,64}}",
    # "the ARN can be in the same, or different, AWS account" (docs.aws.amazon.com/eks/latest/userguide/
    # creating-access-entries.html, entries of type STANDARD, which ours are)
    same_account=False,
)
CONSUMER = ArnKind(
    what="an account, an IAM role or a user",
    example="arn:aws:iam::111122223333:root",
    service="iam",
    resource=rf"root|(role|user)/(?!aws-service-role/){IAM_PATH}{IAM_NAME}{{1,64}}",
    same_account=False,  # "accounts, IAM users, and IAM roles" (ec2:ModifyVpcEndpointServicePermissions)
)
POLICY = ArnKind(
    what="an IAM policy",
    example="arn:aws:iam::123456789012:policy/boundary",
    service="iam",
    resource=rf"policy/{IAM_PATH}{IAM_NAME}{{1,128}}",
    by_aws=True,
)

TOPIC = ArnKind(
    what="a standard SNS topic",
    example="arn:aws:sns:us-east-1:123456789012:pager",
    service="sns",
    resource=r"[-\w]{1,256}",
    regional=True,
    # "The topic must be in the same Region as the alarm", but may belong to another account, whose topic policy then
    # admits CloudWatch (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html)
    same_account=False,
)

KEY = ArnKind(
    what="a KMS key",
    example="arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555",
    service="kms",
    resource=r"key/(mrk-)?[-0-9a-f]{32,36}",
    regional=True,
    # of another account, if its policy admits this one
    # (docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html)
    same_account=False,
)

SECRET = ArnKind(
    what="a secret of Secrets Manager",
    example="arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka-1a2b3c",
    service="secretsmanager",
    resource=r"secret:[-\w/+=.@]{1,512}",
    regional=True,
    # of another account, if its policy and its key admit the deployer
    # (docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html)
    same_account=False,
)


def checked(arn: str, kind: ArnKind) -> str:
    """Returns the ARN. Raises ValueError if it is not of that kind."""
    match = ARN.fullmatch(arn)
    if match and match["rest"].startswith("assumed-role/"):
        name = match["rest"].split("/")[1]
        raise ValueError(f"a session, gone in hours; name its role, arn:{match['partition']}:iam::...:role/{name}")
    fits = (
        match
        and match["service"] == kind.service
        and bool(match["region"]) == kind.regional
        and (match["account"] != "aws" or kind.by_aws)
        and match["account"]
        and re.fullmatch(kind.resource, match["rest"])
    )
    if not fits:
        raise ValueError(f"the ARN of {kind.what}, such as {kind.example}")
    return arn


def misplaced(arn: str, kind: ArnKind, region: str, accounts: Sequence[str]) -> str | None:
    """The reason why a stack in a region and accounts cannot use an ARN; None if it can.

    No accounts mean any account.
    """
    match = ARN.fullmatch(arn)
    if match is None:
        raise AssertionError(arn)
    if match["partition"] != partition(region):
        return f"{arn} is in partition {match['partition']}, region {region} in {partition(region)}; name one of there"
    if kind.regional and match["region"] != region:
        return f"{arn} is in {match['region']}, the stack in {region}; name {kind.what} of {region}"
    if kind.same_account and accounts and match["account"] not in ("aws", *accounts):
        allowed = ", ".join(accounts)
        return f"{arn} is of account {match['account']}, but access.accountIds has {allowed}; name one of there"
    return None


def account(arn: str) -> str:
    """Account in an ARN, which is `aws` for AWS' own resources."""
    return arn.split(":")[4]
