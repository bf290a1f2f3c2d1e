"""Lets every call of a deployment fail once. The repairs by a user must lead to the same end as without faults.

One deployment meets many faults: `up` stops at the first ones, and `up` again repairs them and goes on to the next. In
the end the same resources must exist, each once in the cloud, with nothing to change, and after `destroy` nothing. The
repairs are the same command again; if that does not help, `pulumi refresh` before it; and after a killed engine those
in killing.py. Failing updates are left out.
"""

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from planning.protection import protected, retained
from rehearsal.faults import INJECTED, Fault
from rehearsal.killing import AT_ONCE, CLOUDS, kill_hanging_up, recover
from rehearsal.operation import Operation
from rehearsal.progress import Progress, Silent
from rehearsal.protocol.wire import name_of, type_of
from rehearsal.stage import Stage

# Types whose creation cannot fail after its effect. hashicorp/terraform-provider-aws,
# internal/service/ec2/vpc_security_group_ingress_rule.go: Create is one call, waits for nothing, and sets the state
# last.
NOTHING_AFTERWARDS = (
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)
ALL = sys.maxsize
STAGES = 2
"""Number of stages that run at the same time, which is the number of cores of a small machine."""


@dataclass
class Sweep:
    """The result, which `.venv/bin/python -m rehearsal STACK --faults` prints as `faults`."""

    injected: int = 0
    """Number of faults that struck."""
    converged: int = 0
    """Number of faults after which nothing was wrong in the end."""
    repairs: dict[str, int] = field(default_factory=dict[str, int])
    """How often each repair was needed."""
    problems: list[str] = field(default_factory=list[str])
    seconds: float = 0.0


@dataclass(frozen=True)
class Run:
    """The faults that one deployment meets, from an empty stack to its destruction."""

    faults: tuple[Fault, ...]
    outage: bool = False
    """Whether Kubernetes cannot be reached when `destroy` begins."""

    @property
    def kills(self) -> bool:
        """Whether the engine has to be killed."""
        return any(fault.way == "hangs" for fault in self.faults)


def sweep(stage: Stage, every: int = 1) -> Sweep:
    """Injects failing calls only, for every n-th resource, on one empty stage, which is empty again afterwards."""
    urns = planned(stage)[::every]
    both = [Fault(operation, urn, "before") for operation in ("create", "delete") for urn in urns]
    both += [Fault("create", urn, "after") for urn in settling(urns)] + [Fault("delete", urn, "after") for urn in urns]
    return meet(stage, Run(tuple(both)))


def sweep_stages(opening: Callable[[Path, bool], Stage], limit: int = ALL, progress: Progress | None = None) -> Sweep:
    """Injects all faults, or about `limit` evenly chosen ones, on new
    stages, which `opening(folder, checkpoints)` creates."""
    start, progress = time.monotonic(), progress or Silent()
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder, opening(Path(folder), False) as stage:
        urns = planned(stage)
    runs = everything(urns) if limit == ALL else sample(urns, limit)
    met: list[Callable[[], int]] = [lambda: 0 for _ in runs]

    def perform(number: int, run: Run) -> Sweep:
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder, opening(Path(folder), run.kills) as stage:
            met[number] = stage.faults.counted
            result = meet(stage, run)
            met[number] = lambda: len(run.faults)
        progress.note(f"  {result.converged} of {result.injected} faults repaired")
        return result

    planned_faults = sum(len(run.faults) for run in runs)
    with (
        progress.step("faults", lambda: sum(count() for count in met), planned_faults),
        ThreadPoolExecutor(STAGES) as pool,
    ):
        done = list(pool.map(perform, range(len(runs)), runs))
    return Sweep(
        sum(one.injected for one in done),
        sum(one.converged for one in done),
        dict(sum((Counter(one.repairs) for one in done), Counter[str]())),
        [problem for one in done for problem in one.problems],
        round(time.monotonic() - start, 1),
    )


def planned(stage: Stage) -> list[str]:
    """URNs of all resources that a new stack creates in a cloud."""
    return [step.urn for step in stage.preview().steps if type_of(step.urn).startswith(CLOUDS)]


def settling(urns: Sequence[str]) -> list[str]:
    """URNs of resources whose creation can fail after its effect."""
    return [urn for urn in urns if type_of(urn) not in NOTHING_AFTERWARDS]


def everything(urns: Sequence[str]) -> list[Run]:
    """All faults, in four deployments. The slowest comes first, so that the stages end at about the same time."""
    return [
        Run(tuple(Fault("create", urn, "before" if i % 2 else "after", "hangs") for i, urn in enumerate(urns))),
        Run((*(Fault("create", urn, "before") for urn in urns), *(Fault("delete", urn, "after") for urn in urns))),
        Run(
            (
                *(Fault("create", urn, "after") for urn in settling(urns)),
                *(Fault("delete", urn, "before") for urn in urns),
            )
        ),
        Run(
            tuple(Fault(operation, urn, "before", "throttled") for operation in ("create", "delete") for urn in urns),
            outage=True,
        ),
    ]


