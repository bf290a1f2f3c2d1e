"""Kafka that somebody else owns, with the outputs of `Kafka` that Milvus needs. Nothing of it is a resource here."""

import json
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class ExistingKafka:
    """Addresses and user of a Kafka that was looked at (arguments/existing_kafka.py)."""

    bootstrap_servers: str
    secret_arn: str
    ca_certificate: str | None
    """PEM text of the authorities that issued the brokers' certificates; None: public ones."""
    username: pulumi.Output[str]
    """Marked as secret; meant for the Kubernetes Secret only."""
    password: pulumi.Output[str]
    """Marked as secret; meant for the Kubernetes Secret only."""


def login_of(secret: str) -> tuple[str, str]:
    """User and password in the text of a secret. Raises ValueError, without anything of it, for other content."""
    try:
        content = json.loads(secret)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ValueError("its content is no JSON object")  # noqa: TRY004 - a value that a user has written
    user, password = content.get("username"), content.get("password")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - JSON
    if not (isinstance(user, str) and isinstance(password, str) and user and password):
        raise ValueError("its content lacks username or password, or they are no texts")
    return user, password
