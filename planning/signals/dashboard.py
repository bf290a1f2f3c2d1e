"""The CloudWatch dashboard of a stack: which alarms are on, and what each signal measured, with its limit.

Left out: Milvus' own metrics, which CloudWatch does not have (grafana.py), and money spent, of which CloudWatch knows
the whole account's alone (`make status` asks Cost Explorer for the stack's).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planning.signals.signal import Signal

WIDTH, HEIGHT, COLUMNS = 8, 6, 24
"""Of a graph, and of the whole, in the units of CloudWatch's grid
(docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html)."""
ABOVE = 6
"""Rows above the graphs: the alarms, and what to do about them."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one alarm watches."""

    signal: Signal
    key: str
    """Which of several such resources: the zone of a NAT gateway."""
    dimensions: Mapping[str, str]
    threshold: float


def body(region: str, lines: Sequence[Line], alarm_arns: Sequence[str], usd_per_month: float) -> str:
    """The dashboard as CloudWatch reads it. Signals of one metric share a graph."""
    graphs: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        signal = line.signal
        graphs.setdefault((signal.resource, signal.metric, signal.statistic), []).append(line)
    across = COLUMNS // WIDTH
    widgets = [
        _at(0, 0, 18, ABOVE, "alarm", {"title": "Alarms", "alarms": list(alarm_arns)}),
        _at(18, 0, 6, ABOVE, "text", {"markdown": _notes(usd_per_month)}),
        *(
            _at(
                number % across * WIDTH,
                ABOVE + number // across * HEIGHT,
                WIDTH,
                HEIGHT,
                "metric",
                _graph(region, of_metric),
            )
            for number, of_metric in enumerate(graphs.values())
        ),
    ]
    return json.dumps({"start": "-PT3H", "periodOverride": "inherit", "widgets": widgets})


def _notes(usd_per_month: float) -> str:
    return (
        "docs/runbooks.md says what to do about each alarm; Milvus' own metrics are on docs/grafana.json.\n\n"
        f"Planned: {usd_per_month:,.0f} USD a month. `make status` says what was spent."
    )


def _at(x: int, y: int, width: int, height: int, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "x": x, "y": y, "width": width, "height": height, "properties": properties}


def _graph(region: str, lines: Sequence[Line]) -> dict[str, Any]:
    """One metric, of all resources that have it, with the limits of all signals that look at it."""
    signal = lines[0].signal
    series: dict[str, list[Any]] = {}
    for line in lines:
        if line.signal.worst_of:
            query = line.signal.query(line.dimensions)
            label = f"worst {line.signal.worst_of}"
            series[query] = [{"expression": query, "label": label, "id": f"q{len(series)}"}]
        else:
            flat = [part for dimension in line.dimensions.items() for part in dimension]
            label = line.key or signal.metric
            series[str(flat)] = [signal.namespace, signal.metric, *flat, {"label": label}]
    limits = {line.signal.name: line.threshold for line in lines}
    return {
        "title": ", ".join(limits),
        "region": region,
        "view": "timeSeries",
        "stat": signal.statistic,
        "period": signal.period_seconds,
        "metrics": list(series.values()),
        "annotations": {
            "horizontal": [
                {"label": f"{name} {signal.wrong} {limit:g}", "value": limit} for name, limit in limits.items()
            ]
        },
    }
