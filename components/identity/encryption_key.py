"""A customer-managed KMS key, which AWS rotates every year and deletes only after a month's notice."""

import pulumi
import pulumi_aws as aws

# KMS' longest notice: data whose key has been deleted can never be decrypted again.
DELETION_WINDOW_DAYS = 30


def encryption_key(
    name: str,
    description: str,
    opts: pulumi.ResourceOptions,
    policy: pulumi.Input[str] | None = None,
    region: str | None = None,
) -> aws.kms.Key:
    """A symmetric key. Without `policy`, the account's IAM policies alone decide who may use it (KMS' default).
    `region` None: the provider's."""
    return aws.kms.Key(
        name,
        description=description,
        enable_key_rotation=True,
        deletion_window_in_days=DELETION_WINDOW_DAYS,
        policy=policy,
        region=region,
        opts=opts,
    )
