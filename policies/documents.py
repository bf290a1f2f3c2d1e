"""Reads IAM policy documents. Whether what they allow is right is decided in identity.py."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from policies.rule import UNKNOWN, at

Statement = Mapping[str, Any]


def document(text: Any) -> list[Statement] | None:
    """Statements of a policy, which may be JSON or an object; None if the policy is missing or not known yet."""
    if text is None or (isinstance(text, str) and UNKNOWN in text):
        return None
    parsed: Any = json.loads(text) if isinstance(text, str) else text
    statements = at(parsed, "Statement")
    return [statements] if isinstance(statements, Mapping) else list(cast(Sequence[Statement], statements or []))


def allows(policy: Sequence[Statement]) -> Iterator[Statement]:
    """The statements that allow something."""
    return (statement for statement in policy if statement.get("Effect") == "Allow")


def texts(value: Any) -> list[str]:
    """A list of texts; IAM also writes a single text instead of a list."""
    return [value] if isinstance(value, str) else [str(each) for each in cast(Sequence[Any], value or [])]


def principals(statement: Statement) -> list[str]:
    """The principals of a statement; `*` means everybody."""
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        return [each for value in cast(Mapping[str, Any], principal).values() for each in texts(value)]
    return texts(principal)


def conditions(statement: Statement) -> dict[str, dict[str, Any]]:
    """The conditions of a statement: values by key, by operator."""
    written = cast(Mapping[str, Mapping[str, Any]], statement.get("Condition") or {})
    return {operator: dict(keys) for operator, keys in written.items()}


def denies_plain_transport(policy: Sequence[Statement]) -> bool:
    """Whether a bucket's policy denies everything over plain HTTP, the objects included."""
    return any(
        statement.get("Effect") == "Deny"
        and "*" in principals(statement)
        and set(texts(statement.get("Action"))) & {"*", "s3:*"}
        and any(each == "*" or each.endswith("/*") for each in texts(statement.get("Resource")))
        and str(conditions(statement).get("Bool", {}).get("aws:SecureTransport")).lower() == "false"
        for statement in policy
    )
