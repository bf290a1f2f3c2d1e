"""A whole rehearsal of one stack: preview, up, up again, destroy; and what a person wants to know of it beforehand."""

import base64
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console

from operations.destroyable import protected
from rehearsal import clock
from rehearsal.cloud import Cloud, Thing
from rehearsal.details import Details, details
from rehearsal.random import PASSWORD
from rehearsal.stage import Operation, Stage
from rehearsal.sweep import UNPROTECTED, Sweep, sweep_stages
from rehearsal.wire import name_of
from rehearsal.workspace import PLANTED, Edit

WHERE_SECRETS_BELONG = (PASSWORD, "aws:secretsmanager/secretVersion:SecretVersion", "kubernetes:core/v1:Secret")


class DataPlane(Protocol):
    """Something real behind the cloud, if it is asked for (testbed/); what it says are violations."""

    behind: Sequence[str]
    """As Stage has it."""
    result: dict[str, Any]

    def after_up(self, stage: Stage) -> list[str]: ...

    def after_destroy(self, stage: Stage) -> list[str]: ...

    def show(self, console: Console) -> None: ...


class UnavailableError(Exception):
    """There can be no data plane on this machine; the message says what is missing."""


@dataclass
class Report:
    """What `python -m rehearsal STACK --json` prints."""

    stack: str
    resources: int = 0
    preview_seconds: float = 0.0
    seconds: float = 0.0
    """Of the whole rehearsal."""
    minutes_to_ready: float = 0.0
    lower_bound_minutes: float = 0.0
    guide_minutes: float = 0.0
    critical_path: list[str] = field(default_factory=list[str])
    minutes_to_destroy: float = 0.0
    destroy_waits_for: list[str] = field(default_factory=list[str])
    """The slowest of each level, where it takes half a minute or more; levels come one after the other."""
    estimate: dict[str, Any] | None = None
    """The stack's own output: sizes and monthly price, as planned."""
    second_up_changes: int = 0
    left_after_destroy: int = 0
    left: list[str] = field(default_factory=list[str])
    secrets_in_plaintext: int = 0
    faults: Sweep = field(default_factory=Sweep)
    data_plane: dict[str, Any] | None = None
    """What was proven on a real one; none if it was not asked for."""
    violations: list[str] = field(default_factory=list[str])
    """Why it would fail, or only works by luck: each with the rule and its source."""
    details: Details | None = None
    """For the page alone: none if `up` failed."""

    @property
    def succeeded(self) -> bool:
        return not (self.violations or self.second_up_changes or self.left_after_destroy or self.secrets_in_plaintext)

    def as_json(self) -> str:
        return json.dumps({key: value for key, value in asdict(self).items() if key != "details"}, indent=2)


def rehearse(
    stack: str,
    *,
    settings: Mapping[str, Any] | None = None,
    edits: Sequence[Edit] = (),
    world: Sequence[Thing] = (),
    dump: Path | None = None,
    faults: int = 0,
    data_plane: DataPlane | None = None,
) -> Report:
    """Runs the stack's program, unchanged or with `edits`, with `settings` beside those of its file, in a cloud that
    holds `world`; `dump` is a folder for every resource after `up`, secrets masked. About so many `faults` are then
    injected on stages of their own, without the `data_plane`."""

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

    report = Report(stack)
    # What is real refuses for good: then the cloud in front of it does so, too.
    forgiving, behind = (False, data_plane.behind) if data_plane else (True, ())
    with (
        tempfile.TemporaryDirectory(prefix="rehearsal-") as folder,
        open_stage(Path(folder), False, forgiving, behind) as stage,
    ):
        _perform(stage, report, dump, data_plane)
    if faults and report.succeeded:
        report.faults = sweep_stages(open_stage, faults)
        report.violations += report.faults.problems
        report.seconds = round(report.seconds + report.faults.seconds, 2)
    return report


