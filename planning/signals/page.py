"""Writes docs/runbooks.md: the tables of all alarms and rules, with their limits and the sources of these."""

from planning.signals.prometheus import RULES
from planning.signals.rule import SEVERITIES, Rule
from planning.signals.signal import Signal
from planning.signals.table import TABLE, UNREACHABLE, UNREACHABLE_MEANING

HEAD = """# Alarms, and what to do about them

CloudWatch alarms of a stack on AWS; each has a page that says what users feel, how to confirm it, what to do and when
to escalate. Production has them always, development once `alarms.emails` or `alarms.topicArns` names somebody
(docs/settings.md). A **page** goes to the addresses and the topics, a **mail** to the addresses only. An address is
told nothing until the link in AWS' first message is followed: `make alarm-test STACK=prod`
[shows whether all are told](operations.md#test-whom-alarms-reach). Commands on the pages are for stack `prod`.

CloudWatch does not see inside Milvus; the [second table](#rules-for-prometheus) does. An alarm is made after Milvus has
become ready, and deleted before it. Made by `make docs` from planning/signals/.

| alarm | told by | tiers | on when | why |
|---|---|---|---|---|
"""

PROMETHEUS = """
## Rules for Prometheus

With `monitoring.prometheus: existing` a Prometheus operator in the cluster ([how](adopting.md#prometheus)) reads the
metrics of Milvus and etcd, 30 of 400, and has these rules, which its Alertmanager tells. A page has the label
`severity: critical`, a mail `warning`; all have the label `stack`. `$milvus` and `$etcd` stand for the stack's pods,
other names with a dollar for what was planned. Tests fire each rule by promtool: at its limit, not below.

| rule | told by | fires when | for | why |
|---|---|---|---|---|
"""


def alarms_page() -> str:
    """The page."""
    first = (
        f"| [{UNREACHABLE}](runbooks/{UNREACHABLE}.md) | page | both | "
        f"{' or '.join(each.name for each in TABLE if each.unreachable)} | {UNREACHABLE_MEANING} |"
    )
    return HEAD + "\n".join([first, *map(_row, TABLE)]) + "\n" + PROMETHEUS + "\n".join(map(_rule, RULES)) + "\n"


def _row(signal: Signal) -> str:
    told = UNREACHABLE if signal.unreachable else signal.severity
    tiers = "both" if len(signal.tiers) == 2 else signal.tiers[0]
    worst = f", of the worst {signal.worst_of}" if signal.worst_of else ""
    unit = f" x {signal.threshold_unit}" if signal.threshold_unit else ""
    limit = (
        f"{signal.statistic} of `{signal.namespace}` `{signal.metric}`{worst} {signal.wrong}"
        f" {signal.threshold:g}{unit} in {signal.datapoints} of {signal.periods} x {signal.period_seconds} s;"
        f" missing data: {signal.missing}"
    )
    return (
        f"| [{signal.name}](runbooks/{signal.name}.md) | {told} | {tiers} | {limit} |"
        f" {signal.meaning} {signal.why}. Metric: {signal.source} |"
    )


def _rule(rule: Rule) -> str:
    told = f"{rule.severity} (`{SEVERITIES[rule.severity]}`)"
    each = ", by role" if rule.each_component else ""
    expression = rule.expression.replace("|", "\\|")
    return (
        f"| [{rule.name}](runbooks/{rule.name}.md) | {told} | `{expression}`{each} | {rule.minutes} min |"
        f" {rule.meaning} {rule.why} |"
    )
