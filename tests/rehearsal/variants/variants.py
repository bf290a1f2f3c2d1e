"""Broken variants of the real program, and the runs that try them.

One run tries many, because a forgiving cloud reports all. The edits of a run must not affect each other. Its variants
are told apart by the rule and by the message, which names the resource. No other run may have that message.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from rehearsal.cloud.resource import Resource
from rehearsal.run import rehearse
from rehearsal.workspace import Edit

OURS = "milvus-on-aws:"
SIDE_BY_SIDE = 2  # cores


@dataclass(frozen=True)
class Variant:
    """One mistake in the program, and what the rehearsal says of it."""

    run: str
    rule: str
    message: str
    """A regular expression, of the line before the rule."""
    edits: tuple[Edit, ...]

    def __str__(self) -> str:
        return f"{self.run}-{self.rule}-{self.edits[0].new.strip()[:30]}"


@dataclass(frozen=True)
class Setup:
    """What the variants of one run have in common."""

    stack: str = "dev"
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    world: tuple[Resource, ...] = ()


def variant(run: str, rule: str, message: str, path: str, *changes: str) -> Variant:
    """`changes`: old and new text, and again for further places of the same file."""
    return Variant(
        run, rule, message, tuple(Edit(path, *pair) for pair in zip(changes[::2], changes[1::2], strict=True))
    )


class Runs:
    """Each run once, all of them when the first is asked for."""

    def __init__(self, setups: dict[str, Setup], variants: Sequence[Variant]) -> None:
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            self._said: dict[str, Future[str]] = {
                name: pool.submit(_violations, setup, [each for each in variants if each.run == name])
                for name, setup in setups.items()
            }

    def said(self, run: str) -> str:
        """Everything that the rehearsal found wrong."""
        return self._said[run].result()

    def others(self, run: str) -> list[tuple[str, str]]:
        return [(name, self.said(name)) for name in self._said if name != run]


def _violations(setup: Setup, variants: Sequence[Variant]) -> str:
    edits = dict.fromkeys(edit for each in variants for edit in each.edits)
    settings = {OURS + key: value for key, value in setup.settings.items()}
    report = rehearse(setup.stack, settings=settings, edits=list(edits), world=setup.world)
    return "\n".join(report.violations)
