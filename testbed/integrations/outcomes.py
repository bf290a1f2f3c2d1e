"""What came of every operation: tried, recorded in outcomes.json, and as a table."""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from rehearsal.run import UnavailableError
from testbed.integrations.packages import HERE, PACKAGES, Package, surroundings
from testbed.local import started

RECORD = HERE / "outcomes.json"
SECONDS = 400
"""For all operations of a package, on a machine that has other things to do."""
PASSES, BEYOND = "passes", "beyond: "
BEGIN, END = "<!-- table: integrations -->\n", "<!-- end integrations -->"
Outcomes: TypeAlias = dict[str, dict[str, str]]
"""By package and operation: `passes`, what is beyond Milvus Lite's engine, or the error."""


def tried(packages: Iterable[Package] = PACKAGES) -> Outcomes:
    """What comes of every operation on a server of their own. Raises UnavailableError."""
    commands = {each.name: each.command() for each in packages}
    with started("integrations") as server:
        return {name: _run(command, f"http://127.0.0.1:{server.port}") for name, command in commands.items()}


def _run(command: list[str], uri: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [*command, uri],
            cwd=home,
            env=surroundings(Path(home)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    if done.returncode:
        raise UnavailableError(f"{command[-1]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return {said["title"]: outcome(said) for said in map(json.loads, done.stdout.splitlines())}


def outcome(said: dict[str, str]) -> str:
    """What a program said of an operation, in short. A failure for another reason than the one foreseen is an error."""
    if not said["error"]:
        return PASSES
    return (
        f"{BEYOND}{said['beyond']}" if said["beyond"] and re.search(said["refusal"], said["error"]) else said["error"]
    )


def recorded() -> Outcomes:
    return json.loads(RECORD.read_text(encoding="utf-8"))


def wrong(found: Outcomes, known: Outcomes) -> list[str]:
    """A line for each operation that came out otherwise than recorded, was left out, or is new."""
    return [
        f"{name}, {title}: {outcomes.get(title, 'not tried')}, not {known.get(name, {}).get(title, 'recorded')}"
        for name, outcomes in found.items()
        for title in {**known.get(name, {}), **outcomes}
        if outcomes.get(title) != known.get(name, {}).get(title)
    ]


def counts(outcomes: dict[str, str]) -> tuple[int, int]:
    """How many operations pass, and how many could: all but those that need what the engine has not, and the packages'
    own mistakes."""
    return list(outcomes.values()).count(PASSES), sum(not each.startswith(BEYOND) for each in outcomes.values())


def table(known: Outcomes) -> str:
    """The outcomes as Markdown."""
    passed, possible = (sum(numbers) for numbers in zip(*map(counts, known.values()), strict=True))
    total = sum(map(len, known.values()))
    lines = [
        f"{passed} of {total} operations pass: {passed / possible:.0%} of the {possible} that neither need what the "
        "engine has not, nor fail with every Milvus:",
        "",
        "| package | pass | what does not (for want of what, or why) |",
        "|---|---|---|",
    ]
    for package in PACKAGES:
        outcomes = known.get(package.name, {})
        failing = [f"{title} ({why.removeprefix(BEYOND)})" for title, why in outcomes.items() if why != PASSES]
        cells = (package.title, f"{counts(outcomes)[0]} of {len(outcomes)}", "; ".join(failing))
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    lines += ["", "What passes:", ""]
    for package in PACKAGES:
        passing = [title for title, why in known.get(package.name, {}).items() if why == PASSES]
        lines.append(f"- {package.title}: {'; '.join(passing)}")
    return "\n".join(lines)


def rendered(page: str) -> str:
    """A page with the table between its marks."""
    before, after = page.split(BEGIN)
    return f"{before}{BEGIN}{table(recorded())}\n{after[after.index(END) :]}"
