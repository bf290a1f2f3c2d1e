"""A customer's own KMS key: rotated every year, deletable only with a month's notice."""

import pulumi
import pulumi_aws as aws

# What a stack made undecipherable cannot be undone; KMS' longest notice is 30 days.
DELETION_WINDOW_DAYS = 30


def encryption_key(
    name: str,
    description: str,
    opts: pulumi.ResourceOptions,
    policy: pulumi.Input[str] | None = None,
) -> aws.kms.Key:
    """A symmetric key; without a policy of its own, the account's IAM alone decides who may use it (KMS' default)."""
    return aws.kms.Key(
        name,
        description=description,
        enable_key_rotation=True,
        deletion_window_in_days=DELETION_WINDOW_DAYS,
        policy=policy,
        opts=opts,
    )
