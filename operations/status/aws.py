"""Facts about a stack on AWS: alarms, the canary, the endpoint as seen from here, versions, and the month's cost."""

import calendar
import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from milvus_contract import Contract
from operations.alarms.alarms import of_stack, signal_of
from operations.alarms.mute import NEVER, muted_until
from operations.facts import Client, Fact, State, asked, many
from planning import versions
from planning.signals.backup import SIGNALS as BACKUPS
from planning.signals.canary import SIGNALS
from planning.signals.signal import HOUR, Signal
from settings.model import Settings

CONNECT_SECONDS = 5
SOON = timedelta(days=90)
"""How long before the end of its support a version is mentioned."""
DEAR = 1.25
"""Cost of a month, projected, by which it may exceed the estimate's upper end before it is mentioned."""
EXPLORER_REGION = "us-east-1"
"""Cost Explorer has no other endpoint (docs.aws.amazon.com/general/latest/gr/billing.html)."""


def facts(stack: str, contract: Contract, settings: Settings, client: Callable[[str, str], Client]) -> Iterator[Fact]:
    """All facts. `client` makes a boto3 client for a service in a region."""
    now = datetime.now(UTC)
    name, region = str(contract.cluster_name), str(contract.aws_region)
    yield asked("reachable", partial(reachable, contract))
    yield asked("alarms", lambda: firing(client("cloudwatch", region), name, alarmed=settings.alarmed))
    if settings.alarmed:
        yield asked("mute", lambda: mute(client("cloudwatch", region), name))
    if settings.canaried:
        yield asked("canary", lambda: canary(client("cloudwatch", region), name, now))
    if settings.backup.enabled:
        yield asked("backup", lambda: backup(client("cloudwatch", region), name, settings, now))
    yield asked("versions", partial(ending, settings, now.date()))
    usd = float((contract.estimate or {}).get("usd_per_month_high", 0))
    yield asked("cost", lambda: cost(client("ce", EXPLORER_REGION), stack, usd, now.date()))


def reachable(contract: Contract) -> tuple[State, str]:
    """Whether the endpoint accepts a connection from this machine, which may be outside of what it admits."""
    where = f"{contract.milvus_host}:{contract.milvus_port}"
    try:
        socket.create_connection((contract.milvus_host, contract.milvus_port), CONNECT_SECONDS).close()
    except OSError as error:
        return "unknown", f"{where} not from this machine ({error}); `make smoke` says more"
    return "good", f"{where} accepts connections"


def firing(cloudwatch: Client, name: str, *, alarmed: bool) -> tuple[State, str]:
    """The alarms of the stack that are on."""
    if not alarmed:
        return "soon", "there are none: set alarms.emails or alarms.topicArns"
    alarms = of_stack(cloudwatch, name)
    on = sorted((each for each in alarms if each["StateValue"] == "ALARM"), key=lambda each: each["AlarmName"])
    if on:
        pages_to_read = ", ".join(
            f"{each['AlarmName'].removeprefix(f'{name}-')} (docs/runbooks/{signal_of(each, name)}.md)" for each in on
        )
        return "bad", f"{len(on)} of {many(len(alarms), 'alarm')} on: {pages_to_read}"
    if not alarms:
        return "bad", f"none is called {name}-*, though the settings ask for alarms: `make up`"
    return "good", f"none of {many(len(alarms), 'alarm')} is on"


def mute(cloudwatch: Client, name: str) -> tuple[State, str]:
    """Whether alarms are silent for maintenance."""
    if until := muted_until(cloudwatch, name):
        return "soon", f"until {until:%H:%M} UTC only {', '.join(sorted(NEVER))} tell somebody; `make unmute` ends it"
    return "good", "alarms tell what they see"


