"""What a Prometheus is given: the rules, and which metrics it keeps.

An idle Milvus exports 2,000 series, of which four in five are buckets of histograms that nothing here reads.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any

from planning.signals import etcd, milvus
from planning.signals.panels import PANELS
from planning.signals.rule import Rule, Watched

RULES: Sequence[Rule] = (*milvus.RULES, *etcd.RULES)
SELECTED = re.compile(r"\b([a-z][a-z0-9_:]*)\{")
"""Names of metrics in PromQL: in rules and panels each has a selector."""


def metrics(expression: str) -> set[str]:
    """Names of the series that an expression reads, without those that rules record."""
    return {name for name in SELECTED.findall(expression) if ":" not in name}


def kept() -> list[str]:
    """Names of the series that are kept of those that pods export; Prometheus adds `up` itself."""
    graphed = [expression for panel in PANELS for expression, _ in panel.queries]
    expressions = [*graphed, *(each.expression for each in (*milvus.RECORDED, *RULES))]
    return sorted({name for each in expressions for name in metrics(each)} - {"up", "ALERTS"})


def groups(watched: Watched, excluded: Collection[str] = ()) -> list[dict[str, Any]]:
    """The groups of rules as Prometheus reads them, without alerts of the excluded names."""
    alerts = {
        name: [made for rule in rules if rule.name not in excluded for made in rule.rules(watched)]
        for name, rules in (("milvus", milvus.RULES), ("etcd", etcd.RULES))
    }
    recorded = [each.rule(watched) for each in milvus.RECORDED]
    return [
        # Prometheus evaluates a group in order: alerts see what was recorded just before.
        {"name": f"{watched.stack}-milvus", "rules": [*recorded, *alerts["milvus"]]},
        {"name": f"{watched.stack}-etcd", "rules": alerts["etcd"]},
    ]