def _perform(stage: Stage, report: Report, dump: Path | None, data_plane: DataPlane | None) -> None:
    preview = _checked(stage.preview(), report)
    report.preview_seconds = round(preview.seconds, 2)
    if report.violations:
        return
    first = _checked(stage.up(), report)
    if data_plane and first.succeeded:
        report.violations += data_plane.after_up(stage)
    state, cloud = stage.state(), stage.cloud
    report.resources = len(state)
    stacks = [each.get("outputs", {}) for each in state if each["type"] == "pulumi:pulumi:Stack"]
    report.estimate = stacks[0].get("estimate") if stacks else None
    secret = secret_values(cloud)
    plaintext = list(found_in_plain(secret, state, cloud, [preview.text, first.text]))
    report.secrets_in_plaintext = len(plaintext)
    report.violations += plaintext
    if dump:
        write_dump(dump, cloud, secret)
    graph = clock.Graph(state)
    report.violations += by_luck(graph, cloud)
    if first.succeeded:
        spans = clock.creation(graph)
        report.minutes_to_ready = round(max(span.finish for span in spans.values()), 2)
        report.lower_bound_minutes = round(clock.lower_bound(graph, cloud.reliances), 2)
        report.guide_minutes = round(clock.guide_minutes(), 2)
        report.critical_path = [
            name_of(urn) for urn in clock.critical_path(spans) if clock.minutes(graph.resources[urn])
        ]
        report.details = details(graph, spans, stage.outputs())
        levels = clock.destruction(graph)
        report.minutes_to_destroy = round(sum(level.minutes for level in levels), 2)
        report.destroy_waits_for = [name_of(level.slowest) for level in levels if level.minutes >= 0.5]
        second = _checked(stage.up(), report)
        report.second_up_changes = len(second.changes)
        report.violations += [
            f"second up: {step.operation} {name_of(step.urn)} ({', '.join(step.paths) or 'no property'})"
            for step in second.changes
        ]
    if protected({"deployment": {"resources": state}}):
        take_protection_off(stage, report)
    _checked(stage.destroy(), report)
    if data_plane:
        report.violations += data_plane.after_destroy(stage)
        report.data_plane = data_plane.result
    report.violations += stage.cloud.refusals
    left = stage.cloud.left()
    report.left = [thing.key for thing in left]
    report.left_after_destroy = len(left)
    report.violations += [f"left after destroy: {thing.key} ({thing.name})" for thing in left]


def take_protection_off(stage: Stage, report: Report) -> None:
    """As `make down` tells a person to do (operations/destroyable.py); it must replace and delete nothing."""
    for key, value in UNPROTECTED.items():
        stage.pulumi("config", "set", "--path", key, value)
    answer = _checked(stage.up(), report)
    report.violations += [
        f"taking the protection off would {step.operation} {name_of(step.urn)}"
        for step in answer.changes
        if step.operation != "update"
    ]


def _checked(operation: Operation, report: Report) -> Operation:
    report.seconds = round(report.seconds + operation.seconds, 2)
    if not operation.succeeded:
        report.violations += operation.errors or [operation.text]
    return operation


def by_luck(graph: clock.Graph, cloud: Cloud) -> list[str]:
    """What came in the right order this time, though nothing in the program sees to it."""
    return [
        f"{name_of(reliance.needing)} needs {name_of(reliance.needed)} first, but does not depend on it: {reliance.why}"
        + (f"\n  rule: {reliance.rule}" if reliance.rule else "")
        for reliance in cloud.reliances
        if reliance.needing in graph.resources
        and reliance.needed in graph.resources
        and not graph.guarantees(reliance.needing, reliance.needed)
    ]


def secret_values(cloud: Cloud) -> list[str]:
    """What was generated, and what stands for encrypted configuration."""
    return [PLANTED, *(thing.outputs["result"] for thing in cloud.all(PASSWORD))]


def found_in_plain(
    values: Sequence[str], state: Sequence[dict[str, Any]], cloud: Cloud, texts: Sequence[str]
) -> Iterator[str]:
    """Where a secret can be read by who may not: in the state (there it must be ciphertext), in the CLI's output, and
    in anything sent to the cloud that is no secret's home, a ConfigMap or Helm values for example."""
    for resource in state:
        if _shows(values, json.dumps([resource.get("inputs"), resource.get("outputs")])):
            yield f"secret in plain text in the state of {name_of(resource['urn'])}"
    for text in texts:
        if _shows(values, text):
            yield "secret in plain text in the output of pulumi"
    for thing in cloud.things():
        if thing.type not in WHERE_SECRETS_BELONG and _shows(values, json.dumps([thing.inputs, thing.outputs])):
            yield f"secret in plain text in {thing.key} ({thing.name})"


def _shows(values: Sequence[str], text: str) -> bool:
    return any(value in text or base64.b64encode(value.encode()).decode() in text for value in values)


def write_dump(folder: Path, cloud: Cloud, values: Sequence[str]) -> None:
    """One JSON file a resource; the values of a Helm release are among its inputs."""
    folder.mkdir(parents=True, exist_ok=True)
    for thing in cloud.things():
        content = json.dumps(asdict(thing), indent=2, sort_keys=True)
        for value in values:
            content = content.replace(value, "********")
        name = f"{thing.type.rsplit(':', 1)[-1]}-{thing.name}".replace("/", "_")
        (folder / f"{name}.json").write_text(content + "\n")
