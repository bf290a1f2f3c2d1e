"""Prints the data plane's part of a rehearsal's report. The smoke test has printed its own table before."""

from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table


def show(result: dict[str, Any], console: Console) -> None:
    summary = Table(box=None, pad_edge=False, show_header=False)
    for key in ("rows_acknowledged", "rows_found", "kafka_offsets", "s3_objects", "s3_calls_refused", "processes_left"):
        if key in result:
            summary.add_row(key.replace("_", " "), str(result[key]))
    summary.add_row("green after", f"{result.get('seconds_to_green', 0):g} s")
    console.print(summary)
    if result.get("faults"):
        console.print(_faults(result["faults"]))
    for line in result.get("differs", []):
        console.print(f"  differs: {escape(line)}", highlight=False, soft_wrap=True)


def _faults(faults: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("fault", "outcome"):
        table.add_column(column, no_wrap=True)
    for column in ("rows", "found", "lost", "s"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("what it says", overflow="fold")
    for fault in faults:
        outcome = (
            f"[green]{fault['expected']}[/green]" if fault["as_expected"] else "[bold red]NOT AS EXPECTED[/bold red]"
        )
        numbers = (str(fault[key]) for key in ("acknowledged", "found", "lost"))
        table.add_row(fault["fault"], outcome, *numbers, f"{fault['seconds']:.0f}", escape(fault["said"]))
    return table
