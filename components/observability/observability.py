"""CloudWatch alarms for the signals in planning/signals/, the composite alarm that Milvus cannot be reached, and a
dashboard of all of them.

Left out: metrics of Milvus itself, which CloudWatch does not have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.observability.topics import topics
from components.order import made_after
from planning.regions import console
from planning.signals.dashboard import Line, body
from planning.signals.signal import Severity, Signal
from planning.signals.table import UNREACHABLE, UNREACHABLE_MEANING

OPERATORS = {"above": "GreaterThanThreshold", "below": "LessThanThreshold"}


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A signal about one resource."""

    signal: Signal
    key: str = ""
    """Which of several such resources: the zone of a NAT gateway."""
    dimensions: Mapping[str, pulumi.Input[str]]
    """Values of the signal's dimensions."""
    threshold: float

    @property
    def name(self) -> str:
        return "-".join(filter(None, (self.signal.name, self.key)))


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    region: str
    account_id: pulumi.Input[str]
    prefix: str
    """Beginning of all alarms' names, which are unique in an account's region. A name is the subject of a mail."""
    alarms: Sequence[Alarm]
    proof: pulumi.Resource
    """The Job that proves that Milvus answers. Before it there is no healthy proxy, which is no reason to wake anybody;
    a destroy deletes the alarms before it, for the same reason."""
    emails: Sequence[str] = ()
    """Addresses that are told of every alarm."""
    pager_topic_arns: Sequence[str] = ()
    """Existing topics that are told of pages. An alarm tells at most five topics, of which one is the stack's own."""
    usd_per_month: float
    """What the stack is planned to cost, which its dashboard says."""


class Observability(pulumi.ComponentResource):
    page_topic_arn: pulumi.Output[str]
    mail_topic_arn: pulumi.Output[str]
    dashboard_url: pulumi.Output[str]
    """Address of the dashboard in AWS' console."""

    def __init__(self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:observability:Observability", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        if not args.emails and not args.pager_topic_arns:
            pulumi.log.warn("alarms tell nobody: set alarms.emails or alarms.topicArns (docs/runbooks.md)", self)
        made = topics(name, args.region, args.account_id, args.emails, child)
        self.page_topic_arn, self.mail_topic_arn = made
        told: Mapping[Severity, list[pulumi.Input[str]]] = {
            "page": [made.page, *args.pager_topic_arns],
            "mail": [made.mail],
        }

        # No input shows the order: the proof of a new release would change every alarm in its preview.
        when_proven = made_after(self, args.proof)
        causes: list[pulumi.Output[str]] = []
        arns: list[pulumi.Output[str]] = []
        for alarm in args.alarms:
            signal = alarm.signal
            actions = [] if signal.unreachable else told[signal.severity]
            resource = aws.cloudwatch.MetricAlarm(
                f"{name}-{alarm.name}",
                name=f"{args.prefix}-{alarm.name}",
                alarm_description=description(signal.name, signal.meaning),
                comparison_operator=OPERATORS[signal.wrong],
                threshold=alarm.threshold,
                datapoints_to_alarm=signal.datapoints,
                evaluation_periods=signal.periods,
                treat_missing_data=signal.missing,
                alarm_actions=actions,
                ok_actions=actions,
                **measured(alarm),
                opts=when_proven,
            )
            arns.append(resource.arn)
            if signal.unreachable:
                causes.append(resource.name)
        unreachable = aws.cloudwatch.CompositeAlarm(
            f"{name}-{UNREACHABLE}",
            alarm_name=f"{args.prefix}-{UNREACHABLE}",
            alarm_description=description(UNREACHABLE, UNREACHABLE_MEANING),
            alarm_rule=pulumi.Output.all(*causes).apply(
                lambda names: " OR ".join(f'ALARM("{each}")' for each in names)
            ),
            alarm_actions=told["page"],
            ok_actions=told["page"],
            opts=when_proven,
        )
        dashboard = aws.cloudwatch.Dashboard(
            name,
            # Names of dashboards are unique in an account, over all its regions.
            dashboard_name=f"{args.prefix}-{args.region}",
            dashboard_body=pulumi.Output.all(
                dimensions=[alarm.dimensions for alarm in args.alarms], arns=[unreachable.arn, *arns]
            ).apply(lambda known: dashboard_body(args, **known)),
            opts=child,
        )
        home = f"https://{console(args.region)}/cloudwatch/home?region={args.region}"
        self.dashboard_url = dashboard.dashboard_name.apply(lambda name: f"{home}#dashboards/dashboard/{name}")
        self.register_outputs(
            {
                "page_topic_arn": self.page_topic_arn,
                "mail_topic_arn": self.mail_topic_arn,
                "dashboard_url": self.dashboard_url,
            }
        )


def dashboard_body(args: ObservabilityArgs, dimensions: Sequence[Mapping[str, str]], arns: Sequence[str]) -> str:
    """The dashboard of all alarms, whose dimensions and ARNs are known."""
    lines = [
        Line(signal=alarm.signal, key=alarm.key, dimensions=known, threshold=alarm.threshold)
        for alarm, known in zip(args.alarms, dimensions, strict=True)
    ]
    return body(args.region, lines, arns, args.usd_per_month)


def description(name: str, meaning: str) -> str:
    """Text of a message: first where to read what to do."""
    return f"docs/runbooks/{name}.md says what to do. {meaning}"


def measured(alarm: Alarm) -> dict[str, Any]:
    """The inputs of an alarm that say what it measures: one metric, or a query over several."""
    signal = alarm.signal
    if signal.worst_of is None:
        return {
            "namespace": signal.namespace,
            "metric_name": signal.metric,
            "dimensions": alarm.dimensions,
            "statistic": signal.statistic,
            "period": signal.period_seconds,
        }
    query = {
        "id": "worst",
        "label": f"{signal.metric} of the worst {signal.worst_of}",
        "expression": pulumi.Output.all(**alarm.dimensions).apply(signal.query),
        "period": signal.period_seconds,
        "return_data": True,
    }
    return {"metric_queries": [query]}
