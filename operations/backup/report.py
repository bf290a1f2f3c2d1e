"""Shows verdicts: a line for each collection with what was compared, and below it what differs, or one JSON object."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from operations.backup.compare import ASPECTS, Verdict, exit_code

RESULTS = {0: "same", 1: "differs", 2: "unproven"}
MARKS = {"same": "[green]same[/]", "differs": "[bold red]DIFFERS[/]", "unproven": "[yellow]unproven[/]"}


def say(line: str) -> None:
    """Prints a line of progress. Standard output is kept for results."""
    print(line, file=sys.stderr, flush=True)


def show(verdicts: Sequence[Verdict], *, as_json: bool, **facts: Any) -> int:
    """Prints the verdicts, and returns the exit code. `facts` are further keys of the JSON object."""
    code = exit_code(list(verdicts))
    if as_json:
        print(as_text({"result": RESULTS[code], **facts, "collections": [verdict.as_dict() for verdict in verdicts]}))
        return code
    console = Console(soft_wrap=True, highlight=False)
    for verdict in verdicts:
        compared = ", ".join(
            f"{aspect} {MARKS[verdict.aspects[aspect]]}" for aspect in (*ASPECTS, "access") if aspect in verdict.aspects
        )
        console.print(f"{escape(verdict.name)}: {compared}")
        for problem in verdict.problems:
            console.print(f"  [red]{escape(problem)}[/]")
        for note in verdict.notes:
            console.print(f"  note: {escape(note)}")
    if not verdicts:
        console.print("nothing to compare")
    return code


def as_text(values: Any) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False)
