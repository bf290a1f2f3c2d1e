"""The result of one command of the Pulumi CLI, as the engine's events tell it."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Step:
    """One operation of the engine on one resource."""

    operation: str
    urn: str
    paths: tuple[str, ...]
    """Changed properties that caused it."""


@dataclass(frozen=True)
class Operation:
    """The result of one CLI command."""

    succeeded: bool
    seconds: float
    text: str
    """The CLI's output, as a user would have seen it."""
    steps: list[Step]
    errors: list[str] = field(default_factory=list[str])

    @property
    def changes(self) -> list[Step]:
        """The steps that changed something."""
        return [step for step in self.steps if step.operation not in ("same", "read", "refresh")]

    @classmethod
    def of(cls, answer: subprocess.CompletedProcess[str], seconds: float, events: Sequence[Mapping[str, Any]]) -> Self:
        """The operation of a command that answered so, and of which the engine told these events."""
        return cls(answer.returncode == 0, seconds, answer.stdout, _steps(events), _errors(events))


def _steps(events: Sequence[Mapping[str, Any]]) -> list[Step]:
    found: list[Step] = []
    for event in events:
        if metadata := event.get("resourcePreEvent", {}).get("metadata"):
            found.append(Step(metadata["op"], metadata["urn"], tuple(metadata.get("detailedDiff") or ())))
    return found


def _errors(events: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        event["diagnosticEvent"]["message"].strip()
        for event in events
        if event.get("diagnosticEvent", {}).get("severity") == "error"
    ]
