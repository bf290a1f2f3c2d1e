"""Reads IAM documents: what they allow, to whom, on what. Left out: deciding whether that is right (identity.py)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from policies.rule import UNKNOWN, at

Statement = Mapping[str, Any]


def document(text: Any) -> list[Statement] | None:
    """Statements of a policy, as JSON or as an object; None if it is not there or not known yet."""
    if text is None or (isinstance(text, str) and UNKNOWN in text):
        return None
    parsed: Any = json.loads(text) if isinstance(text, str) else text
    statements = at(parsed, "Statement")
    return [statements] if isinstance(statements, Mapping) else list(cast(Sequence[Statement], statements or []))


def allows(policy: Sequence[Statement]) -> Iterator[Statement]:
    return (statement for statement in policy if statement.get("Effect") == "Allow")


def texts(value: Any) -> list[str]:
    """IAM writes one text or a list of them."""
    return [value] if isinstance(value, str) else [str(each) for each in cast(Sequence[Any], value or [])]


def principals(statement: Statement) -> list[str]:
    """Whom it is about, `*` if everybody."""
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        return [each for value in cast(Mapping[str, Any], principal).values() for each in texts(value)]
    return texts(principal)


def conditions(statement: Statement) -> dict[str, dict[str, Any]]:
    """Operator -> key -> value."""
    written = cast(Mapping[str, Mapping[str, Any]], statement.get("Condition") or {})
    return {operator: dict(keys) for operator, keys in written.items()}


def denies_plain_transport(policy: Sequence[Statement]) -> bool:
    return any(
        statement.get("Effect") == "Deny"
        and "*" in principals(statement)
        and set(texts(statement.get("Action"))) & {"*", "s3:*"}
        and str(conditions(statement).get("Bool", {}).get("aws:SecureTransport")).lower() == "false"
        for statement in policy
    )
