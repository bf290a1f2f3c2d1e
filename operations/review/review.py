"""What a pull request would do to a stack, as one comment: `python -m operations review --base A --head B`.

Two previews of the same deployed (or rehearsed) stack, one by the branch's base, one by its head, as
`pulumi preview --json` writes them. What the base would do anyway is not the pull request's, and left out. No forge is
asked and no secret printed: any CI can post what this writes. How it looks stands in comment.py. Made with
`--show-sames` they list every resource: then rules over the whole stack are judged, too, and minutes predicted.
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
from planning.errors import PlanningError
from policies import rules
from policies.rule import Resource, Tier
from settings.problems import SettingsError
from settings.reading import read


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two previews, and what follows from it."""

    preview: Preview
    broken: list[str] = field(default_factory=list[str])
    """Rules that its resources break, each with resource and reason."""
    mandatory: frozenset[str] = frozenset()
    """Those of them that stop a deployment."""
    usd_per_month: float | None = None
    """None if its settings plan nothing on AWS, or can't be read without a secret."""
    duration: Duration | None = None


@dataclass(frozen=True, kw_only=True)
class Review:
    stack: str
    changes: list[Change]
    findings: list[Finding]
    broken: list[str]
    """Rules that the base does not break."""
    mandatory: frozenset[str]
    base: Side
    head: Side
    rollout: tuple[str, ...] = ()
    """What broke when the head was rolled out on the rehearsed base."""

    @property
    def errors(self) -> list[str]:
        return self.head.preview.errors

    @property
    def passes(self) -> bool:
        stopped = any(finding.verdict == "stopped" for finding in self.findings)
        return not (stopped or self.mandatory & set(self.broken) or self.errors or self.rollout)


NOTHING = Side(preview=Preview("", [], [], [], {}))


def review(base: Path | None, head: Path, allowed: Sequence[str] = (), rollout: Path | None = None) -> Review:
    """Without a base, all that the head would do. Raises StackError if one of the files is no preview.

    `rollout` is the file in which a rehearsed review notes what broke when the head was rolled out.
    """
    problems = json.loads(rollout.read_text()) if rollout else ()
    return replace(compare(side(load(base)) if base else NOTHING, side(load(head)), allowed), rollout=tuple(problems))


def compare(base: Side, head: Side, allowed: Sequence[str] = ()) -> Review:
    known = {_essence(change) for change in base.preview.changes}
    changes = [change for change in head.preview.changes if _essence(change) not in known]
    told = {(each.change.urn, each.causes, each.what) for each in findings(base.preview)}
    return Review(
        stack=head.preview.stack,
        changes=changes,
        findings=[
            each for each in findings(head.preview, allowed) if (each.change.urn, each.causes, each.what) not in told
        ],
        broken=[each for each in head.broken if each not in base.broken],
        mandatory=head.mandatory,
        base=base,
        head=head,
    )


def _essence(change: Change) -> tuple[Any, ...]:
    return change.operation, change.urn, change.paths, json.dumps(change.new, sort_keys=True)


def side(content: Mapping[str, Any]) -> Side:
    preview = parse(content)
    after = {step["urn"]: step["newState"] for step in content["steps"] if step.get("newState")}
    broken = rules.findings(resources(after.values()), tier(preview), whole=listed(after) and not preview.failed_early)
    return Side(
        preview=preview,
        broken=[f"{each.rule.name}: {each.resource.name}: {each.text}" for each in broken],
        mandatory=frozenset(
            f"{each.rule.name}: {each.resource.name}: {each.text}" for each in broken if each.level == "mandatory"
        ),
        usd_per_month=usd_per_month(preview),
        duration=duration(content),
    )


def resources(states: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """As they would be afterwards."""
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
    return "production" if preview.config.get("milvus-on-aws:tier") == "production" else "development"


def usd_per_month(preview: Preview) -> float | None:
    """By this program's own planning and prices, for both sides."""
    try:
        settings = read(preview.config, preview.stack)
        return settings.plan().to_json()["usd_per_month"] if settings.target == "aws" else None
    except (SettingsError, PlanningError):
        return None
