"""Evaluates IAM policies as AWS does: which actions on which resources they allow to whom, under which conditions.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html. Permissions boundaries, session and
organisation policies are left out. A statement with a condition operator that is not listed below never applies.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Statement = dict[str, Any]

# docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": lambda want, have: _matches(want, have),
    "ArnLike": lambda want, have: _matches(want, have),
    "Bool": lambda want, have: want.lower() == have.lower(),
    "StringEquals": lambda want, have: want == have,
    "StringLike": lambda want, have: _matches(want, have),
}

IF_EXISTS = "IfExists"
"""End of the name of an operator that is content if the call has no such key."""


def statements(text: str) -> list[Statement]:
    """The statements of a policy document. Raises ValueError for text that is no policy document."""
    content: Any = json.loads(text)
    found: Any = content.get("Statement") if isinstance(content, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - JSON
    found = [found] if isinstance(found, dict) else found  # pyright: ignore[reportUnknownVariableType] - JSON
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):  # pyright: ignore[reportUnknownVariableType] - JSON
        raise ValueError("no statements")
    return found  # pyright: ignore[reportUnknownVariableType] - JSON


def allowed(
    documents: Iterable[str],
    action: str,
    resource: str,
    context: Mapping[str, str],
    principal: tuple[str, str] | None = None,
) -> bool:
    """Whether one of the policies allows the action and none denies it.

    `principal` is a kind, such as `Service`, and a name, for policies of resources and trust policies of roles.
    """
    effects = {
        str(statement.get("Effect"))
        for document in documents
        for statement in statements(document)
        if _applies(statement, action, resource, context, principal)
    }
    return "Allow" in effects and "Deny" not in effects


def denied(document: str, action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether a resource's policy denies the action to everybody."""
    return any(
        statement.get("Effect") == "Deny" and _applies(statement, action, resource, context, ("AWS", "*"))
        for statement in statements(document)
    )


def _applies(
    statement: Statement, action: str, resource: str, context: Mapping[str, str], principal: tuple[str, str] | None
) -> bool:
    return (
        # All parts of a statement must match.
        _matches_any(statement, "Action", action.lower(), str.lower)
        and ("Resource" not in statement or _matches_any(statement, "Resource", resource, str))
        and (principal is None or _names(statement.get("Principal"), *principal))
        and all(
            (key not in context and written.endswith(IF_EXISTS))
            or (key in context and _OPERATORS.get(operator, _unsupported)(value, context[key]))
            for written, wanted in statement.get("Condition", {}).items()
            for operator in [written.removesuffix(IF_EXISTS)]
            for key, values in wanted.items()
            for value in [_first_fitting(operator, _as_list(values), context.get(key, ""))]
        )
    )


def _first_fitting(operator: str, values: Sequence[str], have: str) -> str:
    """The value to compare with: several values of one key are alternatives."""
    fits = _OPERATORS.get(operator, _unsupported)
    return next((value for value in values if fits(value, have)), values[0] if values else "")


def _matches_any(statement: Statement, key: str, value: str, form: Callable[[str], str]) -> bool:
    return any(_matches(form(pattern), value) for pattern in _as_list(statement.get(key)))


def _names(principal: Any, kind: str, name: str) -> bool:
    if principal == "*":
        return True
    return isinstance(principal, dict) and any(each in ("*", name) for each in _as_list(principal.get(kind)))  # pyright: ignore[reportUnknownMemberType] - JSON


def _as_list(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [] if value is None else [str(value)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON


def _matches(pattern: str, text: str) -> bool:
    expression = "".join(".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern)
    return re.fullmatch(expression, text) is not None


def _unsupported(want: str, have: str) -> bool:
    return False
