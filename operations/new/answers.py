"""Checks, plans and prices the answers given so far, and keeps them for the next run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from operations.new.questions import BY_KEY, Answers, Question
from operations.placeholders import placeholders
from planning.errors import PlanningError
from planning.estimate import Estimate
from planning.pricing.bill import at_estimated_prices
from planning.pricing.cost import guides
from planning.pricing.prices import prices
from settings.model import NAMESPACE, Settings
from settings.problems import Problem, SettingsError
from settings.reading import read
from settings.stack_file import as_pulumi_hands_over, without_secrets

ENOUGH: Answers = {"region": "us-east-1", "workload.vectors": 1, "workload.dimension": 2}
"""Stands in for required answers that are not given yet, so that the others can be checked."""


@dataclass(frozen=True)
class Draft:
    """The settings of a stack while questions are asked. The same code checks them that later reads the file."""

    stack: str
    others: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Settings of the existing file that no question is about."""

    def settings(self, answers: Answers) -> Settings:
        """The settings that these answers make. Raises SettingsError if they are wrong or incomplete."""
        tree = self.tree(answers)
        texts = as_pulumi_hands_over(without_secrets(tree, "encrypted"))
        return read({f"{NAMESPACE}:{name}": text for name, text in texts.items()}, self.stack)

    def tree(self, answers: Answers) -> dict[str, Any]:
        """The settings as they are written in YAML, but without the namespace."""
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
        """Everything that is wrong with the answers, except that some are missing."""
        try:
            self.settings({**ENOUGH, **answers})
        except SettingsError as error:
            return list(error.problems)
        return []

    def refusal(self, question: Question, value: Any, answers: Answers) -> str:
        """Problems that this answer causes; empty if there are none.

        Settings that a later question asks for are not missing yet.
        """
        before = {key: each for key, each in answers.items() if key != question.key}
        known = self.problems(before)
        later = BY_KEY.keys() - before.keys() - {question.key}
        found = self.problems({**before, question.key: value})
        return "\n".join(
            f"{problem.key}: {problem.text}" for problem in found if problem not in known and problem.key not in later
        )

    def doubtful(self, answers: Answers, key: str = "") -> list[Problem]:
        """Placeholders in all answers or in the one with this key.

        They are good enough for a rehearsal, but not for a deployment.
        """
        try:
            found = placeholders(self.settings({**ENOUGH, **answers}))
        except SettingsError:
            return []
        return [problem for problem in found if problem.key.startswith(key)]

    def default(self, key: str, answers: Answers) -> Any:
        """The value that a setting has without an answer, which may depend on the tier; None if the other answers
        are wrong.
        """
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
        """Size and price; None while too few questions are answered."""
        if not {*ENOUGH, "tier"} <= answers.keys():
            return None
        try:
            return self.settings(answers).plan()
        except (SettingsError, PlanningError):
            return None

    def minimal(self, answers: Answers) -> dict[str, Any]:
        """The answers without those that equal the default.

        Raises SettingsError if the answers are wrong or incomplete.
        """
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
    """Size and price in one line, together with the price of the guides' fixed topology."""
    estimated = at_estimated_prices(plan.cost.estimated, plan.region)
    kafka = plan.kafka
    log = f"{kafka.count} brokers {kafka.type.name}" if kafka else "no brokers"
    reference, nodes = guides(prices(plan.region)).usd, sum(group.nodes for group in plan.fleet.groups)
    return (
        f"{plan.cost.usd:,.0f} USD a month ({plan.cost.low:,.0f} to {plan.cost.high:,.0f}); the guides' fixed topology:"
        f" {reference:,.0f}. {plan.sizing.loading_gib:,.1f} GiB loaded, {nodes} nodes, {log}"
        f"{'. ' if estimated else ''}{estimated}"
    )


@dataclass(frozen=True)
class Kept:
    """A file with the answers of a run that was not finished."""

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
