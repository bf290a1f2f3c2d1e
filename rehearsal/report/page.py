"""Writes a rehearsal as one HTML page without scripts and without further files; its pictures are inline SVG.

The page's content security policy forbids the browser to load anything. The layout is in the templates beside this
file, and the numbers come from rehearsal/run.py. Left out: the report in the terminal (terminal.py).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from planning.pricing.bill import at_estimated_prices
from rehearsal.report.comparison import Comparison
from rehearsal.report.drawing import draw
from rehearsal.report.guides import beside
from rehearsal.report.record import Record
from rehearsal.report.report import Report
from rehearsal.report.timeline import timeline

FOLDER = Path(__file__).parent
_RULE = re.compile(r"\n\s*rule: (?P<rule>\w+) \((?P<source>[^\n]*)\)")
_ADDRESS = re.compile(r"[\w-]+(\.[\w-]+)+/")
_environment = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True)
class Source:
    """A rule that a violation breaks, and where AWS or others publish it."""

    rule: str
    text: str
    link: str
    """URL of the source; empty if the source is not an address."""


@dataclass(frozen=True)
class Reason:
    """One violation: what AWS would say, and the rules that it breaks."""

    text: str
    sources: list[Source]


def write(report: Report, now: Record, changes: Comparison | None, file: Path) -> None:
    file.write_text(render(report, now, changes), encoding="utf-8")


def render(report: Report, now: Record, changes: Comparison | None) -> str:
    """The page as HTML. `now` is this rehearsal's record; `changes` is None for a stack's first rehearsal."""
    details = report.details
    return _environment.get_template("page.html").render(
        report=report,
        now=now,
        changes=changes,
        reasons=_reasons(report),
        style=(FOLDER / "page.css").read_text(encoding="utf-8"),
        estimate=report.estimate,
        at_estimated_prices=at_estimated_prices,
        beside=beside(report.estimate) if report.estimate else None,
        topology=report.topology,
        drawing=draw(report.topology) if report.topology else None,
        details=details,
        creation=timeline(details.made) if details else None,
        destruction=timeline(details.deleted) if details else None,
        outputs=_outputs(details.outputs) if details else [],
    )


def _reasons(report: Report) -> list[Reason]:
    return [
        Reason(
            _RULE.sub("", text).strip(),
            [_source(found["rule"], found["source"]) for found in _RULE.finditer(text)],
        )
        for text in report.violations
    ]


def _source(rule: str, source: str) -> Source:
    address = source.split(" ", 1)[0]
    return Source(rule.replace("_", " "), source, f"https://{address}" if _ADDRESS.match(address) else "")


def _outputs(outputs: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """Names and values of the stack's outputs, without the estimate, which has a section of its own."""
    return [
        (name, ", ".join(str(each) for each in cast(list[Any], value)) if isinstance(value, list) else str(value))
        for name, value in sorted(outputs.items())
        if name != "estimate"
    ]
