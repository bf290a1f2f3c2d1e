"""The timelines of a page: what is made when, and level by level what is deleted, in percent of the whole.

Left out: bars too short to see, unless everything waits for them; the page lists those by component.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.report.details import Bar

SHORTEST_MINUTES = 0.3
TICKS = (1, 2, 5, 10, 20, 30, 60, 120)
"""Minutes between two lines of the scale: the first that gives at most MOST_TICKS of them."""
MOST_TICKS = 6


@dataclass(frozen=True)
class Row:
    bar: Bar
    left: float
    width: float
    """Both in percent of the scale."""

    @property
    def tip(self) -> str:
        after = f", after {self.bar.after}" if self.bar.after else ""
        finish = self.bar.start + self.bar.minutes
        return f"{self.bar.name}: from minute {self.bar.start:.1f} to {finish:.1f}{after}"


@dataclass(frozen=True)
class Timeline:
    rows: list[Row]
    ticks: list[tuple[int, float]]
    """Minute, and where it is in percent."""
    hidden: int
    """How many are too short to be shown."""


def timeline(bars: Sequence[Bar]) -> Timeline:
    shown = [bar for bar in bars if bar.critical or bar.minutes >= SHORTEST_MINUTES]
    shown.sort(key=lambda bar: (bar.start, bar.start + bar.minutes))
    whole = max((bar.start + bar.minutes for bar in bars), default=1.0)
    step = next((each for each in TICKS if whole / each <= MOST_TICKS), TICKS[-1])
    rows = [Row(bar, round(100 * bar.start / whole, 2), round(100 * bar.minutes / whole, 2)) for bar in shown]
    ticks = [(minute, round(100 * minute / whole, 2)) for minute in range(0, int(whole) + 1, step)]
    return Timeline(rows, ticks, len(bars) - len(shown))


def told_apart(named: Sequence[tuple[str, str]]) -> list[str]:
    """Names of resources from pairs of name and type: with the type where several share a name."""
    counts = Counter(name for name, _ in named)
    return [name if counts[name] == 1 else f"{name} ({type_.rpartition(':')[2]})" for name, type_ in named]
