"""The section about a Prometheus that watches Milvus, and its contradictions. The rules are in planning/signals/."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from planning.signals.prometheus import RULES
from settings.formats import LabelKey, LabelValue
from settings.problems import Problem
from settings.sections import Section

if TYPE_CHECKING:
    from settings.model import Settings


class Monitoring(Section):
    """Milvus' own metrics, which CloudWatch does not have."""

    prometheus: Literal["none", "existing"] = "none"
    """`existing`: a Prometheus operator, such as kube-prometheus-stack, runs in the cluster, in
    milvus.monitoringNamespace; it is told where the metrics are, which to keep, and the rules in docs/runbooks.md. Its
    custom resource definitions must exist before. etcd gets a port for metrics, for which its members restart once, one
    after the other."""
    labels: dict[LabelKey, LabelValue] = {}
    """Labels of the PodMonitors and the PrometheusRule, by which the operator finds them: for kube-prometheus-stack
    `release: <name of its release>`."""
    exclude_rules: tuple[str, ...] = ()
    """Names of alerting rules that are left out."""


def problems(settings: "Settings") -> Iterator[Problem]:
    """The contradictions about Prometheus."""
    monitoring, milvus = settings.monitoring, settings.milvus
    if monitoring.prometheus == "none":
        for key, value in (("labels", monitoring.labels), ("excludeRules", monitoring.exclude_rules)):
            if value:
                yield Problem(f"monitoring.{key}", "has no effect with monitoring.prometheus none; remove one of them")
        return
    if not milvus.monitoring_namespace:
        yield Problem(
            "monitoring.prometheus", "existing needs milvus.monitoringNamespace: the namespace Prometheus runs in"
        )
    if milvus.service_monitor:
        yield Problem(
            "milvus.serviceMonitor", "true and monitoring.prometheus existing read every pod twice; remove it"
        )
    known = [each.name for each in RULES]
    for number, name in enumerate(monitoring.exclude_rules):
        if name not in known:
            yield Problem(f"monitoring.excludeRules[{number}]", f"{name} is no rule; there are {', '.join(known)}")
