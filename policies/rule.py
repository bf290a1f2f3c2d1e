"""What a rule is, and how it looks at a resource. Nothing of Pulumi: tests and other programs call rules as they are.

Left out: the rules (one module a subject), and how the CLI runs them (__main__.py).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands in a preview for what is known only once it is deployed (the engine's own mark)."""

Tier = Literal["development", "production"]
Level = Literal["mandatory", "advisory", "disabled"]

MANDATORY: Mapping[Tier, Level] = {"development": "mandatory", "production": "mandatory"}
LOOSER_IN_DEVELOPMENT: Mapping[Tier, Level] = {"development": "advisory", "production": "mandatory"}
PRODUCTION_ONLY: Mapping[Tier, Level] = {"development": "disabled", "production": "mandatory"}
ADVISORY: Mapping[Tier, Level] = {"development": "advisory", "production": "advisory"}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as the program asks for it."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    """By the provider's own names (camelCase); UNKNOWN where nobody knows yet."""
    urn: str = ""
    protect: bool = False
    depends_on: frozenset[str] = frozenset()
    """URNs, explicit or by data."""


Check = Callable[[Resource], Iterator[str]]
"""Says what is wrong with one resource."""
StackCheck = Callable[[Sequence[Resource]], Iterator[tuple[Resource, str]]]
"""Says what is wrong with which of all the stack's resources."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    name: str
    why: str
    source: str
    fix: str
    levels: Mapping[Tier, Level]
    types: frozenset[str]
    """Types that it looks at; for a rule of the whole stack, those that it may complain about."""
    check: Check | None = None
    stack_check: StackCheck | None = None

    def findings(self, resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
        if self.stack_check:
            yield from self.stack_check(resources)
        for resource in resources:
            if self.check and resource.type in self.types:
                yield from ((resource, text) for text in self.check(resource))

    @property
    def description(self) -> str:
        return f"{self.why} To fix: {self.fix} ({self.source})"


def rule(
    name: str, *types: str, why: str, source: str, fix: str, levels: Mapping[Tier, Level] = MANDATORY
) -> Callable[[Check], Rule]:
    """Makes a function over one resource a rule."""

    def decorate(check: Check) -> Rule:
        return Rule(name=name, why=why, source=source, fix=fix, levels=levels, types=frozenset(types), check=check)

    return decorate


def stack_rule(
    name: str, *types: str, why: str, source: str, fix: str, levels: Mapping[Tier, Level] = MANDATORY
) -> Callable[[StackCheck], Rule]:
    """Makes a function over all resources a rule."""

    def decorate(check: StackCheck) -> Rule:
        return Rule(
            name=name, why=why, source=source, fix=fix, levels=levels, types=frozenset(types), stack_check=check
        )

    return decorate


def at(inputs: Any, path: str) -> Any:
    """The value at `a.b.0.c`; None if there is none, UNKNOWN if it or anything above it is not known yet."""
    value = inputs
    for part in path.split("."):
        if value == UNKNOWN:
            return UNKNOWN
        if isinstance(value, Mapping):
            value = cast(Mapping[str, Any], value).get(part)
        elif isinstance(value, Sequence) and not isinstance(value, str) and part.isdecimal():
            items = cast(Sequence[Any], value)
            value = items[int(part)] if int(part) < len(items) else None
        else:
            return None
    return value


def items(value: Any) -> Sequence[Any]:
    """A list's items; nothing if it is not there or not known."""
    return cast(Sequence[Any], value) if isinstance(value, Sequence) and not isinstance(value, str) else ()


def on(value: Any) -> bool:
    """True, also as the text that some inputs have it in; what is not known counts as right."""
    return value in (True, "true", UNKNOWN)


def off(value: Any) -> bool:
    return value in (None, False, "false", UNKNOWN)
