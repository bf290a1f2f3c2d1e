"""A Kafka user, with a generated password in a secret that MSK may read.

The users a and b exist side by side during a rotation: MSK takes minutes to notice a changed password, and if there
were only one user, Milvus could not log in meanwhile.
"""

import json
from dataclasses import dataclass
from functools import partial

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.identity.policy import allow, document
from components.order import made_after


@dataclass(frozen=True, kw_only=True)
class KafkaUser:
    """The outputs of a created user."""

    secret_arn: pulumi.Output[str]
    """Known once the secret has a value: MSK refuses an empty secret."""
    policy: aws.secretsmanager.SecretPolicy
    username: pulumi.Output[str]
    """Marked as secret."""
    password: pulumi.Output[str]
    """Marked as secret."""


def kafka_user(name: str, user: str, key: aws.kms.Key, *, protect: bool, parent: pulumi.Resource) -> KafkaUser:
    """Creates password, secret and the secret's policy, one after the other, for the reason given in kafka.py."""
    after = partial(made_after, parent)
    # Only letters and digits: quotes and backslashes have broken clients before (milvus#41816).
    password = random.RandomPassword(f"{name}-{user}", length=32, special=False, opts=after(key, protect=protect))
    username = f"milvus-{user}"
    secret = aws.secretsmanager.Secret(
        f"{name}-{user}",
        # MSK requires this prefix and a customer-managed key. AWS adds a suffix, so that a deleted secret, which keeps
        # its name during its recovery window, is not in the way of a new one.
        # docs.aws.amazon.com/msk/latest/developerguide/msk-password-tutorial.html
        name_prefix=f"AmazonMSK_{name}-{user}-",
        description=f"Kafka user {username}",
        kms_key_id=key.arn,
        opts=after(password, protect=protect),
    )
    version = aws.secretsmanager.SecretVersion(
        f"{name}-{user}",
        secret_id=secret.id,
        secret_string=password.result.apply(lambda value: json.dumps({"username": username, "password": value})),
        opts=after(secret),
    )
    policy = aws.secretsmanager.SecretPolicy(
        f"{name}-{user}", secret_arn=secret.arn, policy=secret.arn.apply(read_by_msk), opts=after(version)
    )
    return KafkaUser(
        secret_arn=version.secret_arn,
        policy=policy,
        username=pulumi.Output.secret(username),
        password=password.result,
    )


def read_by_msk(secret_arn: str) -> str:
    """The policy that MSK would write itself. It is declared, or it would show up as drift (aws provider#16791)."""
    return document(
        allow(
            "AWSKafkaResourcePolicy",
            ["secretsmanager:getSecretValue"],
            secret_arn,
            principal={"Service": "kafka.amazonaws.com"},
        )
    )