def sample(urns: Sequence[str], limit: int) -> list[Run]:
    """About `limit` faults in two deployments: one kill in the middle of one, and some of all
    other faults in the other."""
    kills, *others = everything(urns)
    mixed = [fault for run in others for fault in run.faults]
    few = mixed[:: max(1, len(mixed) // max(1, limit - 2))][: limit - 2]
    return [Run((kills.faults[len(kills.faults) // 2],)), Run(tuple(few), outage=True)]


def meet(stage: Stage, run: Run) -> Sweep:
    """Performs one deployment with its faults on an empty stage, which is empty again afterwards."""
    result, repairs = Sweep(), Counter[str]()
    expected = {step.urn for step in stage.preview().steps}
    begin = stage.journal.stat().st_size if stage.journal.exists() else 0
    stage.faults.plan(*run.faults)
    wrong = [*_deploy(stage, run, repairs), *_compare(stage, expected, begin)]
    state = {"deployment": {"resources": stage.state()}}
    kept = {each.urn for each in retained(state)}
    if protected(state):
        stage.unprotect()
        stage.up()
    if run.outage:
        stage.faults.outage(begins=True)
        stage.destroy()
        stage.faults.outage(begins=False)
    wrong += _repeat(stage, lambda: stage.destroy(*AT_ONCE), repairs)
    left = [resource for resource in stage.cloud.left() if resource.urn not in kept]
    wrong += [(resource.urn, f"{resource.key} is left after destroy") for resource in left]
    struck, urns = stage.faults.struck(), {urn for urn, _ in wrong}
    result.injected = len(struck) + run.outage
    # A problem of no resource in particular may come from any of the faults.
    unrepaired = result.injected if "" in urns else sum(fault.urn in urns for fault in struck)
    result.converged = result.injected - unrepaired
    result.repairs = dict(repairs)
    result.problems = [f"{name_of(urn)}: {what}" if urn else what for urn, what in wrong]
    return result


def _deploy(stage: Stage, run: Run, repairs: Counter[str]) -> Iterator[tuple[str, str]]:
    """Deploys until it succeeds. Yields URNs with their problems; an empty URN for problems of the whole stack."""
    while run.kills and len(stage.faults.struck()) < len(run.faults) and kill_hanging_up(stage):
        repairs["cancel and refresh"] += 1
        recover(stage)
    yield from _repeat(stage, lambda: stage.up(*AT_ONCE), repairs)


def _repeat(stage: Stage, command: Callable[[], Operation], repairs: Counter[str]) -> Iterator[tuple[str, str]]:
    """Repeats a command until it succeeds. If it fails although no new fault struck, it is tried
    once more after a refresh.

    Yields problems as `_deploy` does.
    """
    refreshed = False
    while True:
        before = len(stage.faults.struck())
        answer = command()
        if answer.succeeded:
            return
        if len(stage.faults.struck()) > before:
            repairs["again"] += 1
            refreshed = False
        elif not refreshed:
            repairs["refresh"] += 1
            refreshed = stage.refresh().succeeded
        else:
            yield "", "\n".join(error for error in answer.errors if INJECTED not in error) or answer.text
            return


def _compare(stage: Stage, expected: set[str], begin: int) -> Iterator[tuple[str, str]]:
    """Compares the stack with what an undisturbed `up` creates. `begin` is where the journal was before the deployment.

    Yields problems as `_deploy` does.
    """
    again = stage.up()
    if not again.succeeded:
        yield "", again.text
    yield from ((step.urn, f"one more up would {step.operation} it") for step in again.changes)
    deployment = stage.deployment()
    state = [resource for resource in deployment["resources"] if not resource["type"].startswith("pulumi:")]
    in_state = Counter[str](resource["urn"] for resource in state)
    in_cloud = Counter(
        resource.urn for resource in stage.cloud.left() if resource.urn and resource.type.startswith(CLOUDS)
    )
    yield from ((urn, f"{count} times in the state") for urn, count in in_state.items() if count > 1)
    yield from ((urn, f"{count} times in the cloud") for urn, count in in_cloud.items() if count > 1)
    yield from ((urn, "in the cloud, but not in the state") for urn in in_cloud if urn not in in_state)
    yield from (
        (urn, "deleted on the way, or replaced") for urn in _deleted(stage.journal.read_bytes()[begin:].decode())
    )
    wanted = {urn for urn in expected if not type_of(urn).startswith("pulumi:")}
    yield from ((urn, "missing, or not expected") for urn in wanted ^ in_state.keys())
    yield from ((resource["urn"], "half made") for resource in state if resource.get("initErrors"))
    yield from ((each["resource"]["urn"], "unfinished") for each in deployment.get("pending_operations") or ())


def _deleted(journal: str) -> Iterator[str]:
    """URNs of resources that were removed from the cloud."""
    urns: dict[str, str] = {}
    for line in journal.splitlines():
        with suppress(ValueError):  # the last line of a killed process
            what, content = json.loads(line)
            if what == "put":
                urns[f"{content['type']}={content['id']}"] = content["urn"]
            elif what == "remove" and (urn := urns.get(content["key"])):
                yield urn
