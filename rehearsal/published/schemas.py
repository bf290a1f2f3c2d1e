"""Reads CloudFormation's registry schemas of each region, and further conditions, from cfn-lint's data.

Each file is read when it is first needed, because importing cfn-lint itself would take a second. Left out: rules that
cfn-lint has in Python, and conditions over several resources (`cfnGather`), which the emulated cloud's own rules judge.
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
"""A place in a document: keys of objects and indexes of lists."""
REGION = "us-east-1"
"""The region used in place of those for which cfn-lint has no list of types."""
WHOLE = ("required", "requiredXor", "requiredOr", "anyOf", "oneOf", "allOf", "dependentRequired")
"""Top-level keywords that say what a whole resource must have."""


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
    """Names of schemas by the type's name, for all types in the region."""
    known = (folder() / "providers" / f"{region}.json").exists()
    return read(f"providers/{region if known else REGION}")


def schema(type_: str, region: str = REGION) -> Schema:
    """Schema of a type. Raises KeyError if the region does not have the type."""
    return read(f"resources/{types(region)[type_]}")


@cache
def validator(type_: str, region: str, part: bool) -> Any:
    """Validator for a whole resource, or for a part of its properties.

    Raises KeyError if the region does not have the type.
    """
    whole = schema(type_, region)
    return Validator({key: value for key, value in whole.items() if not (part and key in WHOLE)})


@cache
def extension(name: str, region: str) -> Any:
    """Validator for a file of conditions.

    If a file has conditions by region but none for this one, everything is valid.
    """
    content: Schema = read(name)
    if REGION in content:
        content = content.get(region, {})
    registry = cast(Any, Registry)()
    policy = Resource.from_contents(read("other/iam/policy"), default_specification=DRAFT7)
    return Validator(content, registry=registry.with_resource("policy", policy))


def at(root: Schema, location: Location) -> Schema | None:
    """The part of a schema for one place of a document, with references resolved; None if it does not know the
    place.
    """
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
