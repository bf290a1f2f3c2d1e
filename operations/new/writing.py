"""Writes a stack's file: settings that differ from the defaults, in the order of docs/settings.md, with comments.

From an existing file it keeps everything that no question is about: the salt, other namespaces and other settings. Left
out: comments of the existing file, which are lost.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from operations.new.answers import Draft
from operations.new.questions import BY_KEY, SECTIONS, Answers, inner, settings_schema
from planning.pricing.bill import at_estimated_prices
from settings.model import NAMESPACE

PLAIN = re.compile(r"[A-Za-z][-\w./:]*[\w]|\d+(\.\d+){3}/\d+")
"""Text that every YAML reader reads as text. Anything else is quoted, above all account ids."""
WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def existing(file: Path) -> dict[str, Any]:
    """Content of a stack's file; empty if there is no file."""
    return (yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else None) or {}


def settings_in(content: Mapping[str, Any]) -> dict[str, Any]:
    """The settings in the project's namespace, by key without the namespace."""
    config: dict[str, Any] = content.get("config") or {}
    return {key.partition(":")[2]: value for key, value in config.items() if key.startswith(f"{NAMESPACE}:")}


def answers_in(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that questions are about, by key."""
    found: dict[str, Any] = {}
    for key in BY_KEY:
        value: Any = tree
        for step in key.split("."):
            value = cast(dict[str, Any], value).get(step) if isinstance(value, dict) else None
        if value is not None:
            found[key] = value
    return found


def others_in(tree: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The settings that no question is about."""
    kept: dict[str, Any] = {}
    for name, value in tree.items():
        key = f"{path}{name}"
        if any(question.startswith(f"{key}.") for question in BY_KEY) and isinstance(value, dict):
            if rest := others_in(cast(dict[str, Any], value), f"{key}."):
                kept[name] = rest
        elif key not in BY_KEY and key != "target":
            kept[name] = value
    return kept


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """A line for each setting that differs, with its old and its new value."""
    before, after = dict(_leaves("", old)), dict(_leaves("", new))
    lines: list[str] = []
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            was, becomes = (json.dumps(side[key]) if key in side else "left out" for side in (before, after))
            lines.append(f"{key}: {was} -> {becomes}")
    return lines


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, each in cast(dict[str, Any], value).items():
            yield from _leaves(f"{path}.{name}".lstrip("."), each)
    elif value != {}:
        yield path, value


def text(draft: Draft, answers: Answers, content: Mapping[str, Any]) -> str:
    """Text of the whole file.

    `content` is that of the file that it replaces. Raises SettingsError if answers are wrong.
    """
    answers = draft.minimal(answers)
    settings = draft.settings(answers)
    plan = settings.plan()
    head = [
        f"# A Milvus on AWS, {settings.tier}, for about {plan.cost.usd:,.0f} USD a month at the prices of"
        f" {plan.prices_as_of}.",
        f"# Settings that are left out have the defaults of docs/settings.md. `make estimate STACK={draft.stack}` shows"
        " size and price.",
    ]
    if note := at_estimated_prices(plan.cost.estimated, plan.region):
        head.insert(1, f"# {note}.")
    if not settings.cluster.public_access_cidrs:
        head.append("# cluster.publicAccessCidrs is left out: the Kubernetes API is reached only from inside the VPC.")
    if not settings.access.account_ids:
        head.append("# access.accountIds is left out: it is deployed to any account that the credentials belong to.")
    rest = {name: value for name, value in content.items() if name != "config"}
    config: dict[str, Any] = content.get("config") or {}
    foreign = {key: value for key, value in config.items() if not key.startswith(f"{NAMESPACE}:")}
    lines = [*head, *_yaml(rest, ""), "config:"]
    for name, value in _sorted(settings_schema(), settings_schema(), draft.tree(answers)).items():
        lines += _commented(name, value, "  ", f"{NAMESPACE}:{name}")
    return "\n".join([*lines, *_yaml(foreign, "  ")]) + "\n"


def _commented(key: str, value: Any, indent: str, written: str) -> Iterator[str]:
    if isinstance(value, dict) and any(question.startswith(f"{key}.") for question in BY_KEY):
        if key in SECTIONS:
            yield f"{indent}# {SECTIONS[key]}"
        yield f"{indent}{written}:"
        for name, each in cast(dict[str, Any], value).items():
            yield from _commented(f"{key}.{name}", each, f"{indent}  ", name)
    else:
        if (question := BY_KEY.get(key)) and question.why:
            yield f"{indent}# {question.why}"
        yield from _yaml({written: value}, indent)


def _sorted(schema: dict[str, Any], node: dict[str, Any], tree: Mapping[str, Any]) -> dict[str, Any]:
    """Sorts settings in the order of docs/settings.md, where plain keys come before sections."""
    properties: dict[str, Any] = inner(schema, node).get("properties", {})
    order = sorted(properties, key=lambda name: "properties" in inner(schema, properties[name]) and node is schema)
    return {
        name: _sorted(schema, properties[name], cast(dict[str, Any], tree[name]))
        if isinstance(tree[name], dict) and name in properties
        else tree[name]
        for name in [*(name for name in order if name in tree), *(name for name in tree if name not in properties)]
    }


def _yaml(tree: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{_scalar(name)}:"
            yield from _yaml(cast(dict[str, Any], value), f"{indent}  ")
        else:
            yield f"{indent}{_scalar(name)}: {_scalar(value)}"


def _scalar(value: Any) -> str:
    """A value in YAML. Plain text is written without quotes, everything else as JSON, which is also YAML."""
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in WORDS:
        return value
    if isinstance(value, list):
        return f"[{', '.join(_scalar(each) for each in cast(list[Any], value))}]"
    return json.dumps(value, ensure_ascii=False, default=str)
