"""Reads `Pulumi.<stack>.yaml` as the Pulumi CLI does, for programs that read settings without the CLI.

The CLI reads YAML with gopkg.in/yaml.v3 (resolve.go), which differs from YAML 1.1 and from PyYAML: `yes` and `on` are
text, 0777 is 511, 1e6 is a number, and an unquoted date becomes a time, which the CLI passes on as Go prints it. Left
out: what the values mean (reading.py), and decrypting secrets, whose keys are not known.
"""

import json
import math
import re
from collections.abc import Hashable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import yaml

NAMESPACE = "milvus-on-aws"
"""Name of the project, which stands before the colon in every key."""
OF_PULUMI = ("config", "encryptedkey", "encryptionsalt", "environment", "secretsprovider")
"""Keys at the left margin of a stack's file (pulumi, sdk/go/common/workspace: ProjectStack)."""
TAG = "tag:yaml.org,2002:"
TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
NULL = ("", "~", "null", "Null", "NULL")
INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
WHOLE = re.compile(
    r"(?P<sign>[-+]?)(0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>\d+))"
)
BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
FRACTION = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
TIME = re.compile(
    r"(?P<date>\d{4}-\d{1,2}-\d{1,2})"
    r"(([Tt](?P<time>\d{1,2}:\d{1,2}:\d{1,2})(\.(?P<part>\d+))?(?P<zone>Z|[-+]\d\d:\d\d))"
    r"|( (?P<local>\d{1,2}:\d{1,2}:\d{1,2})(\.(?P<local_part>\d+))?))?"
)


class StackFileError(ValueError):
    """The file is missing, or is not YAML that Pulumi can read. The message names file, line and reason."""


def of_stack(stack: str, folder: Path) -> Path:
    """Path of Pulumi.<stack>.yaml in a project's folder.

    Raises StackFileError, which names all stacks with a file, if it is missing.
    """
    file = folder / f"Pulumi.{stack}.yaml"
    if not file.exists():
        known = ", ".join(sorted(path.name.split(".")[1] for path in folder.glob("Pulumi.*.yaml")))
        raise StackFileError(f"there is no {file.name}; stacks with settings here: {known}")
    return file


