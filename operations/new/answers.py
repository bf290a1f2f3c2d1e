"""Answers so far: judged by the code that reads settings, planned and priced, and kept for the next run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from operations.new.questions import BY_KEY, Answers, Question
from operations.placeholders import placeholders
from planning.errors import PlanningError
from planning.estimate import Estimate
from planning.pricing.cost import guides
from planning.pricing.prices import prices
from settings.model import NAMESPACE, Settings
from settings.problems import Problem, SettingsError
from settings.reading import read
from settings.stack_file import as_pulumi_hands_over, without_secrets

ENOUGH: Answers = {"region": "us-east-1", "workload.vectors": 1, "workload.dimension": 2}
"""Stands in for what is not answered yet, so that the answers there are can be judged."""


@dataclass(frozen=True)
class Draft:
    """A stack's settings while they are asked for."""

    stack: str
    others: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Settings that no question is about, from the file that is there."""

    def settings(self, answers: Answers) -> Settings:
        """Raises SettingsError."""
        tree = self.tree(answers)
        texts = as_pulumi_hands_over(without_secrets(tree, "encrypted"))
        return read({f"{NAMESPACE}:{name}": text for name, text in texts.items()}, self.stack)

    def tree(self, answers: Answers) -> dict[str, Any]:
        """As written in YAML, but for the namespace."""
        tree: dict[str, Any] = {"target": "aws", **json.loads(json.dumps(self.others))}
        for key, value in answers.items():
            if value is not None and value != []:
                *sections, last = key.split(".")
                section = tree
                for name in sections:
                    section = section.setdefault(name, {})
                section[last] = value
        return tree

    def problems(self, answers: Answers) -> list[Problem]:
        """Everything that is wrong, but for what is only missing."""
        try:
            self.settings({**ENOUGH, **answers})
        except SettingsError as error:
            return list(error.problems)
        return []

    def refusal(self, question: Question, value: Any, answers: Answers) -> str:
        """What is wrong since this answer; empty if it can stay. What a later question asks for is not missing yet."""
        before = {key: each for key, each in answers.items() if key != question.key}
        known = self.problems(before)
        later = BY_KEY.keys() - before.keys() - {question.key}
        found = self.problems({**before, question.key: value})
        return "\n".join(
            f"{problem.key}: {problem.text}" for problem in found if problem not in known and problem.key not in later
        )

    def doubtful(self, answers: Answers, key: str = "") -> list[Problem]:
        """Placeholders among the answers, or in one of them: good for a rehearsal, and for nothing else."""
        try:
            found = placeholders(self.settings({**ENOUGH, **answers}))
        except SettingsError:
            return []
        return [problem for problem in found if problem.key.startswith(key)]

    def default(self, key: str, answers: Answers) -> Any:
        """What the program takes without an answer: None for text and lists, the tier's for the rest."""
        try:
            value: Any = self.settings({**ENOUGH, **{k: v for k, v in answers.items() if k != key}}).model_dump(
                mode="json", by_alias=True
            )
        except SettingsError:
            return None
        for step in key.split("."):
            value = value and value[step]
        return value

    def plan(self, answers: Answers) -> Estimate | None:
        """None while too little is known."""
        if not {*ENOUGH, "tier"} <= answers.keys():
            return None
        try:
            return self.settings(answers).plan()
        except (SettingsError, PlanningError):
            return None

    def minimal(self, answers: Answers) -> dict[str, Any]:
        """Without what reads the same when it is left out. Raises SettingsError."""
        whole = self.settings(answers)
        needed = dict(answers)
        for key in answers:
            fewer = {name: value for name, value in needed.items() if name != key}
            try:
                if self.settings(fewer) == whole:
                    needed = fewer
            except SettingsError:
                continue
        return needed


def price(plan: Estimate) -> str:
    """Size and price in one line, beside what the guides' fixed topology costs."""
    reference, nodes = guides(prices(plan.region)).usd, sum(group.nodes for group in plan.fleet.groups)
    return (
        f"{plan.cost.usd:,.0f} USD a month ({plan.cost.low:,.0f} to {plan.cost.high:,.0f}); the guides' fixed topology:"
        f" {reference:,.0f}. {plan.sizing.loading_gib:,.1f} GiB loaded, {nodes} nodes, {plan.kafka.count} brokers"
        f" {plan.kafka.type.name}"
    )


@dataclass(frozen=True)
class Kept:
    """Answers of a run that did not come to its end."""

    file: Path

    def read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return {}
        return {key: value for key, value in kept.items() if key in BY_KEY} if isinstance(kept, dict) else {}  # pyright: ignore[reportUnknownVariableType] - JSON

    def write(self, answers: Answers) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.file.with_suffix(".part")
        temporary.write_text(json.dumps(dict(answers), indent=2) + "\n")
        temporary.replace(self.file)

    def forget(self) -> None:
        self.file.unlink(missing_ok=True)
