"""Translates Pulumi's inputs into a CloudFormation document by the map in cloudformation.yaml, noting their origins."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from rehearsal.protocol.wire import UNKNOWNS, Properties, Value, is_list, is_object
from rehearsal.published import schemas
from rehearsal.published.data import read
from rehearsal.published.schemas import Location, Schema


@dataclass(frozen=True)
class Counterpart:
    """CloudFormation's counterpart of one of Pulumi's types, as cloudformation.yaml describes it."""

    type: str
    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])
    without: Mapping[str, str] = field(default_factory=dict[str, str])
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])
    part: bool = False


@dataclass(frozen=True)
class Document:
    """One resource as CloudFormation would receive it."""

    content: Properties
    origins: dict[Location, str]
    """Path in Pulumi's inputs, such as `a.b[0].c`, from which each place in the document comes."""
    unmapped: list[str]
    """Paths of properties without a counterpart, written as in the map: `a.b[].c`."""


def data() -> Mapping[str, Any]:
    """Content of cloudformation.yaml."""
    return read("cloudformation")


@cache
def counterpart(type_: str) -> Counterpart | None:
    found = data()["types"].get(type_)
    return Counterpart(**found) if found else None


@cache
def inferred(type_: str) -> Counterpart | None:
    """The counterpart of a type that the map leaves out, because this program makes none: CloudFormation's by the name.

    What its schema says of single values holds; nothing can be said of the form of what holds them.
    """
    if type_ in data()["types_without"] or not type_.startswith("aws:"):
        return None
    module, _, rest = type_.removeprefix("aws:").partition("/")
    name = rest.rpartition(":")[2].lower()
    services = [each.lower() for each in data()["services"].get(module, [module])]
    for known in schemas.types(schemas.REGION):
        _, service, own = known.split("::")[:3]
        if service.lower() in services and own.lower() in (name, service.lower() + name):
            names = schemas.schema(known).get("properties", {})
            # `size` of a VolumeSize's Volume, `name` of a QueueName's Queue
            short = {name.removeprefix(own).lower(): name for name in names if name.startswith(own) and name != own}
            return Counterpart(known, {key: name for key, name in short.items() if key.title() not in names}, part=True)
    return None


def extensions(type_: str) -> Mapping[str, Sequence[str]]:
    """Names of files with further conditions for a CloudFormation type, by path in the document."""
    return data()["extensions"].get(type_, {})


def document(counterpart: Counterpart, inputs: Properties) -> Document:
    made = Document(dict(counterpart.given), {(): ""}, [])
    root = schemas.schema(counterpart.type)
    _Translation(counterpart, root, made).properties(inputs, "", "", ())
    return made


REGION = "region"
"""Where a resource is, which every type of pulumi-aws 7 may say, and CloudFormation says for a whole stack."""


@dataclass(frozen=True)
class _Translation:
    counterpart: Counterpart
    root: Schema
    made: Document

    def properties(self, values: Properties, pattern: str, path: str, at: Location) -> None:
        """Adds properties to the document.

        `pattern` and `path` are their path in Pulumi's inputs, with `[]` and with indexes; `at` is their place in the
        document.
        """
        for key, value in values.items():
            name, place = f"{pattern}.{key}".lstrip("."), f"{path}.{key}".lstrip(".")
            if value is None or name in self.counterpart.without or name == REGION:
                continue
            target = self.counterpart.properties.get(name) or self._namesake(key, at)
            if target is None:
                self.made.unmapped.append(name)
            elif target == ".":
                self.properties(value, name, place, at)
            else:
                changed: dict[Value, Value] = target["values"] if is_object(target) else {}
                steps = _steps(str(target["to"] if is_object(target) else target))
                every: list[Value] = value if "[]" in steps and is_list(value) else [value]
                for index, each in enumerate(every):
                    below = tuple(index if step == "[]" else step for step in steps)
                    self._put(changed.get(each, each) if changed else each, name, place, (*at, *below))
                    for length in range(1, len(below)):
                        self.made.origins.setdefault((*at, *below[:length]), place)

    def _namesake(self, key: str, at: Location) -> str | None:
        known = schemas.at(self.root, at)
        names = {name.lower(): name for name in (known or {}).get("properties", ())}
        return names.get(key.lower())

    def _put(self, value: Value, pattern: str, path: str, at: Location) -> None:
        known = schemas.at(self.root, at) or {}
        kinds = [known["type"]] if isinstance(known.get("type"), str) else known.get("type", [])
        if is_list(value) and "array" not in kinds and "object" in kinds:
            if value:  # the provider allows at most one item
                self._put(value[0], f"{pattern}[]", f"{path}[0]", at)
        elif is_list(value):
            _set(self.made.content, at, [])
            self.made.origins[at] = path
            for index, each in enumerate(value):
                self._put(each, f"{pattern}[]", f"{path}[{index}]", (*at, index))
        elif kinds == ["array"] and is_object(value) and (names := _pair(self.root, at)):
            for index, (key, each) in enumerate(value.items()):
                for name, part in zip(names, (key, each), strict=True):
                    _set(self.made.content, (*at, index, name), part)
                self.made.origins[(*at, index)] = f"{path}.{key}"
        elif kinds == ["array"] and not (isinstance(value, str) and value in UNKNOWNS):
            self._put(value, pattern, path, (*at, 0))
        elif is_object(value) and "properties" in known:
            _set(self.made.content, at, {})
            self.made.origins[at] = path
            self.properties(value, pattern, path, at)
        else:
            _set(self.made.content, at, value)
            self.made.origins[at] = path


def _pair(root: Schema, at: Location) -> tuple[str, str] | None:
    """The names of key and value in a list that stands for a map; None if the list holds something else."""
    items = (schemas.at(root, (*at, 0)) or {}).get("properties", {})
    return next((names for names in (("Key", "Value"), ("Name", "Value")) if set(names) == set(items)), None)


def _set(whole: Any, at: Location, value: Value) -> None:
    """Puts a value at its place in a document. Objects and lists that are there already are kept."""
    for step, following in zip(at, [*at[1:], None], strict=True):
        empty: Any = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int):
            whole += [None] * (step + 1 - len(whole))
            if whole[step] is None or following is None:
                whole[step] = empty
        elif following is None and step in whole and value in ({}, []):
            pass
        elif following is None or step not in whole:
            whole[step] = empty
        whole = whole[step]


def places(content: Value, pattern: str) -> Iterator[tuple[Location, Value]]:
    """Every place of a document that matches a path with `[]`, with its value."""
    yield from _places(content, _steps(pattern), ())


def _steps(path: str) -> list[str]:
    return re.findall(r"\[\]|[^.\[\]]+", path)


def _places(value: Value, steps: Sequence[str], at: Location) -> Iterator[tuple[Location, Value]]:
    if not steps:
        yield at, value
    elif steps[0] == "[]":
        items: list[Value] = value if is_list(value) else []
        for index, each in enumerate(items):
            yield from _places(each, steps[1:], (*at, index))
    elif is_object(value) and steps[0] in value:
        yield from _places(value[steps[0]], steps[1:], (*at, steps[0]))
