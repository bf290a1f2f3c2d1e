"""A signal: one metric, when it is wrong, and who is told. Alarms, their price and their pages follow from it.

Left out: Milvus' own metrics, which CloudWatch does not have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from planning.deployment import Tier

Resource = Literal["milvus", "canary", "attu", "certificate", "nat", "eks", "kafka", "bucket", "backup"]
"""What a signal watches: the NLB with Milvus' proxies, Attu's ALB, the certificate, each NAT gateway, and so on."""
Severity = Literal["page", "mail"]
"""`page`: users notice, or data is lost unless somebody acts now. `mail`: it can wait for the next working day."""

ThresholdUnit = Literal["", "planned bytes", "seconds between two backups", "seconds of backup.verifyDays"]
"""What a threshold is a multiple of, if it is no number of its own: the bytes in S3 that the estimate expects, or times
that the settings say."""

NAMESPACE = "milvus-on-aws"
"""CloudWatch namespace of the metrics that pods of the stack itself publish. Their roles may write to no other."""
MINUTE, FIVE_MINUTES, HOUR, DAY = 60, 300, 3600, 86_400
FUNCTIONS = {"Maximum": "MAX", "Minimum": "MIN", "Sum": "SUM", "Average": "AVG"}
"""Functions of Metrics Insights queries by the statistic that they compute
(docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html)."""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One row of the table."""

    name: str
    """Name of the alarm, which its page in docs/runbooks/ has, too."""
    meaning: str
    """What is wrong while the alarm is on."""
    resource: Resource
    namespace: str
    metric: str
    dimensions: tuple[str, ...]
    """Dimensions of the metric whose values are known when the alarm is made."""
    worst_of: str | None = None
    """A further dimension, of whose values the worst counts: an alarm on a query also finds brokers that come later."""
    statistic: Literal["Maximum", "Minimum", "Sum"]
    wrong: Literal["above", "below"]
    threshold: float
    threshold_unit: ThresholdUnit = ""
    period_seconds: int
    datapoints: int
    """How many of the last `periods` datapoints must be wrong."""
    periods: int
    missing: Literal["breaching", "notBreaching", "ignore"]
    """How a period without data counts. `ignore` keeps the alarm as it is."""
    severity: Severity
    unreachable: bool = False
    """Whether clients cannot connect: then MilvusUnreachable tells it, and the alarm itself tells nobody."""
    tiers: tuple[Tier, ...] = ("development", "production")
    source: str
    """Where AWS documents the metric and its dimensions."""
    why: str
    """Where threshold and periods come from."""

    def limit(self, units: Mapping[ThresholdUnit, float]) -> float:
        """The threshold as a number."""
        return round(self.threshold * units[self.threshold_unit]) if self.threshold_unit else self.threshold

    def query(self, dimensions: Mapping[str, str]) -> str:
        """The Metrics Insights query for the worst value of all that have these dimensions.

        Only for signals with `worst_of`; AWS accepts no SEARCH in an alarm.
        """
        schema = ", ".join(f'"{name}"' for name in (self.namespace, *sorted([*dimensions, str(self.worst_of)])))
        where = " AND ".join(f"\"{name}\" = '{value}'" for name, value in dimensions.items())
        return f"SELECT {FUNCTIONS[self.statistic]}({self.metric}) FROM SCHEMA({schema}) WHERE {where}"  # noqa: S608 - no database


def watching(table: Sequence[Signal], tier: Tier, present: Mapping[Resource, int]) -> list[Signal]:
    """The signals of a tier about resources of which the deployment has any."""
    return [signal for signal in table if tier in signal.tiers and present.get(signal.resource, 0)]


def metrics(table: Sequence[Signal], tier: Tier, present: Mapping[Resource, int], brokers: int) -> int:
    """The number of metrics that a deployment's alarms read, which is what CloudWatch charges for."""
    return sum(
        present[signal.resource] * (brokers if signal.worst_of else 1) for signal in watching(table, tier, present)
    )