def canary(cloudwatch: Client, name: str, now: datetime) -> tuple[State, str]:
    """When the canary succeeded last. Its alarm waits for three missed runs."""
    (signal,) = SIGNALS
    points = _points(cloudwatch, signal, name, now)
    if not points:
        return "bad", "has not succeeded for a day"
    minutes = int((now - max(point["Timestamp"] for point in points)).total_seconds() // 60)
    # A datapoint has the time at which its period began.
    late = minutes * 60 >= (signal.periods + 1) * signal.period_seconds
    return ("bad" if late else "good"), f"succeeded within the last {minutes + 1} minutes"


def backup(cloudwatch: Client, name: str, settings: Settings, now: datetime) -> tuple[State, str]:
    """How old the last complete backup is, and the last that a restore has proven, as the watching pod measured within
    the last three hours. Bad once their alarms would be on."""
    bad, said = False, list[str]()
    for signal in (each for each in BACKUPS if each.threshold_unit):  # but for etcd's
        points = _points(cloudwatch, signal, name, now)
        fresh = [each for each in points if now - each["Timestamp"] <= signal.periods * timedelta(hours=1)]
        if not fresh:
            return "bad", "nothing measures it: look for pods of the CronJob backup-watch"
        seconds = max(fresh, key=lambda each: each["Timestamp"])[signal.statistic]
        bad = bad or seconds > signal.limit(settings.backup.threshold_units)
        hours = seconds / HOUR
        said.append(f"{hours:,.0f} h" if hours < 48 else f"{hours / 24:,.0f} days")
    return ("bad" if bad else "good"), f"the last complete one is {said[0]} old, the last proven one {said[1]}"


def _points(cloudwatch: Client, signal: Signal, name: str, now: datetime) -> list[Mapping[str, Any]]:
    """What a pod of the stack has published within a day."""
    answer = cloudwatch.get_metric_statistics(
        Namespace=signal.namespace,
        MetricName=signal.metric,
        Dimensions=[{"Name": signal.dimensions[0], "Value": name}],
        StartTime=now - timedelta(days=1),
        EndTime=now,
        Period=signal.period_seconds,
        Statistics=[signal.statistic],
    )
    return answer["Datapoints"]


def ending(settings: Settings, today: date) -> tuple[State, str]:
    """Versions of the settings that AWS will stop to support, or that are known to be bad."""
    kubernetes, milvus = settings.cluster.version, settings.milvus.version
    found = [
        str(each)
        for each in versions.check(
            milvus=milvus,
            chart=settings.milvus.chart_version,
            kafka=settings.kafka.version or versions.KAFKA,
            kubernetes=kubernetes,
            today=today,
        )
    ]
    known = versions.KUBERNETES_VERSIONS.get(kubernetes)
    if known and today <= known.standard_support_ends <= today + SOON:
        days = (known.standard_support_ends - today).days
        found.append(
            f"EKS {kubernetes} leaves standard support in {many(days, 'day')}, on {known.standard_support_ends}"
        )
    if found:
        return "soon", "; ".join(found)
    return "good", f"Milvus {milvus}, EKS {kubernetes}: nothing ends within {SOON.days} days"


def cost(explorer: Client, stack: str, estimated_usd: float, today: date) -> tuple[State, str]:
    """What the stack's tag has cost since the month began, and what that comes to at its end. Asking costs 0.01 USD."""
    if today.day == 1:
        return "unknown", "the month has just begun"
    answer = explorer.get_cost_and_usage(
        TimePeriod={"Start": f"{today:%Y-%m}-01", "End": f"{today:%Y-%m-%d}"},
        Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
        Filter={"Tags": {"Key": "stack", "Values": [stack]}},
    )
    spent = sum(float(each["Total"]["UnblendedCost"]["Amount"]) for each in answer["ResultsByTime"])
    if not spent:
        return (
            "unknown",
            "nothing is known by the tag `stack`: activate it as a cost allocation tag (a day later it counts)",
        )
    days = calendar.monthrange(today.year, today.month)[1]
    projected = spent / (today.day - 1) * days
    text = (
        f"{spent:,.0f} USD since the 1st, {projected:,.0f} a month at that rate;"
        f" the estimate goes up to {estimated_usd:,.0f}"
    )
    return ("soon" if projected > DEAR * estimated_usd else "good"), text
