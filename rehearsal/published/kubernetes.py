"""Judges single Kubernetes objects by the rules of its API, which kubernetes.yaml has as data.

Left out: what other objects must be like (rehearsal/rules/), and types of values, which the SDK's schema has.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from rehearsal.protocol.wire import Properties
from rehearsal.published.data import read
from rehearsal.published.dialect import Validator, reason
from rehearsal.published.documented import dotted
from rehearsal.published.mapping import places

POD_SPEC = {
    "kubernetes:apps/v1:Deployment": "spec.template.spec",
    "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template.spec",
    "kubernetes:batch/v1:Job": "spec.template.spec",
}
"""Where the spec of its pods stands in an object."""

Demand = Mapping[str, Any]


@cache
def demands(type_: str) -> Sequence[tuple[str, Demand]]:
    """Place and demand of everything that a type must meet."""
    known = read("kubernetes")
    spec = POD_SPEC.get(type_, "")
    pods = [(f"{spec}.{each['at']}".rstrip("."), each) for each in known["pods"]] if spec else []
    own = [(each.get("at", ""), each) for each in (*known["every"], *known["types"].get(type_, ()))]
    return [*own, *pods]


def problems(type_: str, inputs: Properties) -> list[tuple[str, str]]:
    """Path and reason of everything that the API refuses."""
    return _problems(type_, json.dumps(inputs))


@cache
def _problems(type_: str, text: str) -> list[tuple[str, str]]:
    """The same, cached, because every operation of the engine asks about mostly the same objects."""
    inputs: Properties = json.loads(text)
    return [
        (
            dotted((*location, *error.absolute_path)),
            f"Invalid value: {reason(error).replace('AWS', 'the API')}: {demand['says']}",
        )
        for index, (place, demand) in enumerate(demands(type_))
        for location, value in places(inputs, place)
        for error in _validator(type_, index).iter_errors(value)
    ]


@cache
def _validator(type_: str, index: int) -> Any:
    return Validator(demands(type_)[index][1])
