"""CloudFormation's registry schemas of each region, and the conditions beside them, out of cfn-lint's data.

Read as files, each when first asked for: importing cfn-lint itself would cost a second. Left out: what its rules say in
Python, and conditions over several resources (`cfnGather`), which the emulated cloud's own rules judge.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from rehearsal.published.dialect import Validator

Schema = dict[str, Any]
Location = tuple[str | int, ...]
"""Where in a document: keys, and indexes of lists."""
REGION = "us-east-1"
"""The region that stands for those whose list of types cfn-lint does not have."""
WHOLE = ("required", "requiredXor", "requiredOr", "anyOf", "oneOf", "allOf", "dependentRequired")
"""Keywords at the top that say what a whole resource must have."""


@cache
def folder() -> Path:
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("cfn-lint is not installed: run make bootstrap")
    return Path(spec.origin).parent / "data" / "schemas"


@cache
def read(name: str) -> Any:
    return json.loads((folder() / f"{name}.json").read_text())


@cache
def types(region: str) -> dict[str, str]:
    """The types that the region has, by name, each with the name of its schema."""
    known = (folder() / "providers" / f"{region}.json").exists()
    return read(f"providers/{region if known else REGION}")


def schema(type_: str, region: str = REGION) -> Schema:
    """Raises KeyError if the region does not have the type."""
    return read(f"resources/{types(region)[type_]}")


@cache
def validator(type_: str, region: str, part: bool) -> Any:
    """For the whole resource, or for some of its properties. Raises KeyError if the region does not have the type."""
    whole = schema(type_, region)
    return Validator({key: value for key, value in whole.items() if not (part and key in WHOLE)})


@cache
def extension(name: str, region: str) -> Any:
    """Conditions, which some files have by region: those that do not have this one say nothing about it."""
    content: Schema = read(name)
    if REGION in content:
        content = content.get(region, {})
    registry = cast(Any, Registry)()
    policy = Resource.from_contents(read("other/iam/policy"), default_specification=DRAFT7)
    return Validator(content, registry=registry.with_resource("policy", policy))


def at(root: Schema, location: Location) -> Schema | None:
    """What a schema says about one place of a document, references resolved; None if it does not know the place."""
    return next(_at(root, root, location), None)


def _at(root: Schema, schema: Schema, location: Location) -> Iterator[Schema]:
    while "$ref" in schema:
        found: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = {**found, **{key: value for key, value in schema.items() if key != "$ref"}}
    if not location:
        yield schema
        return
    step, rest = location[0], location[1:]
    if isinstance(step, int):
        if isinstance(schema.get("items"), dict):
            yield from _at(root, schema["items"], rest)
    elif step in schema.get("properties", {}):
        yield from _at(root, schema["properties"][step], rest)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(keyword, ()):
            yield from _at(root, each, location)
