"""What each procedure did when it was last tried (outcomes.json), and the table of it that `make docs` writes."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from operations.procedures.steps import BOTH, PROCEDURES, Outcome, Procedure, Stack

HELD = Path(__file__).with_name("outcomes.json")
BEGIN, END = "<!-- table: procedures -->\n", "<!-- end -->"
Outcomes = dict[Stack, dict[str, tuple[Outcome, ...]]]
"""Outcomes of the steps, by stack and name of the procedure."""
FORMAT = TypeAdapter(Outcomes)


def load() -> Outcomes:
    return FORMAT.validate_json(HELD.read_bytes()) if HELD.exists() else {}


def save(stack: Stack, procedure: Procedure, outcomes: Sequence[Outcome]) -> None:
    """Notes the outcomes of one procedure among the others, in the order of PROCEDURES."""
    known = load()
    known.setdefault(stack, {})[procedure.name] = tuple(outcomes)
    ordered: Outcomes = {
        each: {one.name: known[each][one.name] for one in PROCEDURES if one.name in known[each]}
        for each in BOTH
        if each in known
    }
    HELD.write_bytes(FORMAT.dump_json(ordered, indent=1, exclude_defaults=True) + b"\n")


def rendered(page: str) -> str:
    """The page with today's table."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    outcomes = load()
    rows = ["| procedure | dev | prod | what is noticed |", "|---|---|---|---|"]
    rows += [_row(each, outcomes) for each in PROCEDURES]
    return head + BEGIN + "\n".join(rows) + "\n" + END + tail


def _row(procedure: Procedure, outcomes: Outcomes) -> str:
    steps = {stack: outcomes.get(stack, {}).get(procedure.name, ()) for stack in BOTH}
    untried = {stack: "not tried yet" if stack in procedure.stacks else "-" for stack in BOTH}
    cells = ["<br>".join(map(_told, each)) or untried[stack] for stack, each in steps.items()]
    noticed = sorted({text for each in steps.values() for outcome in each for text in outcome.noticed})
    said = "; ".join(noticed) or ("nothing" if any(steps.values()) else "")
    return f"| {procedure.name} | {' | '.join(cells)} | {said} |"


def _told(outcome: Outcome) -> str:
    counts = {
        "created": outcome.created,
        "updated": outcome.updated,
        "replaced": outcome.replaced,
        "deleted": outcome.deleted,
    }
    did = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{did or 'nothing'}: {outcome.minutes:g} min"
