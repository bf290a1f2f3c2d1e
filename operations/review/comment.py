"""Writes a review as Markdown: first what matters, then everything else, folded. Equal reviews give equal texts."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from operations.review.changes import Change
from operations.review.drift import told
from operations.review.guard import TITLES, Finding, Verdict
from operations.review.review import Review, Side

SIGNS: dict[Verdict, str] = {"stopped": "⛔", "allowed": "⚠️", "expected": "⏳", "harmless": "✅"}
OPERATIONS = ("create", "update", "replace", "delete")
MOST_LINES = 60
"""Most lines of the folded list, because GitHub limits a comment to 65,536 characters."""


def marker(stack: str) -> str:
    """An invisible line by which CI finds the comment of an earlier push, to update it."""
    return f"<!-- milvus-on-aws review of {stack} -->"


def comment(review: Review) -> str:
    """The whole comment."""
    lines = [marker(review.stack), f"### Stack `{review.stack}`: {verdict(review)}", ""]
    lines += drifted(review)
    if review.changes:
        lines += [*summary(review.changes), ""]
    if deltas := list(estimates(review.base, review.head)):
        lines += [*deltas, ""]
    if review.errors:
        lines += ["The preview itself failed, so this may not be all:", ""]
        lines += [*(f"- {each.splitlines()[0]}" for each in review.errors), ""]
    if review.rollout:
        lines += ["**⛔ Rolled out on the base in a rehearsal, this breaks**", ""]
        lines += [*(f"- {_one_line(each)}" for each in review.rollout), ""]
    for verdict_ in ("stopped", "allowed", "expected"):
        lines += judged(verdict_, [each for each in review.findings if each.verdict == verdict_])
    if review.broken:
        lines += ["**Policies**", ""]
        lines += [f"- {'⛔' if each in review.mandatory else '⚠️'} {each}" for each in review.broken]
        lines += [""]
    lines += folded(review)
    return "\n".join(lines).rstrip() + "\n"


def _one_line(problem: str) -> str:
    """A problem in one line, with its rule, which has a line of its own in the text."""
    return " ".join(problem.split())


def verdict(review: Review) -> str:
    """The verdict in a few words, for the title."""
    if not review.passes:
        return "must not be deployed as it is"
    if review.head.preview.drifts:
        return "no longer as it was deployed"
    if not review.changes:
        return "no change"
    noticed = any(each.verdict in ("allowed", "expected") for each in review.findings)
    return "may be deployed, and will be noticed" if noticed else "may be deployed"


def drifted(review: Review) -> Iterator[str]:
    """Lines about what somebody changed in the cloud, and the way back."""
    if not (drifts := review.head.preview.drifts):
        return
    lines = [line for drift in drifts for line in told(drift)]
    yield f"**Changed in the cloud since the last deployment: {len(drifts)}**"
    yield ""
    yield from lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        yield f"- and {len(lines) - MOST_LINES} lines more"
    yield ""
    yield f"`make pulumi STACK={review.stack} ARGS='up --refresh'` brings back what the program says (`make up` alone"
    yield "does not look into the cloud). To keep a change, write it into the settings or the program first."
    yield ""


def summary(changes: Sequence[Change]) -> Iterator[str]:
    """A table of the number of changed resources, by component and operation."""
    yield f"| | {' | '.join(OPERATIONS)} |"
    yield f"|---|{'--:|' * len(OPERATIONS)}"
    for name in sorted({component(change.urn) for change in changes}):
        counts = Counter(change.operation for change in changes if component(change.urn) == name)
        yield f"| {name} | {' | '.join(str(counts[each] or '') for each in OPERATIONS)} |"


def component(urn: str) -> str:
    """Name of the outermost of our components that a resource belongs to; `stack` if it belongs to none."""
    found = re.search(r"milvus-on-aws:(\w+):\w+", urn.split("::")[2])
    return found[1].replace("_", " ") if found else "stack"


def estimates(base: Side, head: Side) -> Iterator[str]:
    """Lines about cost and duration, before and after the change."""
    if head.usd_per_month is not None:
        yield f"- {_delta(base.usd_per_month, head.usd_per_month)} US$ a month"
        if head.at_estimated_prices:
            yield f"  - {head.at_estimated_prices}"
    if head.duration:
        before, after = base.duration, head.duration
        if after.minutes >= 0.5:
            names = f", waiting for {_shortened([f'`{name}`' for name in after.waits_for])}" if after.waits_for else ""
            yield f"- {_delta((before and before.minutes) or None, after.minutes)} minutes to deploy this{names}"
        new = _delta(before and before.new_stack_minutes, after.new_stack_minutes)
        yield f"- {new} minutes until a new one is ready"


def _delta(before: float | None, after: float) -> str:
    if before is None or f"{before:,.0f}" == f"{after:,.0f}":
        return f"{after:,.0f}"
    return f"{before:,.0f} → **{after:,.0f}** ({after - before:+,.0f})"


def judged(verdict: Verdict, found: Sequence[Finding]) -> Iterator[str]:
    """Lines about all findings of one verdict; equal texts are written once, for all resources that they are about."""
    if not found:
        return
    yield f"**{SIGNS[verdict]} {len(found)} {TITLES[verdict]}**"
    yield ""
    for what, instead in dict.fromkeys((each.what, each.instead) for each in found):
        about = [each for each in found if (each.what, each.instead) == (what, instead)]
        names = dict.fromkeys(f"`{each.change.name}`" for each in about)
        yield f"- {_shortened(list(names))}: {what}"
        causes = dict.fromkeys(cause for each in about for cause in each.causes)
        if causes:
            yield f"  - by {_shortened([f'`{cause}`' for cause in causes])}"
        if instead:
            yield f"  - instead: {instead}"
    yield ""


def _shortened(texts: Sequence[str], most: int = 4) -> str:
    rest = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {rest} more" if rest > 0 else "")


def folded(review: Review) -> Iterator[str]:
    """Folded lines about every change, with the names of properties that differ, never their values."""
    if not review.changes:
        return
    yield f"<details><summary>{len(review.changes)} changes</summary>"
    yield ""
    ordered = sorted(review.changes, key=lambda change: (component(change.urn), change.type, change.name))
    for change in ordered[:MOST_LINES]:
        by = f": {_shortened([f'`{path}`' for path in change.paths], 6)}" if change.paths else ""
        yield f"- {change.operation} `{change.name}` ({change.type}){by}"
    if len(ordered) > MOST_LINES:
        yield f"- and {len(ordered) - MOST_LINES} more"
    harmless = [each for each in review.findings if each.verdict == "harmless"]
    if harmless:
        yield ""
        yield "Replaced or deleted, and nobody's worry:"
        yield ""
    for why in dict.fromkeys(each.what for each in harmless):
        yield f"- {_shortened([f'`{each.change.name}`' for each in harmless if each.what == why])}: {why}"
    yield ""
    yield "</details>"
