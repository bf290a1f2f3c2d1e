"""All rules, and functions that run and list them."""

from collections.abc import Sequence
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


def findings(resources: Sequence[Resource], tier: Tier, *, whole: bool = True) -> list[Finding]:
    """All violations among these resources, for a stack of this tier.

    Rules about the whole stack run only if the resources are the `whole` stack.
    """
    return [
        Finding(rule, resource, text, rule.levels[tier])
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
