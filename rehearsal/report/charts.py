"""Timelines as figures of plotly's JSON schema: what waits for what on the way up, and level by level on the way down.

Left out: bars too short to see, unless everything waits for them; the page lists them.
"""

from collections.abc import Sequence
from html import escape
from typing import Any, TypeAlias

from rehearsal.report.details import Bar

Figure: TypeAlias = dict[str, Any]

CRITICAL, OTHER = "#c2571a", "#9fb3c8"
SHORTEST_MINUTES = 0.3
ROW_PIXELS, FRAME_PIXELS = 22, 110


def creation(bars: Sequence[Bar]) -> Figure:
    shown = [bar for bar in bars if bar.critical or bar.minutes >= SHORTEST_MINUTES]
    shown.sort(key=lambda bar: (bar.start, bar.start + bar.minutes))
    return _figure(
        shown,
        [
            _trace("everything waits for these", CRITICAL, [bar for bar in shown if bar.critical]),
            _trace("made meanwhile", OTHER, [bar for bar in shown if not bar.critical]),
        ],
    )


def destruction(levels: Sequence[Bar]) -> Figure:
    shown = [level for level in levels if level.minutes >= SHORTEST_MINUTES]
    return _figure(shown, [_trace("slowest of each level", CRITICAL, shown)])


def _trace(name: str, colour: str, bars: Sequence[Bar]) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "marker": {"color": colour},
        "y": [_label(bar) for bar in bars],
        "base": [bar.start for bar in bars],
        "x": [bar.minutes for bar in bars],
        "customdata": [[_text(bar.type), _text(bar.component), bar.start + bar.minutes, _after(bar)] for bar in bars],
        "hovertemplate": "<b>%{y}</b><br>%{customdata[0]}<br>component %{customdata[1]}<br>"
        "from minute %{base:.1f} to %{customdata[2]:.1f}%{customdata[3]}<extra></extra>",
    }


def _figure(bars: Sequence[Bar], traces: list[dict[str, Any]]) -> Figure:
    return {
        "data": traces,
        "layout": {
            "barmode": "overlay",
            "bargap": 0.35,
            "height": FRAME_PIXELS + ROW_PIXELS * len(bars),
            "margin": {"l": 10, "r": 10, "t": 30, "b": 40},
            "font": {"family": "system-ui, sans-serif", "size": 12, "color": "#33414f"},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "legend": {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
            "xaxis": {"title": {"text": "minutes"}, "gridcolor": "#e6ebf0", "zeroline": False, "rangemode": "tozero"},
            "yaxis": {
                "categoryorder": "array",
                "categoryarray": [_label(bar) for bar in bars],
                "autorange": "reversed",
                "automargin": True,
                "ticksuffix": "  ",
                "dtick": 1,
            },
        },
    }


def _label(bar: Bar) -> str:
    """Several resources may share a name, but not with their type."""
    return _text(f"{bar.name} ({bar.type.rpartition(':')[2]})")


def _after(bar: Bar) -> str:
    return f"<br>after {_text(bar.after)}" if bar.after else ""


def _text(text: str) -> str:
    """plotly takes some HTML in labels for markup."""
    return escape(text, quote=False)
