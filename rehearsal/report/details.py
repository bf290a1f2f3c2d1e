"""The part of a report that only the page shows: when each resource is made and deleted, its cost, and the outputs.

Left out: what `--json` prints (report.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planning.timing import clock
from rehearsal.protocol.wire import name_of


@dataclass(frozen=True)
class Bar:
    """A bar of a timeline: one resource that is created, or one level of resources that are deleted together."""

    name: str
    type: str
    component: str
    start: float
    minutes: float
    after: str
    """Name of the resource that it waited for last."""
    critical: bool

    @property
    def finish(self) -> float:
        return self.start + self.minutes


@dataclass(frozen=True)
class Details:
    made: list[Bar]
    deleted: list[Bar]
    outputs: dict[str, Any]

    @property
    def estimate(self) -> dict[str, Any]:
        """The estimate that the stack exports (planning/estimate.py); empty if it exports none."""
        return self.outputs.get("estimate") or {}

    @property
    def costs(self) -> dict[str, list[dict[str, Any]]]:
        """Items of the estimate's cost by component."""
        found: dict[str, list[dict[str, Any]]] = {}
        for item in self.estimate.get("cost", ()):
            found.setdefault(item["component"], []).append(item)
        return found

    @property
    def components(self) -> dict[str, list[Bar]]:
        """Bars of the created resources by the component that made them, in the order of the program."""
        found: dict[str, list[Bar]] = {}
        for bar in self.made:
            found.setdefault(bar.component, []).append(bar)
        return found


def details(graph: clock.Graph, spans: Mapping[str, clock.Span], outputs: dict[str, Any]) -> Details:
    return Details(_made(graph, spans), _deleted(graph), outputs)


def _made(graph: clock.Graph, spans: Mapping[str, clock.Span]) -> list[Bar]:
    """Bars of the resources that take time to create. Components and providers take none, and get no bar."""
    critical = set(clock.critical_path(spans))
    return [
        _bar(graph, urn, span.start, span.finish - span.start, span.after, urn in critical)
        for urn, span in spans.items()
        if span.finish > span.start
    ]


def _deleted(graph: clock.Graph) -> list[Bar]:
    bars: list[Bar] = []
    start = 0.0
    for level in clock.destruction(graph):
        if level.minutes:
            bars.append(_bar(graph, level.slowest, start, level.minutes, None, True))
        start += level.minutes
    return bars


def _bar(graph: clock.Graph, urn: str, start: float, minutes: float, after: str | None, critical: bool) -> Bar:
    below_the_stack = [*graph.ancestors[urn][:-1][-1:], urn][0]
    component = name_of(below_the_stack) if below_the_stack != urn else "no component"
    type_ = str(graph.resources[urn]["type"])
    return Bar(
        name_of(urn), type_, component, round(start, 2), round(minutes, 2), name_of(after) if after else "", critical
    )
