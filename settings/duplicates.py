"""Finds values that are given twice. They would be created twice, and AWS or the engine would say so too late."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel

from settings.problems import Problem

if TYPE_CHECKING:
    from settings.model import Settings


def problems(settings: "Settings") -> Iterator[Problem]:
    yield from _in_lists("", settings)
    yield from _principals(settings)
    yield from _subnets(settings)


def _in_lists(path: str, section: BaseModel) -> Iterator[Problem]:
    """Finds duplicates in all lists by their meaning: 10.0.0.0/255.0.0.0 is the same as 10.0.0.0/8."""
    for name, field in type(section).model_fields.items():
        key = f"{path}{field.alias or name}"
        value: Any = getattr(section, name)
        if isinstance(value, tuple):
            values = cast(tuple[object, ...], value)
            for twice in dict.fromkeys(each for each in values if values.count(each) > 1):
                yield Problem(key, f"{twice} is named twice; remove one")
        elif isinstance(value, BaseModel):
            yield from _in_lists(f"{key}.", value)
        elif isinstance(value, dict):
            for inner, each in cast(dict[str, Any], value).items():
                if isinstance(each, BaseModel):
                    yield from _in_lists(f"{key}.{inner}.", each)


def _principals(settings: "Settings") -> Iterator[Problem]:
    """Finds principals with two access entries. EKS allows one, and answers 409 to the second."""
    entries = {name: entry.principal_arn for name, entry in settings.cluster.access_entries.items()}
    yield from _twice("cluster.accessEntries.{}.principalArn", entries, "put what it may do into one entry")


def _subnets(settings: "Settings") -> Iterator[Problem]:
    if existing := settings.network.existing:
        private = {f"privateSubnetIds.{zone}": id_ for zone, id_ in existing.private_subnet_ids.items()}
        public = {f"publicSubnetIds.{zone}": id_ for zone, id_ in existing.public_subnet_ids.items()}
        yield from _twice("network.existing.{}", private | public, "a subnet has one zone, and is public or private")


def _twice(key: str, values: Mapping[str, str], advice: str) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for name, value in values.items():
        if (other := first.setdefault(value, name)) != name:
            yield Problem(key.format(name), f"{value} is also {key.format(other)}; {advice}")
