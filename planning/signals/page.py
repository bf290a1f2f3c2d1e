"""Writes docs/runbooks.md: the table of all alarms, with their limits and the sources of these."""

from planning.signals.signal import Signal
from planning.signals.table import TABLE, UNREACHABLE, UNREACHABLE_MEANING

HEAD = """# Alarms, and what to do about them

CloudWatch alarms of a stack on AWS; each has a page that says what users feel, how to confirm it, what to do and when
to escalate. Production has them always, development once `alarms.emails` or `alarms.topicArns` names somebody
(docs/settings.md). A **page** goes to the addresses and the topics, a **mail** to the addresses only. An address is
told nothing until the link in AWS' first message is followed. Commands on the pages are for stack `prod`.

Nothing here sees inside Milvus: its own metrics are not in CloudWatch. An alarm is made after Milvus has become ready,
and deleted before it. Made by `make docs` from planning/signals/.

| alarm | told by | tiers | on when | why |
|---|---|---|---|---|
"""


def alarms_page() -> str:
    """The page."""
    first = (
        f"| [{UNREACHABLE}](runbooks/{UNREACHABLE}.md) | page | both | "
        f"{' or '.join(each.name for each in TABLE if each.unreachable)} | {UNREACHABLE_MEANING} |"
    )
    return HEAD + "\n".join([first, *map(_row, TABLE)]) + "\n"


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
