"""Turns what is wrong with settings into one message a person can act on: every mistake, each with its key as written.

Left out: which values are right (sections.py, formats.py, contradictions.py and its neighbours).
"""

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from planning.workload import camel

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[int | str, ...]


STACK_NAME = "the stack's name"
"""Stands for the key of a problem that no key has: what follows from the stack's own name is wrong."""


class Problem(NamedTuple):
    key: str
    """Path below the namespace, as written in YAML: `network.zones[1]`; or STACK_NAME."""
    text: str
    """The value, what is allowed, what to do."""


class SettingsError(ValueError):
    """All mistakes in a stack's settings; its text is what the person sees."""

    def __init__(self, stack: str, namespace: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "One setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        lines = [
            f"  {problem.key if problem.key == STACK_NAME else f'{namespace}:{problem.key}'}: {problem.text}"
            for problem in problems
        ]
        super().__init__(
            "\n".join(
                [
                    f"{count} wrong in Pulumi.{stack}.yaml; nothing was created or changed:",
                    *lines,
                    "docs/settings.md lists every setting.",
                ]
            )
        )


def check(
    model: type[Model], values: Mapping[str, Any], contradictions: Callable[[Model], list[Problem]]
) -> tuple[Model | None, list[Problem]]:
    """Validates `values` (keys as in YAML). Returns the model, if there is one, and all problems.

    Contradictions are looked for even if single values are wrong: those and what they touch are left out for that.
    """
    data = json.loads(json.dumps(values), parse_float=lambda text: _whole(float(text)))
    problems: list[Problem] = []
    wrong: list[str] = []
    while True:
        try:
            result = model.model_validate_json(json.dumps(data), strict=True, by_alias=True, by_name=False)
        except ValidationError as errors:
            details = errors.errors()
            if not problems:
                problems = [_describe(model, detail) for detail in details]
                wrong = [problem.key for problem in problems]
                paths = [_path(detail) for detail in details]
            else:  # what is left of a section does not stand alone: leave the whole section out
                paths = [_path(detail)[:1] for detail in details]
            removed = [_remove(data, path) for path in paths]
            if not any(removed):
                return None, problems
        else:
            found = contradictions(result)
            return result, problems + [each for each in found if not any(_touches(each.key, key) for key in wrong)]


def _whole(number: float) -> float | int:
    """YAML's `1e6` arrives as 1000000.0: a count all the same."""
    return int(number) if number.is_integer() else number


def _touches(one: str, other: str) -> bool:
    return one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))


def _remove(data: dict[Any, Any], path: Path) -> bool:
    """Takes the value at `path` out of `data`, a wrong element with its whole list. False if it is not there."""
    step, rest = path[0], path[1:]
    inner: Any = data.get(step)
    if rest and isinstance(inner, dict):
        return _remove(cast(dict[Any, Any], inner), rest)
    return data.pop(step, data) is not data


def _path(detail: ErrorDetails) -> Path:
    return tuple(step for step in detail["loc"] if step != "[key]")


def _describe(model: type[BaseModel], detail: ErrorDetails) -> Problem:
    path = _path(detail)
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    context: dict[str, Any] = detail.get("ctx", {})
    known, about = _known(model, path)
    value = "a secret value" if "ecret" in key else json.dumps(detail["input"])
    kind = detail["type"]
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        near = difflib.get_close_matches(str(path[-1]), known, n=1) or difflib.get_close_matches(
            camel(str(path[-1])), known
        )
        hint = f"did you mean {near[0]}? " if near else ""
        return Problem(key, f"no such key; {hint}Known here: {', '.join(known)}")
    if kind in ("missing", "missing_keyword_only"):
        return Problem(key, f"is missing. {about}".rstrip())
    allowed = {
        "literal_error": "one of " + str(context.get("expected", "")).replace("'", "").replace(" or ", ", "),
        "greater_than_equal": f"at least {_short(context.get('ge'))}",
        "less_than_equal": f"at most {_short(context.get('le'))}",
        "string_pattern_mismatch": f"must match {context.get('pattern')}",
        "int_type": "a whole number",
        "float_type": "a number",
        "bool_type": "true or false",
        "string_type": "text (quote it if it looks like a number)",
        "tuple_type": "a list",
        "dict_type": "keys below it, indented",
        "model_type": "keys below it, indented",
        "dataclass_type": "keys below it, indented",
        "string_too_short": "not empty",
        "too_short": f"at least {context.get('min_length')} entries",
        "too_long": f"at most {context.get('max_length')} entries",
    }.get(kind, detail["msg"].removeprefix("Value error, "))
    return Problem(key, f"{value} is not allowed: {allowed}. {about}".rstrip())


def _short(number: Any) -> str:
    return f"{number:g}" if isinstance(number, float) else str(number)


def _known(model: type[BaseModel], path: Path) -> tuple[list[str], str]:
    """Keys that are known beside the last step of `path`, and what docs/settings.md says of that step."""
    schema = model.model_json_schema(by_alias=True)
    node: dict[str, Any] = schema
    known: list[str] = []
    about = ""
    for step in path:
        node = _resolve(schema, node)
        properties: dict[str, Any] = node.get("properties", {})
        if step in properties:
            known, node = list(properties), properties[str(step)]
            about = str(node.get("description", ""))
        elif properties:
            return list(properties), ""
        else:  # an element of a list or map
            elements: list[Any] = list(node.get("patternProperties", {}).values())
            inner = [each for each in (*elements, node.get("additionalProperties"), node.get("items")) if each]
            node = cast(dict[str, Any], inner[0]) if inner and isinstance(inner[0], dict) else {}
    return known, " ".join(about.split())


def _resolve(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Follows references and takes the object out of `X | None`."""
    for choice in node.get("anyOf", ()):
        if choice.get("type") != "null":
            node = choice
    if "$ref" in node:
        return schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node