def configuration(file: Path) -> dict[str, Any]:
    """Values in a file by full key; empty without a file. Encrypted values stay `{"secure": ...}`.

    Raises StackFileError if Pulumi could not read the file.
    """
    try:
        content: Any = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader) if file.exists() else None  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise StackFileError(f"{file.name}{line}: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StackFileError(f"{file.name}: {error}") from None
    if content is None:
        return {}
    for key in cast(dict[str, Any], content) if isinstance(content, dict) else ():
        if key not in OF_PULUMI:
            raise StackFileError(
                f"{file.name}: {key} stands beside `config:`, where Pulumi does not hand it to the program; "
                f"write {_full(key)} below `config:`, indented"
            )
    if not isinstance(content, dict) or not isinstance(cast(dict[str, Any], content).get("config") or {}, dict):
        raise StackFileError(f"{file.name}: has no keys under `config:`")
    written: dict[str, Any] = cast(dict[str, Any], content).get("config") or {}
    return {_full(key): value for key, value in written.items()}


def _full(key: str) -> str:
    """A key with its namespace, which may be left out in the file if it is the project's name."""
    return key if ":" in key else f"{NAMESPACE}:{key}"


def as_pulumi_hands_over(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as the CLI passes them to the program: texts by full key, with objects and lists as JSON."""
    return {
        key: "" if value is None else value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
    }


def without_secrets(value: Any, stand_in: str) -> Any:
    """A value with `stand_in` in place of everything encrypted."""
    if isinstance(value, dict):
        tree = cast(dict[str, Any], value)
        if set(tree) == {"secure"}:
            return stand_in
        return {key: without_secrets(inner, stand_in) for key, inner in tree.items()}
    if isinstance(value, list):
        return [without_secrets(inner, stand_in) for inner in cast(list[Any], value)]
    return value


def surprises(file: Path) -> list[tuple[str, str]]:
    """Place and reason of everything in a file that has another meaning than it seems to have.

    Pulumi reads it all the same: numbers in other bases, of which account ids with a leading zero are the usual ones,
    and secrets in plain text.
    """
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    found = [
        (f"line {node.start_mark.line + 1}", f"{node.value} is {_number(node.value)} to YAML; write that, or quote it")
        for node in _scalars(yaml.compose(text, Loader=_Loader))
        if (match := WHOLE.fullmatch(node.value.replace("_", ""))) and not match["dec"] and len(node.value) > 1
    ]
    plain = [
        (key, "is a secret in plain text, in every copy of this file; encrypt it, and change it where it comes from")
        for key, value in _leaves("", configuration(file))
        if key.endswith(("Secret", "assword")) and isinstance(value, str)
    ]
    return found + plain


def _scalars(node: Any) -> Iterator[Any]:
    """Every plain value below a node of a document; keys and quoted text are left out."""
    if isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _scalars(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _scalars(value)
    elif isinstance(node, yaml.ScalarNode) and node.style is None:
        yield node


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict) or set(cast(dict[str, Any], value)) == {"secure"}:
        yield path, value
        return
    for key, each in cast(dict[str, Any], value).items():
        yield from _leaves(f"{path}.{key}".lstrip("."), each)


class _Loader(yaml.SafeLoader):
    """PyYAML's scanner and parser with yaml.v3's rules for plain words, and without duplicate keys."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode and implicit[0]:
            return TAG + _kind(value)
        return super().resolve(kind, value, implicit)  # type: ignore[no-any-return]

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        self.flatten_mapping(node)  # keys beside a merge key override the merged ones
        made: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            key = self._value(key_node)
            if not isinstance(key, (str, int, float, bool)):
                raise yaml.MarkedYAMLError(problem="a key that is no word", problem_mark=key_node.start_mark)
            made[key if isinstance(key, str) else json.dumps(key)] = self._value(value_node)
        return made

    def _value(self, node: Any) -> Any:
        return cast(Any, super()).construct_object(node, deep=True)

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        seen: dict[str, int] = {}
        for key_node, _ in node.value if node else ():
            if isinstance(key_node, yaml.ScalarNode):
                if key_node.value in seen:
                    problem = f"{key_node.value} is there twice, first in line {seen[key_node.value]}; remove one"
                    raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
                seen[key_node.value] = key_node.start_mark.line + 1
        return node


def _kind(text: str) -> str:
    """Last part of the tag that yaml.v3 gives to a plain word."""
    if text in NULL:
        return "null"
    if text in TRUTH:
        return "bool"
    if text == "<<":
        return "merge"
    if text[0] in "0123456789+-" and _go_time(text):
        return "timestamp"
    plain = text.replace("_", "") if text[0] in "0123456789+-." else text
    if INFINITE.fullmatch(text) or WHOLE.fullmatch(plain):
        return "int" if WHOLE.fullmatch(plain) else "float"
    if FRACTION.fullmatch(plain) and math.isfinite(float(plain)):
        return "float"
    return "str"


def _number(text: str) -> int | float:
    plain = text.replace("_", "")
    if match := WHOLE.fullmatch(plain):
        base, digits = next((BASES[name], match[name]) for name in BASES if match[name])
        number = int(match["sign"] + digits, base)
        if -(2**63) <= number < 2**63:
            return number
        plain = str(number)
    number = float(plain)
    return int(Decimal(repr(number))) if number.is_integer() and abs(number) < 1e21 else number


def _go_time(text: str) -> str | None:
    """A time as Go prints it; None for text that is not a time, such as 2027-13-01."""
    if not (match := TIME.fullmatch(text)):
        return None
    zone = match["zone"] or "Z"
    try:
        moment = datetime.strptime(  # noqa: DTZ007 - the zone is printed apart
            f"{match['date']} {match['time'] or match['local'] or '0:0:0'}", "%Y-%m-%d %H:%M:%S"
        )
    except ValueError:
        return None
    part = ((match["part"] or match["local_part"] or "")[:9]).rstrip("0")
    offset = "+0000 UTC" if zone in ("Z", "+00:00") else f"{zone.replace(':', '')} {zone.replace(':', '')}"
    return f"{moment:%Y-%m-%d %H:%M:%S}{'.' if part else ''}{part} {offset}"


def _construct_number(loader: _Loader, node: Any) -> int | float:
    if INFINITE.fullmatch(node.value):
        raise yaml.MarkedYAMLError(problem=f"{node.value}: JSON has no such number", problem_mark=node.start_mark)
    try:
        return _number(node.value)
    except ValueError:
        raise yaml.MarkedYAMLError(problem=f"{node.value!r} is no number", problem_mark=node.start_mark) from None


def _construct_truth(_: _Loader, node: Any) -> bool:
    if node.value not in TRUTH:
        raise yaml.MarkedYAMLError(problem=f"{node.value!r} is neither true nor false", problem_mark=node.start_mark)
    return TRUTH[node.value]


_Loader.add_constructor(f"{TAG}null", lambda loader, node: None)
_Loader.add_constructor(f"{TAG}bool", _construct_truth)
_Loader.add_constructor(f"{TAG}int", _construct_number)
_Loader.add_constructor(f"{TAG}float", _construct_number)
_Loader.add_constructor(f"{TAG}timestamp", lambda loader, node: _go_time(node.value) or node.value)
