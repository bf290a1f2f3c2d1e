"""Does the procedures on an emulated AWS, with policies and guard: `python -m operations.procedures dev`.

Every step is what `make plan` and `make up` do: a preview that policies and guard judge, then the change itself.
Afterwards everything must still be ready, and a second `up` must have nothing to do.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from operations.procedures.steps import BEGINNING, PROCEDURES, Outcome, Procedure, Settings, Stack, Step
from operations.review.changes import parse
from operations.review.duration import duration
from operations.review.guard import findings
from operations.review.previews import json_in
from operations.review.price import before
from planning.protection import retained
from rehearsal.protocol.wire import name_of
from rehearsal.run import no_longer_ready
from rehearsal.stage import ROOT, Stage
from rehearsal.workspace import configuration
from settings.model import NAMESPACE

POLICIES = ("--policy-pack", str(ROOT / "policies"))


def of_stack(stack: Stack) -> list[Procedure]:
    return [each for each in PROCEDURES if stack in each.stacks]


def merged(settings: Settings, changes: Settings) -> dict[str, Any]:
    """Settings with some keys changed, at any depth; None removes a key."""
    both: dict[str, Any] = dict(settings)
    for key, value in changes.items():
        old = both.get(key)
        if value is None:
            both.pop(key, None)
        elif isinstance(value, Mapping):
            both[key] = merged(cast(Settings, old or {}), cast(Settings, value))
        else:
            both[key] = value
    return both


def begin(stage: Stage, stack: Stack) -> dict[str, Any]:
    """Deploys the stack from which the procedures begin, and returns its settings by section. Raises RuntimeError."""
    written = configuration(ROOT / f"Pulumi.{stack}.yaml")
    settings = merged({key.removeprefix(f"{NAMESPACE}:"): each for key, each in written.items()}, BEGINNING[stack])
    configure(stage, settings)
    first = stage.up()
    if not first.succeeded:
        raise RuntimeError("; ".join(first.errors) or first.text)
    return settings


def configure(stage: Stage, settings: Settings) -> None:
    stage.configure({f"{NAMESPACE}:{key}": value for key, value in settings.items()})


def perform(stage: Stage, settings: Settings, procedure: Procedure) -> tuple[dict[str, Any], list[Outcome]]:
    """Does the steps of a procedure, and returns the settings after them, and what each did."""
    current, outcomes = dict(settings), list[Outcome]()
    for each in procedure.steps:
        current = merged(current, each.settings)
        configure(stage, current)
        outcomes.append(do(stage, each))
    return current, outcomes


def do(stage: Stage, step: Step) -> Outcome:
    """One change, for a stage that is configured for it."""
    said = stage.run("preview", "--json", "--show-sames", *POLICIES)
    content = json_in(said.stdout)
    problems = [] if content and said.returncode == 0 else [f"preview: {said.stdout[-3000:]}"]
    noticed, minutes = set[str](), 0.0
    if content:
        preview = parse(content)
        for each in findings(preview, step.allow, before(preview)):
            if each.verdict == "stopped":
                problems.append(f"guard: {each.change.name}: {each.what}")
            elif each.verdict == "expected":
                noticed.add(each.what.partition(":")[0].partition(";")[0])  # what follows has names and values
        planned = duration(content)
        minutes = planned.minutes if planned else 0.0
    done = stage.up()
    problems += done.errors
    problems += no_longer_ready(stage.cloud)
    problems += [f"second up: {each.operation} {name_of(each.urn)}" for each in stage.up().changes]
    counted = Counter(each.operation for each in done.changes)
    return Outcome(
        created=counted["create"],
        updated=counted["update"],
        replaced=counted["create-replacement"],
        deleted=counted["delete"],
        minutes=round(minutes, 1),
        noticed=tuple(sorted(noticed)),
        problems=tuple(problems),
    )


def run(stack: Stack, folder: Path, procedures: Sequence[Procedure]) -> Iterator[tuple[Procedure, list[Outcome]]]:
    """Does the procedures on one stack, one after the other, in a new folder; destroys it in the end."""
    with Stage(folder, stack) as stage:
        settings = begin(stage, stack)
        for procedure in procedures:
            settings, outcomes = perform(stage, settings, procedure)
            yield procedure, outcomes
        kept = {f"{each.type}={each.id}" for each in retained({"deployment": stage.deployment()})}
        gone = stage.destroy()
        left = [each.key for each in stage.cloud.left() if each.key not in kept]
        if not gone.succeeded or left:
            raise RuntimeError(f"the stack can't be destroyed after its procedures; left: {left}\n{gone.text}")
