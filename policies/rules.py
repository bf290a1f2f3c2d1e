"""All rules, and functions that run and list them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from policies import (
    attached,
    backups,
    balancing,
    charts,
    cost,
    encryption,
    exposure,
    identity,
    kafka,
    nodes,
    placement,
    pods,
    software,
    state,
    surface,
)
from policies.rule import Level, Resource, Rule, Tier

RULES: tuple[Rule, ...] = (
    *encryption.RULES,
    *exposure.RULES,
    *surface.RULES,
    *identity.RULES,
    *attached.RULES,
    *kafka.RULES,
    *state.RULES,
    *backups.RULES,
    *software.RULES,
    *nodes.RULES,
    *charts.RULES,
    *placement.RULES,
    *pods.RULES,
    *balancing.RULES,
    *cost.RULES,
)


class Finding(NamedTuple):
    """A resource that violates a rule, and how."""

    rule: Rule
    resource: Resource
    text: str
    level: Level

    def __str__(self) -> str:
        return f"{self.level} {self.rule.name}: {self.resource.name}: {self.text}. To fix: {self.rule.fix}"


NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


def tier_of(config: Mapping[str, str]) -> Tier:
    """The stack's tier by its raw settings, as settings/ reads it; the stricter one if there are no settings."""
    written = config.get("milvus-on-aws:tier", "development" if "milvus-on-aws:target" in config else "production")
    return "development" if written == "development" else "production"


def meant(config: Mapping[str, str]) -> Iterator[Rule]:
    """Rules that a stack's settings say outright not to keep to. They are told, and stop nothing."""
    try:
        if json.loads(config.get("milvus-on-aws:access", "{}")).get("openToTheWorld") is True:
            yield exposure.load_balancer_open
    except ValueError:  # encrypted
        pass
    if config.get("milvus-on-aws:protect") == "false":
        yield from (state.protected_state, state.protected_passwords)


def level(rule: Rule, tier: Tier, config: Mapping[str, str] = NO_SETTINGS) -> Level:
    """The level of a rule for a stack of this tier, with these settings."""
    return "advisory" if rule.levels[tier] == "mandatory" and rule in meant(config) else rule.levels[tier]


def findings(
    resources: Sequence[Resource], tier: Tier, *, whole: bool = True, config: Mapping[str, str] = NO_SETTINGS
) -> list[Finding]:
    """All violations among these resources, for a stack of this tier, with these settings.

    Rules about the whole stack run only if the resources are the `whole` stack.
    """
    return [
        Finding(rule, resource, text, level(rule, tier, config))
        for rule in RULES
        if rule.levels[tier] != "disabled" and (whole or not rule.stack_check)
        for resource, text in rule.findings(resources)
    ]


def table() -> str:
    """The table of rules in docs/policies.md."""
    lines = ["| Rule | Development | Production | Why | To fix |", "|---|---|---|---|---|"]
    for rule in RULES:
        levels = " | ".join(rule.levels[tier].replace("disabled", "-") for tier in ("development", "production"))
        lines.append(f"| `{rule.name}` | {levels} | {rule.why} ({rule.source}) | {rule.fix} |")
    return "\n".join(lines) + "\n"
