"""Finds all mistakes in settings, and writes them as one message with each key as the user wrote it.

Left out: which values are valid (sections.py, formats.py, contradictions.py and the modules that it names).
"""

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from planning.workload import camel

DESCRIBED: dict[str, str] = {}
"""What a text must be, by the pattern that it must match; formats.py adds to it."""
Model = TypeVar("Model", bound=BaseModel)
Path = tuple[int | str, ...]


STACK_NAME = "the stack's name"
"""Stands in place of a key for problems with names that follow from the stack's own name."""


class Problem(NamedTuple):
    key: str
    """Path of the key below the namespace, as in YAML, such as `network.zones[1]`; with another namespace before it; or
    STACK_NAME."""
    text: str
    """Message with the value, what is allowed, and what to do."""


class SettingsError(ValueError):
    """All mistakes in a stack's settings. Its text is the message for the user."""

    def __init__(
        self,
        stack: str,
        namespace: str,
        problems: Sequence[Problem],
        base: str = "",
        from_base: Callable[[str], bool] = lambda key: False,
    ) -> None:
        """`base` is the file that the stack's extends, `from_base` says whether a key was written there."""
        self.problems = tuple(problems)
        count = "One setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        lines = [
            f"  {full(problem.key, namespace)}{f' in {base}' if from_base(problem.key) else ''}: {problem.text}"
            for problem in problems
        ]
        super().__init__(
            "\n".join(
                [
                    f"{count} wrong in Pulumi.{stack}.yaml; nothing was created or changed:",
                    *([f"(it extends {base}, and what is wrong there is marked)"] if base else []),
                    *lines,
                    "docs/settings.md lists every setting.",
                ]
            )
        )


def full(key: str, namespace: str) -> str:
    """A problem's key as it stands in the file: below the namespace, unless it names another one by itself."""
    return key if key == STACK_NAME or ":" in key.partition(".")[0] else f"{namespace}:{key}"


def steps(key: str) -> list[str]:
    """The steps of a problem's key as far as they are keys: `network.zones[1]` is network, zones."""
    return key.partition("[")[0].split(".")


def check(
    model: type[Model], values: Mapping[str, Any], contradictions: Callable[[Model], list[Problem]]
) -> tuple[Model | None, list[Problem]]:
    """Validates `values`, whose keys are as in YAML. Returns the model, if there is one, and all problems.

    Contradictions are found even if single values are wrong: these values, and contradictions that involve them, are
    left out.
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
            else:  # the rest of a section is incomplete without the wrong value, so the whole section is left out
                paths = [_path(detail)[:1] for detail in details]
            removed = [_remove(data, path) for path in paths]
            if not any(removed):
                return None, problems
        else:
            found = contradictions(result)
            return result, problems + [each for each in found if not any(_touches(each.key, key) for key in wrong)]


def _whole(number: float) -> float | int:
    """A whole number as int, because YAML's `1e6` arrives as 1000000.0."""
    return int(number) if number.is_integer() else number


def _touches(one: str, other: str) -> bool:
    return one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))


def _remove(data: dict[Any, Any], path: Path) -> bool:
    """Removes the value at `path` from `data`; for an element, its whole list. Returns False if there is none."""
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
    value = "a secret value" if "ecret" in key or "PRIVATE KEY" in str(detail["input"]) else json.dumps(detail["input"])
    kind = detail["type"]
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        near = difflib.get_close_matches(str(path[-1]), known, n=1) or difflib.get_close_matches(
            camel(str(path[-1])), known
        )
        hint = f"did you mean {near[0]}? " if near else ""
        return Problem(key, f"no such key; {hint}Known here: {', '.join(known)}")
    if kind in ("missing", "missing_keyword_only"):
        return Problem(key, f"is missing. {about}".rstrip())
    unquoted = ", without quotes" if str(detail["input"]).strip().isdecimal() else ""
    allowed = {
        "literal_error": "one of " + str(context.get("expected", "")).replace("'", "").replace(" or ", ", "),
        "greater_than_equal": f"at least {_short(context.get('ge'))}",
        "less_than_equal": f"at most {_short(context.get('le'))}",
        "string_pattern_mismatch": DESCRIBED.get(str(context.get("pattern")), f"must match {context.get('pattern')}"),
        "int_type": f"a whole number{unquoted}",
        "float_type": f"a number{unquoted}",
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
    """Known keys at the level of the last step of `path`, and the documentation of that step."""
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
    """A schema with references followed, and without the alternative `null`."""
    for choice in node.get("anyOf", ()):
        if choice.get("type") != "null":
            node = choice
    if "$ref" in node:
        return schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node
