"""Defines rules, and how they read a resource. It does not import Pulumi, so that other programs
can call rules as well.

The rules themselves are in one module for each subject, and __main__.py runs them for the CLI.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's own mark, which stands in a preview for values that are known only after the deployment."""

Tier = Literal["development", "production"]
Level = Literal["mandatory", "advisory", "disabled"]

MANDATORY: Mapping[Tier, Level] = {"development": "mandatory", "production": "mandatory"}
LOOSER_IN_DEVELOPMENT: Mapping[Tier, Level] = {"development": "advisory", "production": "mandatory"}
PRODUCTION_ONLY: Mapping[Tier, Level] = {"development": "disabled", "production": "mandatory"}
ADVISORY: Mapping[Tier, Level] = {"development": "advisory", "production": "advisory"}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as the program declares it."""

    type: str
    name: str
    inputs: Any
    """A mapping by the provider's own names (camelCase); UNKNOWN for what is not known yet, or for all of it."""
    urn: str = ""
    protect: bool = False
    depends_on: frozenset[str] = frozenset()
    """URNs of the resources that it depends on, explicitly or by its inputs."""


Check = Callable[[Resource], Iterator[str]]
"""A function that yields what is wrong with one resource."""
StackCheck = Callable[[Sequence[Resource]], Iterator[tuple[Resource, str]]]
"""A function over all resources of a stack that yields the wrong ones, each with what is wrong."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule about single resources (`check`) or about the whole stack (`stack_check`)."""

    name: str
    why: str
    source: str
    fix: str
    levels: Mapping[Tier, Level]
    types: frozenset[str]
    """Types that the rule checks; for a rule about the whole stack, the types about which it may complain."""
    check: Check | None = None
    stack_check: StackCheck | None = None

    def findings(self, resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
        """The resources that violate the rule, each with what is wrong."""
        if self.stack_check:
            yield from self.stack_check(resources)
        for resource in resources:
            if self.check and resource.type in self.types:
                yield from ((resource, text) for text in self.check(resource))

    @property
    def description(self) -> str:
        """Reason, remedy and source in one text."""
        return f"{self.why} To fix: {self.fix} ({self.source})"


def rule(
    name: str, *types: str, why: str, source: str, fix: str, levels: Mapping[Tier, Level] = MANDATORY
) -> Callable[[Check], Rule]:
    """A decorator that makes a rule of a function over one resource."""

    def decorate(check: Check) -> Rule:
        return Rule(name=name, why=why, source=source, fix=fix, levels=levels, types=frozenset(types), check=check)

    return decorate


def stack_rule(
    name: str, *types: str, why: str, source: str, fix: str, levels: Mapping[Tier, Level] = MANDATORY
) -> Callable[[StackCheck], Rule]:
    """A decorator that makes a rule of a function over all resources."""

    def decorate(check: StackCheck) -> Rule:
        return Rule(
            name=name, why=why, source=source, fix=fix, levels=levels, types=frozenset(types), stack_check=check
        )

    return decorate


def at(inputs: Any, path: str) -> Any:
    """The value at a path such as `a.b.0.c`; None if it does not exist, UNKNOWN if a part of the
    path is not known yet."""
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


def pod_of(resource: Resource) -> Any:
    """The specification of the pods that a workload makes; None if it makes none."""
    cron = resource.type == "kubernetes:batch/v1:CronJob"
    return at(resource.inputs, "spec.jobTemplate.spec.template.spec" if cron else "spec.template.spec")


def items(value: Any) -> Sequence[Any]:
    """The items of a list; none if the value is missing or not known."""
    return cast(Sequence[Any], value) if isinstance(value, Sequence) and not isinstance(value, str) else ()


def on(value: Any) -> bool:
    """True if a value is true, also as text, which some inputs have. An unknown value counts as true."""
    return value in (True, "true", UNKNOWN)


def off(value: Any) -> bool:
    """True if a value is false or missing. An unknown value counts as false."""
    return value in (None, False, "false", UNKNOWN)
