"""The alarms of a stack, as CloudWatch knows them."""

from collections.abc import Mapping
from typing import Any

from operations.facts import Client
from planning.signals.table import TABLE, UNREACHABLE

SIGNALS = {UNREACHABLE, *(signal.name for signal in TABLE)}
Alarm = Mapping[str, Any]
"""An alarm as DescribeAlarms answers."""


def of_stack(cloudwatch: Client, prefix: str) -> list[Alarm]:
    """All alarms of a stack, the composite one included, and none of another stack whose name begins with this one's.
    `prefix` is the name of its cluster."""
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{prefix}-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    found = [each for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for each in page.get(kind, [])]
    return [each for each in found if signal_of(each, prefix) in SIGNALS]


def signal_of(alarm: Alarm, prefix: str) -> str:
    """Name of the signal that an alarm is made from, without the zone of its gateway."""
    return str(alarm["AlarmName"]).removeprefix(f"{prefix}-").split("-")[0]
