"""KMS key policies must leave control to the key's account, in every partition."""

import json

import pytest

from rehearsal.cloud.cloud import Cloud, Refused
from rehearsal.cloud.resource import Resource
from rehearsal.rules.kms import KEY, a_key_stays_in_its_accounts_hands


def key(region: str, root: str) -> Resource:
    statement = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return Resource(KEY, "1", inputs={"policy": policy}, region=region, account="123456789012")


@pytest.mark.parametrize(
    ("region", "root"),
    [
        ("us-east-1", "arn:aws:iam::123456789012:root"),
        ("us-gov-west-1", "arn:aws-us-gov:iam::123456789012:root"),
        ("cn-north-1", "arn:aws-cn:iam::123456789012:root"),
    ],
)
def test_the_accounts_root_is_of_its_partition(region: str, root: str) -> None:
    a_key_stays_in_its_accounts_hands(Cloud(), key(region, root))


def test_the_root_of_another_partition_or_account_is_nobody() -> None:
    for root in ("arn:aws:iam::123456789012:root", "arn:aws-us-gov:iam::210987654321:root"):
        with pytest.raises(Refused, match="MalformedPolicyDocumentException"):
            a_key_stays_in_its_accounts_hands(Cloud(), key("us-gov-west-1", root))
