"""Judges a resource by CloudFormation's registry schema of the region and by cfn-lint's conditions."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from rehearsal.protocol.wire import UNKNOWNS, Properties, Value
from rehearsal.published import mapping, schemas
from rehearsal.published.dialect import reason
from rehearsal.published.schemas import Location

OF_A_VALUE = ("enum", "enumCaseInsensitive", "format", "maxLength", "maximum", "minLength", "minimum", "pattern")
"""Keywords about a single value, which hold whatever holds the value."""


def problems(type_: str, inputs: Properties, region: str) -> list[tuple[str, str]]:
    """Property and reason of every value that CloudFormation would refuse.

    Of types that the map leaves out, single values are judged, where the type and the property have the same name.
    """
    return _problems(type_, region, json.dumps(inputs))


@cache
def _problems(type_: str, region: str, text: str) -> list[tuple[str, str]]:
    """The same as problems(), cached, because every operation of the engine asks about mostly the same inputs."""
    mapped = mapping.counterpart(type_)
    counterpart = mapped or mapping.inferred(type_)
    if counterpart is None:
        return []
    if counterpart.type not in schemas.types(region):
        return [
            ("", f"{counterpart.type} does not exist in {region}, says CloudFormation's registry of resource types")
        ]
    document = mapping.document(counterpart, json.loads(text))
    found = list(schemas.validator(counterpart.type, region, counterpart.part).iter_errors(document.content))
    if mapped is None:
        found = [each for each in found if each.validator in OF_A_VALUE]
    errors: list[tuple[Location, Any]] = [(tuple(each.absolute_path), each) for each in found]
    for pattern, names in mapping.extensions(counterpart.type).items():
        for location, value in mapping.places(document.content, pattern):
            errors += _conditions(names, region, location, value)
    return [
        (path, f"{path or counterpart.type}: {reason(error)} (CloudFormation's schema of {counterpart.type})")
        for location, error in errors
        for path in [_origin(document, location)]
    ]


def _conditions(names: Any, region: str, location: Location, value: Value) -> Iterator[tuple[Location, Any]]:
    for name in names:
        is_policy = name.startswith("other/iam/")
        if is_policy and isinstance(value, str):
            if value in UNKNOWNS:
                continue
            try:
                value = json.loads(value)
            except ValueError:
                value = None  # not an object, which the schema's first keyword refuses
        for error in schemas.extension(name, region).iter_errors(value):
            yield location if is_policy else (*location, *error.absolute_path), error


def _origin(document: mapping.Document, location: Location) -> str:
    """Path of the input that a place in the document comes from, or else of the nearest place around it."""
    return next(
        document.origins[location[:length]]
        for length in range(len(location), -1, -1)
        if location[:length] in document.origins
    )
