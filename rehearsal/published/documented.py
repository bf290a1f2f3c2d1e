"""Judges inputs by limits that AWS publishes only in prose. documented.yaml has them as data, with their sources."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from rehearsal.protocol.wire import Properties
from rehearsal.published.data import read
from rehearsal.published.dialect import Validator, reason

Schema = dict[str, Any]
EC2 = ("aws:ec2/", "aws:vpc/")


def _data() -> Mapping[str, Any]:
    return read("documented")


def types() -> Mapping[str, Mapping[str, Schema]]:
    """Limits by resource type and path. Each is a JSON Schema with two more keys, `says` and `source`."""
    return _data()["types"]


def limits(type_: str) -> Sequence[tuple[str, Schema]]:
    """Paths and limits of one type; first come those that hold for every type of its service."""
    return [*_data()["ec2" if type_.startswith(EC2) else "every"].items(), *types().get(type_, {}).items()]


def unjudged(type_: str) -> Mapping[str, str]:
    """Reasons why nothing that AWS publishes limits a property, by the property's path."""
    return _data()["unjudged"].get(type_, {})


def problems(type_: str, inputs: Properties) -> list[tuple[str, str]]:
    """Property and reason of every value beyond a documented limit."""
    return [
        (path, f"{path}: {reason(error)}; AWS says: {error.schema['says']} ({error.schema['source']})")
        for error in _validator(type_).iter_errors(inputs)
        for path in [dotted(error.absolute_path)]
    ]


def dotted(path: Any) -> str:
    """A path as Pulumi writes it, for example `a.b[0].c`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


@cache
def _validator(type_: str) -> Any:
    return Validator(schema(type_))


def schema(type_: str) -> Schema:
    """All limits of a type, combined into one schema of its inputs."""
    whole: Schema = {}
    for path, limit in limits(type_):
        below = whole
        for part in re.findall(r"\[\]|[^.\[\]]+", path):
            below = below.setdefault("items", {}) if part == "[]" else _property(below, part)
        below.setdefault("allOf", []).append(limit)
    return whole


def _property(schema: Schema, name: str) -> Schema:
    return schema.setdefault("properties", {}).setdefault(name, {})
