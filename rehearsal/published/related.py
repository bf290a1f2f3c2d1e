"""Judges what properties of one resource demand of each other. related.yaml has it as data, with its sources.

Left out: limits of single properties (documented.py), and what other resources must be like (rehearsal/rules/).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from rehearsal.protocol.wire import Properties
from rehearsal.published.data import read
from rehearsal.published.dialect import Validator, reason
from rehearsal.published.documented import dotted
from rehearsal.published.mapping import places


def demands() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Demands by resource type. Each is a JSON Schema with `says`, `source` and perhaps `at`."""
    return read("related")


def problems(type_: str, inputs: Properties) -> list[tuple[str, str]]:
    """Property and reason of every demand that is not met."""
    return [
        (path, f"{f'{path}: ' if path else ''}{reason(error)}; AWS says: {demand['says']} ({demand['source']})")
        for index, demand in enumerate(demands().get(type_, ()))
        for location, value in places(inputs, demand.get("at", ""))
        for error in _validator(type_, index).iter_errors(value)
        for path in [dotted((*location, *error.absolute_path))]
    ]


@cache
def _validator(type_: str, index: int) -> Any:
    return Validator(demands()[type_][index])
