"""Runs the doctor's table for a stack and shows it on one screen: `make doctor STACK=dev`.

Exit codes: 0 if nothing is wrong, 1 if something is, 2 if nothing is known to be wrong, but something did not answer.
What the caller may not read is skipped, and said; nothing is changed.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from threading import Thread
from typing import Any, cast

from rich.console import Console
from rich.markup import escape

from operations.destroyable import exported
from operations.doctor.check import Check, Result, examine
from operations.doctor.subject import Clients, Subject
from operations.doctor.table import AFTER, BEFORE
from operations.estimate import settings_of
from operations.preflight import Lack, missing
from operations.stack import StackError
from planning.protection import resources

LIMIT_SECONDS = 18
"""After which whatever has not answered is left."""
MARKS = {"ok": "[green]ok  [/]", "fault": "[red]FAIL[/]", "skipped": "[dim]-   [/]", "unanswered": "[yellow]?   [/]"}


@dataclass
class Diagnosis:
    """What was found."""

    stack: str
    when: str
    """`before` or `after` the deployment, or `here`, where neither can be asked yet."""
    lacking: list[Lack] = field(default_factory=list[Lack])
    """What `make preflight` finds on this machine and in the settings."""
    results: list[Result] = field(default_factory=list[Result])
    notes: list[str] = field(default_factory=list[str])

    @property
    def code(self) -> int:
        if self.lacking or any(each.verdict == "fault" for each in self.results):
            return 1
        return 2 if any(each.verdict == "unanswered" for each in self.results) else 0

    def to_json(self) -> dict[str, Any]:
        faults = [
            *({"layer": "here", "check": each.check, "what": each.what, "fix": each.fix} for each in self.lacking),
            *(
                {"layer": each.check.layer, "check": each.check.name, "what": found.what, "fix": found.fix}
                for each in self.results
                for found in each.findings
            ),
        ]
        checks = [
            {
                "layer": each.check.layer,
                "check": each.check.name,
                "verdict": each.verdict,
                "why": each.text,
                "seconds": round(each.seconds, 2),
            }
            for each in self.results
        ]
        return {
            "stack": self.stack,
            "when": self.when,
            "code": self.code,
            "faults": faults,
            "checks": checks,
            "notes": self.notes,
        }


def doctor(stack: str, *, as_json: bool = False) -> int:
    """Examines a stack and shows what it finds. Returns the exit code."""
    console = Console(stderr=as_json)
    with console.status(f"asking about stack {stack}"):
        found = _of(stack)
    if as_json:
        print(json.dumps(found.to_json(), indent=2))
    else:
        show(found, console)
    return found.code


def _of(stack: str) -> Diagnosis:
    import boto3

    name = stack.rsplit("/", 1)[-1]
    lacking, notes = missing(stack)
    if lacking:
        return Diagnosis(stack, "here", lacking, notes=notes)
    settings = settings_of(name)
    if settings.target != "aws":
        raise StackError(f"stack {stack} runs on this machine: make smoke STACK={name} says whether it answers")
    state = exported(stack)
    session = cast(Any, boto3).Session(region_name=settings.region)
    return diagnose(Subject(name, settings, Clients(session), state), notes)


def diagnose(subject: Subject, notes: Sequence[str] = ()) -> Diagnosis:
    """Examines a stack whose settings, login and credentials are good: all layers before, or after, a deployment."""
    if resources(subject.state):
        return Diagnosis(subject.stack, "after", results=list(_outside_in(subject)), notes=[*notes])
    return Diagnosis(subject.stack, "before", results=together(BEFORE, subject), notes=[*notes])


def _outside_in(subject: Subject) -> Iterator[Result]:
    """Layer by layer, up to the first with a fault."""
    end = time.monotonic() + LIMIT_SECONDS
    for _, layer in groupby(AFTER, lambda check: check.layer):
        results = together(list(layer), subject, end - time.monotonic())
        yield from results
        if any(each.verdict == "fault" for each in results):
            return


def together(checks: Sequence[Check], subject: Subject, seconds: float = LIMIT_SECONDS) -> list[Result]:
    """Makes checks at the same time. Those without an answer in time have none."""
    results = [Result(check, "unanswered", text=f"no answer within {LIMIT_SECONDS} s") for check in checks]

    def run(number: int) -> None:
        results[number] = examine(checks[number], subject)

    # Daemons, for which the process does not wait at its end, however long a service is silent.
    threads = [Thread(target=run, args=(number,), daemon=True) for number in range(len(checks))]
    end = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0))
    return list(results)


def show(found: Diagnosis, console: Console) -> None:
    """One screen: a line for each check, then what is wrong and what to do."""

    def say(text: str) -> None:
        console.print(text, soft_wrap=True, highlight=False)

    for result in found.results:
        why = f" [dim]{escape(result.text)}[/]" if result.text else ""
        say(f"  {MARKS[result.verdict]} {result.check.layer:<12} {result.check.name:<30}{why}")
    for note in found.notes:
        say(f"note: {escape(note)}")
    faults = found.to_json()["faults"]
    for number, each in enumerate(faults, 1):
        say(f"  {number}. [bold red]{each['check']}[/]: {escape(each['what'])}\n     {escape(each['fix'])}")
    unanswered = sum(each.verdict == "unanswered" for each in found.results)
    skipped = sum(each.verdict == "skipped" for each in found.results)
    ends = {
        0: f"[bold green]OK[/]: nothing is wrong with stack {found.stack}",
        1: f"[bold red]FAILED[/]: {len(faults)} found with stack {found.stack}; nothing was changed",
        2: f"[bold yellow]UNKNOWN[/]: {unanswered} checks of stack {found.stack} had no answer",
    }
    say(f"{ends[found.code]}{f' ({skipped} checks skipped)' if skipped else ''}")
