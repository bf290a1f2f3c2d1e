"""Prints the report of a rehearsal in the terminal.

Left out: the numbers (rehearsal/run.py, details.py), and the page (page.py).
"""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rehearsal.report.details import Details
from rehearsal.report.report import Report


def show(report: Report, console: Console) -> None:
    console.print(
        f"[bold]{escape(report.stack)}[/bold]: {report.resources} resources; preview {report.preview_seconds} s, "
        f"rehearsal {report.seconds} s",
        highlight=False,
    )
    console.print(_summary(report))
    if report.details and report.succeeded:
        console.print(_components(report.details))
    if report.details and report.details.estimate:
        console.print(_costs(report.details))
    for number, violation in enumerate(report.violations, start=1):
        console.print(f"[bold red]{number}.[/bold red] {escape(violation)}", highlight=False)
    console.print("[bold red]it would fail[/bold red]" if not report.succeeded else "[green]nothing is wrong[/green]")


def _table(*columns: str, numbers: tuple[int, ...] = (), header: bool = True) -> Table:
    table = Table(box=box.SIMPLE_HEAD if header else None, pad_edge=False, show_header=header)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in numbers else "left", overflow="fold")
    return table


def _summary(report: Report) -> Table:
    table = _table("what", "value", header=False)
    if report.judged_by:
        table.add_row("objects judged by", escape(report.judged_by))
    if report.succeeded:
        bounds = f"at least {report.lower_bound_minutes:g}, by hand {report.guide_minutes:g}"
        table.add_row("ready after", f"{report.minutes_to_ready:g} minutes ({bounds})")
        table.add_row("  waits for", escape(" > ".join(report.critical_path)))
        table.add_row("destroyed after", f"{report.minutes_to_destroy:g} minutes")
        table.add_row("  waits for", escape(" > ".join(report.destroy_waits_for)))
    table.add_row("second up", f"{report.second_up_changes} changes")
    names = f" ({', '.join(key.partition('=')[2] for key in report.left)})" if report.left else ""
    table.add_row("left after destroy", escape(f"{report.left_after_destroy}{names}"))
    table.add_row("secrets in plain text", str(report.secrets_in_plaintext))
    if report.faults.injected:
        needed = ", ".join(f"{command} {count} times" for command, count in sorted(report.faults.repairs.items()))
        table.add_row("faults repaired", f"{report.faults.converged} of {report.faults.injected} ({needed})")
    return table


def _components(details: Details) -> Table:
    table = _table("component", "resources", "done after minutes", numbers=(1, 2))
    for component, bars in details.components.items():
        table.add_row(escape(component), str(len(bars)), f"{max(bar.start + bar.minutes for bar in bars):.1f}")
    return table


def _costs(details: Details) -> Table:
    estimate = details.estimate
    table = _table("USD a month", "typical", "low", "high", numbers=(1, 2, 3))
    for component, items in details.costs.items():
        sums = [sum(item[key] for item in items) for key in ("usd", "low", "high")]
        table.add_row(escape(component), *(f"{value:,.2f}" for value in sums))
    totals = [estimate["usd_per_month"], estimate["usd_per_month_low"], estimate["usd_per_month_high"]]
    table.add_row(f"{estimate['tier']}, {estimate['region']}", *(f"{value:,.2f}" for value in totals), style="bold")
    if estimate.get("usd_per_month_estimated"):
        table.add_row("of it at estimated prices", f"{estimate['usd_per_month_estimated']:,.2f}", "", "")
    return table
