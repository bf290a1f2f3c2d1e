"""A rehearsal as one HTML page that needs nothing else: no network, no other file. The numbers come from run.py.

The content security policy in it forbids the browser to load anything. Left out: what the terminal's end has already.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any, cast

import plotly.io

from rehearsal.report import charts
from rehearsal.report.details import Details
from rehearsal.report.report import Report

STYLE = (Path(__file__).parent / "page.css").read_text()
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"
_RULE = re.compile(r"\n\s*rule: (?P<rule>\w+) \((?P<source>[^\n]*)\)")
_plotly = cast(Any, plotly.io)  # has no types


def write(report: Report, file: Path) -> None:
    file.write_text(render(report))


def render(report: Report) -> str:
    details = report.details
    body = [_head(report), _violations(report.violations)]
    if details:
        body += [
            _section(
                "creation",
                "On the way up",
                f'<p class="path">{escape(" → ".join(report.critical_path))}</p>',
                _chart(charts.creation(details.made), True),
            ),
            _section(
                "destruction",
                "On the way down",
                "<p>The engine deletes level by level; each waits for the slowest of the one before.</p>",
                _chart(charts.destruction(details.deleted), False),
            ),
            _section("components", "Resources by component", *_components(details)),
            _section("cost", "Cost", *_cost(details)) if details.estimate else "",
            _section("outputs", "Outputs", _table(["output", "value"], _outputs(details.outputs))),
        ]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width">
<title>Rehearsal of {escape(report.stack)}</title>
<style>{STYLE}</style>
</head>
<body>
{"".join(body)}
</body>
</html>
"""


def _head(report: Report) -> str:
    figures = [
        (
            f"{report.minutes_to_ready:.1f} min",
            f"to ready; at least {report.lower_bound_minutes:g}, by hand {report.guide_minutes:g}",
        ),
        (f"{report.minutes_to_destroy:.1f} min", "to destroyed"),
        (str(report.resources), "resources"),
        (str(report.second_up_changes), "changes by a second up"),
        (str(report.left_after_destroy), "resources left after destroy"),
        (str(report.secrets_in_plaintext), "secrets in plain text"),
    ]
    if report.details and report.details.estimate:
        figures.insert(2, (f"{report.details.estimate['usd_per_month']:,.0f} USD", "a month"))
    if report.faults.injected:
        figures.append((f"{report.faults.converged} of {report.faults.injected}", "faults repaired"))
    cards = "".join(f"<li><b>{escape(value)}</b><span>{escape(what)}</span></li>" for value, what in figures)
    links = ("creation", "destruction", "components", "cost", "outputs") if report.details else ()
    nav = "".join(f'<a href="#{link}">{link}</a>' for link in links)
    verdict = "Nothing is wrong." if report.succeeded else "It would fail, or only work by luck:"
    return (
        f"<header><h1>Rehearsal of {escape(report.stack)}</h1><nav>{nav}</nav></header>"
        f'<ul class="figures">{cards}</ul><p class="{"good" if report.succeeded else "bad"}">{verdict}</p>'
    )


def _violations(violations: Sequence[str]) -> str:
    if not violations:
        return ""
    return f'<ol id="violations">{"".join(f"<li>{_violation(text)}</li>" for text in violations)}</ol>'


def _violation(text: str) -> str:
    """What AWS would say; below it the rules that it comes from."""
    rules = "".join(
        f"<small>{escape(found['rule'].replace('_', ' '))}: {_source(found['source'])}</small>"
        for found in _RULE.finditer(text)
    )
    return f"<pre>{escape(_RULE.sub('', text))}</pre>{rules}"


def _source(source: str) -> str:
    """A link if it begins as an address does, to be followed by who wants to."""
    address = source.split(" ", 1)[0]
    if not re.match(r"[\w-]+(\.[\w-]+)+/", address):
        return escape(source)
    return f'<a href="https://{escape(address)}" rel="noreferrer">{escape(source)}</a>'


def _chart(figure: charts.Figure, first: bool) -> str:
    """The library comes with the first one."""
    config = {"displayModeBar": False, "responsive": True}
    return str(_plotly.to_html(figure, full_html=False, include_plotlyjs=first, config=config))


def _components(details: Details) -> Iterable[str]:
    for component, bars in details.components.items():
        rows = [[bar.name, bar.type, f"{bar.start:.1f}", f"{bar.start + bar.minutes:.1f}"] for bar in bars]
        done = max(bar.start + bar.minutes for bar in bars)
        title = f"<b>{escape(component)}</b> {len(bars)} resources, done in minute {done:.1f}"
        yield _fold(title, _table(["resource", "type", "from minute", "to minute"], rows))


def _cost(details: Details) -> Iterable[str]:
    estimate = details.estimate
    yield (
        f"<p>Tier {escape(str(estimate['tier']))} in {escape(str(estimate['region']))}: "
        f"<b>{estimate['usd_per_month']:,.2f} USD a month</b>, from {estimate['usd_per_month_low']:,.2f} to "
        f"{estimate['usd_per_month_high']:,.2f} by use; prices of {escape(str(estimate['prices_as_of']))}.</p>"
    )
    for component, items in details.costs.items():
        rows = [[item["what"], *(f"{item[key]:,.2f}" for key in ("usd", "low", "high"))] for item in items]
        title = f"<b>{escape(component)}</b> {sum(item['usd'] for item in items):,.2f} USD"
        yield _fold(title, _table(["item", "typical", "low", "high"], rows))


def _outputs(outputs: dict[str, Any]) -> list[list[str]]:
    """The estimate is the section on cost."""
    return [
        [name, ", ".join(str(each) for each in cast(list[Any], value)) if isinstance(value, list) else str(value)]
        for name, value in sorted(outputs.items())
        if name != "estimate"
    ]


def _section(identity: str, title: str, *content: str) -> str:
    return f'<section id="{identity}"><h2>{escape(title)}</h2>{"".join(content)}</section>'


def _fold(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>{content}</details>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
