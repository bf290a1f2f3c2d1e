"""Runs a whole rehearsal of one stack (preview, up, up again, destroy) and reports everything about it."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console

from planning.protection import protected, retained
from planning.timing import clock
from rehearsal import rules
from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.operation import Operation
from rehearsal.progress import Progress, Silent
from rehearsal.protocol.wire import name_of, type_of
from rehearsal.published import judge as published
from rehearsal.report.details import details
from rehearsal.report.report import Report
from rehearsal.report.settled import Settled
from rehearsal.report.timeline import told_apart
from rehearsal.report.topology import topology
from rehearsal.secrets import found_in_plain, secret_values, write_dump
from rehearsal.stage import Stage
from rehearsal.sweep import sweep_stages
from rehearsal.workspace import Edit


class DataPlane(Protocol):
    """Real services behind the emulated cloud (testbed/). The texts that it returns are violations."""

    behind: Sequence[str]
    """Modules that put real services behind the cloud; see Stage."""
    result: dict[str, Any]
    """Results for the report."""

    def after_up(self, stage: Stage) -> list[str]: ...

    def after_destroy(self, stage: Stage) -> list[str]: ...

    def show(self, console: Console) -> None: ...


@dataclass(frozen=True)
class Judge:
    """A real service that judges objects before the emulated cloud takes them, such as an API server (testbed/)."""

    name: str
    module: str
    """Module that puts it behind the cloud; see Stage."""


class UnavailableError(Exception):
    """This machine cannot run a real service; the message says what is missing."""


def rehearse(
    stack: str,
    *,
    settings: Mapping[str, Any] | None = None,
    edits: Sequence[Edit] = (),
    world: Sequence[Resource] = (),
    dump: Path | None = None,
    faults: int = 0,
    data_plane: DataPlane | None = None,
    judge: Judge | None = None,
    progress: Progress | None = None,
) -> Report:
    """Rehearses a stack and returns the report.

    The program runs unchanged or with `edits`, and with `settings` in addition to those of its file, in a cloud where
    the resources `world` exist already. `dump` is a folder for all resources after `up`, with secrets masked.
    Afterwards about `faults` faults are injected on stages of their own, without the `data_plane` or the `judge`.
    `progress` is told each step.
    """
    progress = progress or Silent()

    def open_stage(folder: Path, checkpoints: bool, forgiving: bool = False, behind: Sequence[str] = ()) -> Stage:
        return Stage(
            folder,
            stack,
            settings=settings,
            edits=edits,
            world=world,
            checkpoints=checkpoints,
            forgiving=forgiving,
            behind=behind,
        )

    report = Report(stack, judged_by=judge.name if judge else "")
    # Real services cannot forgive a refusal, so the cloud in front of them does not, either.
    forgiving, behind = (False, data_plane.behind) if data_plane else (True, ())
    behind = (*behind, judge.module) if judge else behind
    with (
        tempfile.TemporaryDirectory(prefix="rehearsal-") as folder,
        open_stage(Path(folder), False, forgiving, behind) as stage,
    ):
        _perform(stage, report, dump, data_plane, progress)
    if faults and report.succeeded:
        report.faults = sweep_stages(open_stage, faults, progress)
        report.violations += report.faults.problems
        report.seconds = round(report.seconds + report.faults.seconds, 2)
    return report


def number_of_steps(*, faults: bool, data_plane: bool) -> int:
    """Steps of a rehearsal that goes well. A protected stack needs one more, which is known after its first `up`."""
    return 4 + faults + 2 * data_plane


def _perform(stage: Stage, report: Report, dump: Path | None, data_plane: DataPlane | None, progress: Progress) -> None:
    """Runs all operations, and fills the report."""
    with progress.step("preview", stage.log):
        preview = _checked(stage.preview(), report)
    report.preview_seconds = round(preview.seconds, 2)
    if report.violations:
        return
    with progress.step("up", stage.log, len(preview.steps)):
        first = _checked(stage.up(), report)
    if data_plane and first.succeeded:
        with progress.step("data plane: smoke test and rows"):
            report.violations += data_plane.after_up(stage)
    state, cloud = stage.state(), stage.cloud
    holds_on = protected({"deployment": {"resources": state}})
    progress.steps += bool(holds_on)
    if first.succeeded:
        with progress.step("up again: nothing may change", stage.log, len(state)), ThreadPoolExecutor(1) as beside:
            again = beside.submit(stage.up)
            _judge(state, cloud, [preview, first], report)  # meanwhile
            second = _checked(again.result(), report)
        report.second_up_changes = len(second.changes)
        report.violations += [
            f"second up: {step.operation} {name_of(step.urn)} ({', '.join(step.paths) or 'no property'})"
            for step in second.changes
        ]
        report.violations += no_longer_ready(stage.cloud)
    else:
        _judge(state, cloud, [preview, first], report)
    if dump:
        write_dump(dump, cloud, secret_values(cloud))
    if holds_on:
        with progress.step("up: protection off", stage.log, len(state)):
            take_protection_off(stage, report)
    with progress.step("destroy", stage.log, len(state)):
        _checked(stage.destroy(), report)
    if data_plane:
        with progress.step("data plane: faults"):
            report.violations += data_plane.after_destroy(stage)
        report.data_plane = data_plane.result
    report.violations = list(dict.fromkeys([*report.violations, *stage.cloud.refusals]))
    kept = {f"{each.type}={each.id}" for each in retained({"deployment": {"resources": state}})}
    left = stage.cloud.left()
    report.left = [resource.key for resource in (*left, *stage.cloud.outliving())]
    report.left_after_destroy = len(report.left)
    report.violations += [f"left after destroy: {each.key} ({each.name})" for each in left if each.key not in kept]
    gone = {key for key in kept - {*report.left} if not key.startswith("kubernetes:")}  # objects go with their cluster
    report.violations += [f"gone, though it is to outlive its stack: {key}" for key in sorted(gone)]


def _judge(state: list[dict[str, Any]], cloud: Cloud, operations: Sequence[Operation], report: Report) -> None:
    """What can be said about all that the operations have made, without asking the engine again."""
    report.violations += published.standing(cloud)
    report.resources = len(state)
    stacks = [each.get("outputs", {}) for each in state if each["type"] == "pulumi:pulumi:Stack"]
    outputs: dict[str, Any] = stacks[0] if stacks else {}
    report.estimate = outputs.get("estimate")
    secret = secret_values(cloud)
    plaintext = list(found_in_plain(secret, state, cloud, [each.text for each in operations]))
    report.secrets_in_plaintext = len(plaintext)
    report.violations += plaintext
    report.topology, report.settled = topology(cloud), Settled(cloud, secret)
    graph = clock.Graph(state)
    report.violations += by_luck(graph, cloud)
    if operations[-1].succeeded:
        _time(graph, cloud, outputs, report)


def _time(graph: clock.Graph, cloud: Cloud, outputs: dict[str, Any], report: Report) -> None:
    """How long it would take on AWS, and what that waits for."""

    def named(urns: Iterable[str]) -> list[str]:
        return told_apart([(name_of(urn), type_of(urn)) for urn in urns])

    spans = clock.creation(graph)
    report.minutes_to_ready = round(max(span.finish for span in spans.values()), 2)
    insisted_on = [(reliance.needing, reliance.needed) for reliance in cloud.reliances]
    report.lower_bound_minutes = round(clock.lower_bound(graph, insisted_on), 2)
    report.guide_minutes = round(clock.guide_minutes(), 2)
    report.critical_path = named(urn for urn in clock.critical_path(spans) if clock.minutes(graph.resources[urn]))
    report.details = details(graph, spans, outputs)
    levels = clock.destruction(graph)
    report.minutes_to_destroy = round(sum(level.minutes for level in levels), 2)
    report.destroy_waits_for = named(level.slowest for level in levels if level.minutes >= 0.5)


def take_protection_off(stage: Stage, report: Report) -> None:
    """Switches protection off, which must replace nothing."""
    stage.unprotect()
    answer = _checked(stage.up(), report)
    report.violations += [
        f"taking the protection off would {step.operation} {name_of(step.urn)}"
        for step in answer.changes
        if step.operation != "update"
    ]


def no_longer_ready(cloud: Cloud) -> list[str]:
    """Reasons why resources would not be accepted or ready if they were created now, without reasons reported
    before.
    """
    rules.register()
    return [text for text in cloud.judged() if text not in cloud.refusals]


def _checked(operation: Operation, report: Report) -> Operation:
    """Adds an operation's time and errors to the report."""
    report.seconds = round(report.seconds + operation.seconds, 2)
    if not operation.succeeded:
        report.violations += operation.errors or [operation.text]
    return operation


def by_luck(graph: clock.Graph, cloud: Cloud) -> list[str]:
    """Violations for resources that came in the right order by luck, without a dependency in the program."""
    return [
        f"{name_of(reliance.needing)} needs {name_of(reliance.needed)} first, but does not depend on it: {reliance.why}"
        + (f"\n  rule: {reliance.rule}" if reliance.rule else "")
        for reliance in cloud.reliances
        if reliance.needing in graph.resources
        and reliance.needed in graph.resources
        and not graph.guarantees(reliance.needing, reliance.needed)
    ]
