"""One thing that a stack left, and whether it may be deleted: detached, in no state, older than an hour, never data."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.doctor.subject import Subject

YOUNGEST = timedelta(hours=1)
"""What is younger may belong to a deployment that is under way."""


@dataclass(frozen=True)
class Leftover:
    """A resource in the account that carries a trace of the stack."""

    id: str
    trace: str
    """What shows that it is this stack's."""
    usd: float | None = 0
    """Price a month; None where it depends on what is not known here."""
    busy: str = ""
    """What uses it; empty if nothing does."""
    born: datetime | None = None
    """When it was made; None if AWS does not tell."""


@dataclass(frozen=True)
class Kind:
    """One kind of leftovers."""

    name: str
    find: Callable[[Subject], Iterable[Leftover]]
    delete: Callable[[Subject, str], None] | None = None
    """None: it is never deleted here."""
    kept: str = ""
    """Why it is never deleted here, or how a person does it."""


def trace(subject: Subject, tags: Mapping[str, str]) -> str:
    """The tag that names the stack, or its cluster; empty if none does.

    Ours alone count only if a team has not set `stack` to something that other stacks may have, too.
    """
    ours = {key: subject.tags[key] for key in ("project", "stack")}
    if ours["stack"] == subject.stack and ours.items() <= tags.items():
        return f"tags project={ours['project']}, stack={ours['stack']}"
    if tags.get(f"kubernetes.io/cluster/{subject.name}") == "owned":
        return f"tag kubernetes.io/cluster/{subject.name}"
    named = ("elbv2.k8s.aws/cluster", "cluster.k8s.amazonaws.com/name", "eks:cluster-name", "aws:eks:cluster-name")
    return next((f"tag {key}={subject.name}" for key in named if tags.get(key) == subject.name), "")


def as_tags(listed: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Tags as a mapping, from the lists of Key and Value in which most services give them."""
    return {each["Key"]: each["Value"] for each in listed or ()}


def stays(kind: Kind, left: Leftover, last_change: datetime | None) -> str:
    """Why a leftover is not deleted; empty if it is.

    `last_change` is when the stack's state was last written: a deployment that is under way writes it after every step.
    """
    if kind.delete is None:
        return kind.kept
    if left.busy:
        return left.busy
    born = left.born or last_change
    if born is None:
        return "nobody knows how old it is"
    if datetime.now(UTC) - born < YOUNGEST:
        return "is younger than an hour" if left.born else "the stack was changed within the last hour"
    return ""


def named(id_: str, state: str) -> bool:
    """Whether a state, as text, names a resource anywhere, as a whole word."""
    return re.search(rf"(?<![\w-]){re.escape(id_)}(?![\w-])", state) is not None


def last_change(state: Mapping[str, Any]) -> datetime | None:
    """When a state was last written."""
    deployment: Mapping[str, Any] = state.get("deployment") or {}
    manifest: Mapping[str, Any] = deployment.get("manifest") or {}
    try:
        return datetime.fromisoformat(str(manifest.get("time")))
    except ValueError:
        return None
