"""The page's two timelines, of creation and of deletion, in percent of the whole duration.

Left out: bars that are too short to see, unless they are on the critical path. The page lists those by component.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.report.details import Bar

SHORTEST_MINUTES = 0.3
TICKS = (1, 2, 5, 10, 20, 30, 60, 120)
"""Minutes between two lines of the scale. The first of these that needs at most MOST_TICKS lines is used."""
MOST_TICKS = 6


@dataclass(frozen=True)
class Row:
    bar: Bar
    left: float
    width: float
    """Width of the bar; like `left` in percent of the scale."""

    @property
    def tip(self) -> str:
        after = f", after {self.bar.after}" if self.bar.after else ""
        finish = self.bar.start + self.bar.minutes
        return f"{self.bar.name}: from minute {self.bar.start:.1f} to {finish:.1f}{after}"


@dataclass(frozen=True)
class Timeline:
    rows: list[Row]
    ticks: list[tuple[int, float]]
    """Lines of the scale: the minute, and its position in percent."""
    hidden: int
    """Number of bars that are too short to be shown."""


def timeline(bars: Sequence[Bar]) -> Timeline:
    shown = [bar for bar in bars if bar.critical or bar.minutes >= SHORTEST_MINUTES]
    shown.sort(key=lambda bar: (bar.start, bar.start + bar.minutes))
    whole = max((bar.start + bar.minutes for bar in bars), default=1.0)
    step = next((each for each in TICKS if whole / each <= MOST_TICKS), TICKS[-1])
    rows = [Row(bar, round(100 * bar.start / whole, 2), round(100 * bar.minutes / whole, 2)) for bar in shown]
    ticks = [(minute, round(100 * minute / whole, 2)) for minute in range(0, int(whole) + 1, step)]
    return Timeline(rows, ticks, len(bars) - len(shown))


def told_apart(named: Sequence[tuple[str, str]]) -> list[str]:
    """Names of resources, given as pairs of name and type. Where several share a name, the type is added."""
    counts = Counter(name for name, _ in named)
    return [name if counts[name] == 1 else f"{name} ({type_.rpartition(':')[2]})" for name, type_ in named]
