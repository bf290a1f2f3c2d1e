"""Evaluates metric alarms as CloudWatch does, on synthetic series; moto stores alarms, but never evaluates them.

docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html. Left out: retries of late datapoints, and
everything that the program does not use, which raises an error.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
STATISTICS = {"Maximum": max, "Minimum": min, "Sum": sum, "MAX": max, "MIN": min, "SUM": sum}
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, limit: value > limit,
    "LessThanThreshold": lambda value, limit: value < limit,
}
QUERY = re.compile(r"SELECT (\w+)\((\w+)\) FROM SCHEMA\((.*?)\) WHERE \"(.*?)\" = '(.*?)'")


@dataclass(frozen=True)
class Series:
    """Samples of one metric, one list for each period; an empty list is a period without data."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    periods: Sequence[Sequence[float]]


def state(alarm: Mapping[str, Any], series: Sequence[Series], before: State = "OK") -> State:
    """The state of an alarm (inputs of aws.cloudwatch.MetricAlarm) after the last period."""
    found, statistic = _read(alarm, series)
    length = max((len(each.periods) for each in found), default=0)
    samples = [[value for each in found for value in each.periods[period]] for period in range(length)]
    points = [statistic(each) if each else None for each in samples][-int(alarm["evaluationPeriods"]) :]
    points = [None] * (int(alarm["evaluationPeriods"]) - len(points)) + points
    wrong = COMPARISONS[alarm["comparisonOperator"]]
    missing = alarm["treatMissingData"]
    if all(point is None for point in points):
        settled: dict[str, State] = {"breaching": "ALARM", "notBreaching": "OK", "ignore": before}
        return settled[missing]
    breaching = [
        missing == "breaching" if point is None else bool(wrong(point, alarm["threshold"]))
        for point in points
        if point is not None or missing != "ignore"
    ]
    return "ALARM" if sum(breaching) >= alarm["datapointsToAlarm"] else "OK"


def composite(rule: str, states: Mapping[str, State]) -> State:
    """The state of a composite alarm whose rule is `ALARM("a") OR ALARM("b") ...`."""
    terms = [re.fullmatch(r'ALARM\("([^"]+)"\)', term) for term in rule.split(" OR ")]
    assert all(terms), rule
    return "ALARM" if any(states[term[1]] == "ALARM" for term in terms if term) else "OK"


def _read(alarm: Mapping[str, Any], series: Sequence[Series]) -> tuple[list[Series], Any]:
    """The series that an alarm reads, and its statistic. A metric has exactly the alarm's dimensions."""
    if queries := alarm.get("metricQueries"):
        (query,) = queries
        parsed = QUERY.fullmatch(query["expression"])
        assert parsed, query["expression"]
        namespace, *names = re.findall(r'"(.*?)"', parsed[3])
        return [
            each
            for each in series
            if (each.namespace, each.metric) == (namespace, parsed[2])
            and set(each.dimensions) == set(names)
            and each.dimensions[parsed[4]] == parsed[5]
        ], STATISTICS[parsed[1]]
    wanted = alarm["namespace"], alarm["metricName"], alarm["dimensions"]
    return [each for each in series if (each.namespace, each.metric, dict(each.dimensions)) == wanted], STATISTICS[
        alarm["statistic"]
    ]
