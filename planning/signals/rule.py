"""A rule over Milvus' own metrics: a PromQL expression, how long it must hold, and who is told.

CloudWatch does not have these metrics, so that rules are signals of their own, beside those of signal.py. Alerting
rules, the metrics that are kept, and the pages in docs/runbooks/ follow from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

from planning.signals.signal import Severity

SEVERITIES: Mapping[Severity, str] = {"page": "critical", "mail": "warning"}
"""Values of the label `severity`, by which Alertmanager's routes usually choose
(github.com/openshift/enhancements, alerting-consistency.md)."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What rules must know about a deployment."""

    stack: str
    """Value of the label `stack` of all its series and alerts: one Prometheus may watch several stacks."""
    pods: Mapping[str, int]
    """Planned number of pods by the label `component`."""
    query_component: str
    """Component that holds vectors in memory: `querynode`, or `standalone`."""
    query_bytes: int
    """Memory limit of each of its pods."""
    retention_seconds: int
    """How long Kafka keeps messages; 0 without Kafka, and then rules about it are left out."""
    etcd_members: int

    def fill(self, expression: str, component: str = "") -> str:
        """An expression with the values of this deployment, and of one of its components."""
        return Template(expression).substitute(
            stack=self.stack,
            milvus=f'stack="{self.stack}",job="milvus"',
            etcd=f'stack="{self.stack}",job="etcd"',
            component=component,
            pods=self.pods.get(component, 0),
            query=self.query_component,
            query_bytes=self.query_bytes,
            retention=self.retention_seconds,
            members=self.etcd_members,
            majority=self.etcd_members // 2 + 1,
        )


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A recording rule: an expression under a shorter name, for alerting rules and graphs."""

    name: str
    expression: str

    def rule(self, watched: Watched) -> dict[str, Any]:
        """The rule as Prometheus reads it."""
        return {"record": self.name, "expr": watched.fill(self.expression), "labels": {"stack": watched.stack}}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One alerting rule."""

    name: str
    """Name of the alert, which its page in docs/runbooks/ has, too."""
    meaning: str
    """What is wrong while the alert fires."""
    expression: str
    """PromQL. In place of `$milvus` and `$etcd` come the labels that all series of the stack's pods have; the other
    names are those of Watched.fill."""
    minutes: int
    """How long the expression must hold."""
    severity: Severity
    each_component: bool = False
    """Whether there is one rule for each component of Milvus."""
    at_least: int = 1
    """Number of pods, of the component or of etcd, below which the rule makes no sense."""
    why: str
    """Where threshold and minutes come from."""

    def rules(self, watched: Watched) -> list[dict[str, Any]]:
        """The rule as Prometheus reads it, once or for each component; none about Kafka where there is none."""
        if "$retention" in self.expression and not watched.retention_seconds:
            return []
        if not self.each_component:
            return [self._rule(watched, "")] if watched.etcd_members >= self.at_least else []
        return [self._rule(watched, each) for each, pods in watched.pods.items() if pods >= self.at_least]

    def _rule(self, watched: Watched, component: str) -> dict[str, Any]:
        labels = {"severity": SEVERITIES[self.severity], "stack": watched.stack}
        return {
            "alert": self.name,
            "expr": watched.fill(self.expression, component),
            "for": f"{self.minutes}m",
            "labels": {**labels, "component": component} if component else labels,
            "annotations": {
                "summary": self.meaning,
                "description": f"Stack {watched.stack}{component and f', {component}'}: the value is {{{{ $value }}}}.",
                "runbook_url": f"docs/runbooks/{self.name}.md",
            },
        }
