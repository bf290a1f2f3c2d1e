"""SNS topics for the two severities, encrypted with a key that CloudWatch may use, and their e-mail subscriptions.

Topics of others (`alarms.topicArns`) are not created here, and neither are their subscriptions.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from components.identity.encryption_key import encryption_key
from components.identity.policy import allow, document
from planning.regions import partition


class Topics(NamedTuple):
    """ARNs of the topics, known once all addresses are subscribed."""

    page: pulumi.Output[str]
    mail: pulumi.Output[str]


def topics(
    name: str, region: str, account_id: pulumi.Input[str], emails: Sequence[str], opts: pulumi.ResourceOptions
) -> Topics:
    """Creates both topics, and subscribes every address to both."""
    key = encryption_key(
        f"{name}-key",
        "Messages of alarms",
        opts,
        policy=pulumi.Output.from_input(account_id).apply(lambda account: key_policy(account, region)),
    )

    def topic(role: str) -> pulumi.Output[str]:
        made = aws.sns.Topic(f"{name}-{role}", kms_master_key_id=key.arn, opts=opts)
        # SNS refuses to delete a subscription that nobody has confirmed, and deletes all of a topic with it
        # (docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html).
        with_topic = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(deleted_with=made))
        for email in emails:
            aws.sns.TopicSubscription(
                f"{name}-{role}-{email}", topic=made.arn, protocol="email", endpoint=email, opts=with_topic
            )
        return made.arn

    return Topics(page=topic("page"), mail=topic("mail"))


def key_policy(account_id: str, region: str) -> str:
    """Policy of the topics' key: the account's IAM policies decide, and CloudWatch may encrypt the account's alarms.

    With SNS' own key, whose policy nobody can change, CloudWatch's messages would be lost without an error.
    docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    root = f"arn:{partition(region)}:iam::{account_id}:root"
    return document(
        allow("TheAccountsOwnIamDecides", ["kms:*"], "*", principal={"AWS": root}),
        allow(
            "CloudWatchForItsAlarms",
            ["kms:Decrypt", "kms:GenerateDataKey*"],
            "*",
            principal={"Service": "cloudwatch.amazonaws.com"},
            condition={"StringEquals": {"aws:SourceAccount": account_id}},
        ),
    )
