"""Refuses changes that lose data, break consumers or cost too much: `.venv/bin/python -m operations guard FILE`.

It reads nothing but a preview: no cloud, no state, and no secrets, which the CLI has masked. state_loss.py,
disruption.py, contract.py and price.py judge the changes.
"""

import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from operations.review import contract, disruption, price, state_loss
from operations.review.changes import Change, Preview, read_preview

Verdict = Literal["stopped", "allowed", "expected", "harmless"]
TITLES: dict[Verdict, str] = {
    "stopped": "stopped unless allowed by name",
    "allowed": "allowed by name",
    "expected": "will be noticed",
    "harmless": "replaced or deleted, and nobody's worry",
}

MOST_CAUSES = 5


class Finding(NamedTuple):
    """A verdict about one change, with its reason."""

    verdict: Verdict
    change: Change
    causes: tuple[str, ...]
    what: str
    """Text that says what is lost or interrupted, or why the change is harmless."""
    instead: str = ""
    """Advice for losses: what to do instead."""


def findings(preview: Preview, allowed: Collection[str] = (), usd_before: float | None = None) -> list[Finding]:
    """The findings about all changes, the worst first.

    `allowed` are names or URNs of resources that may lose data. `usd_before` is what the stack costs a month without
    the changes; None if that is not known.
    """
    found: list[Finding] = []
    for change in preview.changes:
        verdict: Verdict = "allowed" if {change.name, change.urn} & set(allowed) else "stopped"
        losses = [
            Finding(verdict, change, *loss)
            for loss in (*state_loss.losses(change, preview), *contract.losses(change, preview.outputs))
        ]
        found += losses
        if not losses or change.operation == "update":
            found += [Finding("expected", change, change.causes, text) for text in disruption.interruptions(change)]
            found += [Finding("expected", change, (), text) for text in contract.interruptions(change, preview)]
            if why := disruption.harmless(change):
                found.append(Finding("harmless", change, change.causes, why))
    found += [Finding("expected", change, (), text) for change, text in disruption.expiring(preview.changes)]
    found += [
        Finding("expected", change, ("protect",), "is no longer protected: the next change may delete it")
        for change in preview.unprotected
    ]
    if dearer := price.exceeded(preview, usd_before):
        change, loss = dearer
        found.append(Finding("allowed" if {change.name, change.urn} & set(allowed) else "stopped", change, *loss))
    order = list(TITLES)
    # Sorted, because the engine lists steps in the order in which they happened to be ready.
    return sorted(found, key=lambda each: (order.index(each.verdict), each.change.type, each.change.name))


def report(preview: Preview, found: Sequence[Finding]) -> str:
    """The findings as text. It names properties, but no values except those by which Milvus finds its data or
    consumers find Milvus."""
    lines: list[str] = []
    for verdict, title in TITLES.items():
        of_this = [finding for finding in found if finding.verdict == verdict]
        lines += [f"{len(of_this)} {title}:"] if of_this else []
        for what, instead in dict.fromkeys((finding.what, finding.instead) for finding in of_this):
            lines.append(f"  {what}")
            lines += [f"  instead: {instead}"] if instead else []
            lines += [f"    {line(each)}" for each in of_this if (each.what, each.instead) == (what, instead)]
    if preview.errors:
        lines += [
            "the preview itself failed, so this may not be all:",
            *(f"  {each.splitlines()[0]}" for each in preview.errors),
        ]
    return "\n".join(lines) or "nothing is lost, and nobody will notice"


def line(finding: Finding) -> str:
    """One change, with its operation and the properties that cause it."""
    change = finding.change
    by = f" by {', '.join(finding.causes[:MOST_CAUSES])}" if finding.causes else ""
    more = f" and {len(finding.causes) - MOST_CAUSES} more" if len(finding.causes) > MOST_CAUSES else ""
    return f"{change.name} ({change.type}), {change.operation}{by}{more}"


def guard(file: Path, allowed: Sequence[str] = ()) -> int:
    """Prints the report. Returns exit code 1 if data would be lost without being allowed, or if the preview failed."""
    preview = read_preview(file)
    found = findings(preview, allowed, price.before(preview))
    print(report(preview, found))
    known = {key for finding in found for key in (finding.change.name, finding.change.urn)}
    for key in allowed:
        if key not in known:
            print(f"warning: --allow {key} has nothing to allow", file=sys.stderr)
    stopped = any(finding.verdict == "stopped" for finding in found)
    if stopped:
        print("\nIf that is meant: --allow NAME, for each by its name or URN.")
    return 1 if stopped or preview.errors else 0
