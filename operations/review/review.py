"""Reviews what a pull request would do to a stack, as `make review` does: `.venv/bin/python -m operations review`.

It compares two previews of the same deployed (or rehearsed) stack, as `pulumi preview --json` writes them: one by the
branch's base and one by its head. Changes that the base would make anyway are left out. It uses no forge and prints no
secret, so that any CI can post the result; comment.py writes it. Previews with `--show-sames` list every resource: then
rules about the whole stack are checked, too, and minutes are predicted.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from operations.review.changes import Change, Preview, load, parse
from operations.review.duration import Duration, duration, listed
from operations.review.guard import Finding, findings
from operations.review.price import before, planned
from policies import rules
from policies.rule import Resource, Tier


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two previews, with everything derived from it."""

    preview: Preview
    broken: list[str] = field(default_factory=list[str])
    """Violations of policy rules, each with resource and reason."""
    mandatory: frozenset[str] = frozenset()
    """Those violations that stop a deployment."""
    usd_per_month: float | None = None
    """Planned cost; None if the target is not AWS, or if nobody can say it without a secret."""
    at_estimated_prices: str = ""
    """How much of it is at estimated prices; empty if nothing is."""
    duration: Duration | None = None


@dataclass(frozen=True, kw_only=True)
class Review:
    """What the head would do beyond what the base does."""

    stack: str
    changes: list[Change]
    findings: list[Finding]
    broken: list[str]
    """Violations by the head that the base does not have."""
    mandatory: frozenset[str]
    base: Side
    head: Side
    rollout: tuple[str, ...] = ()
    """Problems that occurred when the head was rolled out on the rehearsed base."""

    @property
    def errors(self) -> list[str]:
        return self.head.preview.errors

    @property
    def passes(self) -> bool:
        """True if the change may be deployed."""
        stopped = any(finding.verdict == "stopped" for finding in self.findings)
        return not (stopped or self.mandatory & set(self.broken) or self.errors or self.rollout)


NOTHING = Side(preview=Preview("", [], [], [], {}))


def review(base: Path | None, head: Path, allowed: Sequence[str] = (), rollout: Path | None = None) -> Review:
    """The review of two files. Without a base, it covers everything that the head would do.

    `rollout` is the file in which previews.py notes the problems of rolling the head out. Raises StackError if one of
    the files is no preview.
    """
    problems = json.loads(rollout.read_text()) if rollout else ()
    return replace(compare(side(load(base)) if base else NOTHING, side(load(head)), allowed), rollout=tuple(problems))


def compare(base: Side, head: Side, allowed: Sequence[str] = ()) -> Review:
    """The review of two sides. `allowed` are names or URNs of resources that may lose data."""
    usd_before = before(base.preview) or base.usd_per_month or (before(head.preview) if base is NOTHING else None)
    base = replace(base, usd_per_month=usd_before)
    known = {_essence(change) for change in base.preview.changes}
    changes = [change for change in head.preview.changes if _essence(change) not in known]
    told = {(each.change.urn, each.causes, each.what) for each in findings(base.preview)}
    return Review(
        stack=head.preview.stack,
        changes=changes,
        findings=[
            each
            for each in findings(head.preview, allowed, usd_before)
            if (each.change.urn, each.causes, each.what) not in told
        ],
        broken=[each for each in head.broken if each not in base.broken],
        mandatory=head.mandatory,
        base=base,
        head=head,
    )


def _essence(change: Change) -> tuple[Any, ...]:
    """The parts of a change that are compared to find equal changes."""
    return change.operation, change.urn, change.paths, json.dumps(change.new, sort_keys=True)


def side(content: Mapping[str, Any]) -> Side:
    """Everything derived from the content of one preview."""
    preview = parse(content)
    after = {step["urn"]: step["newState"] for step in content["steps"] if step.get("newState")}
    price = planned(preview)
    broken = rules.findings(
        resources(after.values()),
        tier(preview),
        whole=listed(after) and not preview.failed_early,
        config=preview.config,
    )
    return Side(
        preview=preview,
        broken=[f"{each.rule.name}: {each.resource.name}: {each.text}" for each in broken],
        mandatory=frozenset(
            f"{each.rule.name}: {each.resource.name}: {each.text}" for each in broken if each.level == "mandatory"
        ),
        usd_per_month=price.usd_per_month,
        at_estimated_prices=price.at_estimated_prices,
        duration=duration(content),
    )


def resources(states: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """Resources, for policy rules, as they would be after the change."""
    return [
        Resource(
            type=state["type"],
            name=state["urn"].rsplit("::", 1)[1],
            urn=state["urn"],
            inputs=state.get("inputs") or {},
            protect=bool(state.get("protect")),
            depends_on=frozenset(chain(state.get("dependencies") or (), *_by_property(state).values())),
        )
        for state in states
        if state.get("custom")
    ]


def _by_property(state: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    return state.get("propertyDependencies") or {}


def tier(preview: Preview) -> Tier:
    """The stack's tier by its settings."""
    return "production" if preview.config.get("milvus-on-aws:tier") == "production" else "development"
