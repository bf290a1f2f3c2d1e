"""What only the page shows of a rehearsal: when each resource is made and deleted, what it costs, what is exported.

Left out: what `--json` prints (run.Report).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planning.timing import clock
from rehearsal.protocol.wire import name_of


@dataclass(frozen=True)
class Bar:
    """One resource on the way up, or one level of resources on the way down; minutes from the beginning."""

    name: str
    type: str
    component: str
    start: float
    minutes: float
    after: str
    """What it waited for last."""
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
        """The stack's own (planning.estimate); empty if it exports none."""
        return self.outputs.get("estimate") or {}

    @property
    def costs(self) -> dict[str, list[dict[str, Any]]]:
        """The estimate's items by component."""
        found: dict[str, list[dict[str, Any]]] = {}
        for item in self.estimate.get("cost", ()):
            found.setdefault(item["component"], []).append(item)
        return found

    @property
    def components(self) -> dict[str, list[Bar]]:
        """Resources by the component that made them, in the order of the program."""
        found: dict[str, list[Bar]] = {}
        for bar in self.made:
            found.setdefault(bar.component, []).append(bar)
        return found


def details(graph: clock.Graph, spans: Mapping[str, clock.Span], outputs: dict[str, Any]) -> Details:
    return Details(_made(graph, spans), _deleted(graph), outputs)


def _made(graph: clock.Graph, spans: Mapping[str, clock.Span]) -> list[Bar]:
    """What takes no time is no bar: components and providers."""
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
