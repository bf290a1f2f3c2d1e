"""What an IAM policy's JSON allows: actions, resources, principals and conditions, as AWS evaluates them.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html. Left out: boundaries, session and
organisation policies, and conditions of operators that nothing here uses: no statement with one ever holds.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Statement = dict[str, Any]

# docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": lambda want, have: _fits(want, have),
    "ArnLike": lambda want, have: _fits(want, have),
    "Bool": lambda want, have: want.lower() == have.lower(),
    "StringEquals": lambda want, have: want == have,
    "StringLike": lambda want, have: _fits(want, have),
}


def statements(text: str) -> list[Statement]:
    """Of a policy document. Raises ValueError for what is none."""
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
    """Whether one of the policies allows it and none denies; `principal` is a kind and a name, for policies that a
    resource or a role carries."""
    effects = {
        str(statement.get("Effect"))
        for document in documents
        for statement in statements(document)
        if _concerns(statement, action, resource, context, principal)
    }
    return "Allow" in effects and "Deny" not in effects


def denied(document: str, action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether a policy of a resource forbids everybody."""
    return any(
        statement.get("Effect") == "Deny" and _concerns(statement, action, resource, context, ("AWS", "*"))
        for statement in statements(document)
    )


def _concerns(
    statement: Statement, action: str, resource: str, context: Mapping[str, str], principal: tuple[str, str] | None
) -> bool:
    return (
        _listed(statement, "Action", action.lower(), str.lower)
        and ("Resource" not in statement or _listed(statement, "Resource", resource, str))
        and (principal is None or _meant(statement.get("Principal"), *principal))
        and all(
            key in context and _OPERATORS.get(operator, _never)(value, context[key])
            for operator, wanted in statement.get("Condition", {}).items()
            for key, values in wanted.items()
            for value in [_first_fitting(operator, _many(values), context.get(key, ""))]
        )
    )


def _first_fitting(operator: str, values: Sequence[str], have: str) -> str:
    """Several values of one key are alternatives."""
    fits = _OPERATORS.get(operator, _never)
    return next((value for value in values if fits(value, have)), values[0] if values else "")


def _listed(statement: Statement, key: str, value: str, form: Callable[[str], str]) -> bool:
    return any(_fits(form(pattern), value) for pattern in _many(statement.get(key)))


def _meant(principal: Any, kind: str, name: str) -> bool:
    if principal == "*":
        return True
    return isinstance(principal, dict) and any(each in ("*", name) for each in _many(principal.get(kind)))  # pyright: ignore[reportUnknownMemberType] - JSON


def _many(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [] if value is None else [str(value)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON


def _fits(pattern: str, text: str) -> bool:
    expression = "".join(".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern)
    return re.fullmatch(expression, text) is not None


def _never(want: str, have: str) -> bool:
    return False
