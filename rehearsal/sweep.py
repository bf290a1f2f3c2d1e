"""Everything on the way goes wrong once; what a person does about it must end where an undisturbed deployment ends.

One deployment meets many faults: `up` stops at the first ones, `up` again repairs them and goes on to the next. In the
end there are the same resources, each once in the cloud, with nothing to change; after `destroy` there is nothing. What
a person does: the same command again; if that does not help, `pulumi refresh` before it; after a killed engine what
killing.py says. Left out: failing updates.
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

from planning.protection import protected
from rehearsal.faults import INJECTED, Fault
from rehearsal.killing import AT_ONCE, CLOUDS, kill_hanging_up, recover
from rehearsal.protocol.wire import name_of, type_of
from rehearsal.stage import Operation, Stage

# hashicorp/terraform-provider-aws, internal/service/ec2/vpc_security_group_ingress_rule.go: Create is one call, waits
# for nothing, and sets the state last.
NOTHING_AFTERWARDS = (
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)
UNPROTECTED = {"milvus-on-aws:protect": "false", "milvus-on-aws:bucket.forceDestroy": "true"}
"""What a person sets who wants to be rid of a protected stack, its data included."""
ALL = sys.maxsize
STAGES = 2
"""Side by side, as many as a small machine has cores."""


@dataclass
class Sweep:
    """`python -m rehearsal STACK --faults` prints it as `faults`."""

    injected: int = 0
    converged: int = 0
    repairs: dict[str, int] = field(default_factory=dict[str, int])
    """How often each command was needed."""
    problems: list[str] = field(default_factory=list[str])
    seconds: float = 0.0


@dataclass(frozen=True)
class Run:
    """What one deployment meets, from nothing to nothing."""

    faults: tuple[Fault, ...]
    outage: bool = False
    """Kubernetes cannot be reached when `destroy` begins."""

    @property
    def kills(self) -> bool:
        return any(fault.way == "hangs" for fault in self.faults)


def sweep(stage: Stage, every: int = 1) -> Sweep:
    """Failing calls only, on one empty stage, which is empty again afterwards; of every n-th resource, for a sample."""
    urns = planned(stage)[::every]
    both = [Fault(operation, urn, "before") for operation in ("create", "delete") for urn in urns]
    both += [Fault("create", urn, "after") for urn in settling(urns)] + [Fault("delete", urn, "after") for urn in urns]
    return meet(stage, Run(tuple(both)))


def sweep_stages(opening: Callable[[Path, bool], Stage], limit: int = ALL) -> Sweep:
    """All faults, or about `limit` evenly chosen ones, on new stages: `opening(folder, checkpoints)` makes one."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder, opening(Path(folder), False) as stage:
        urns = planned(stage)

    def perform(run: Run) -> Sweep:
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder, opening(Path(folder), run.kills) as stage:
            return meet(stage, run)

    with ThreadPoolExecutor(STAGES) as pool:
        done = list(pool.map(perform, everything(urns) if limit == ALL else sample(urns, limit)))
    return Sweep(
        sum(one.injected for one in done),
        sum(one.converged for one in done),
        dict(sum((Counter(one.repairs) for one in done), Counter[str]())),
        [problem for one in done for problem in one.problems],
        round(time.monotonic() - start, 1),
    )


def planned(stage: Stage) -> list[str]:
    """URNs of what an empty stack would make in a cloud."""
    return [step.urn for step in stage.preview().steps if type_of(step.urn).startswith(CLOUDS)]


def settling(urns: Sequence[str]) -> list[str]:
    """Those whose creation can fail after its effect."""
    return [urn for urn in urns if type_of(urn) not in NOTHING_AFTERWARDS]


def everything(urns: Sequence[str]) -> list[Run]:
    """The slowest first, so that the stages end at about the same time."""
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
    """Two deployments: one with some of everything but kills, one with a kill in the middle."""
    kills, *others = everything(urns)
    mixed = [fault for run in others for fault in run.faults]
    few = mixed[:: max(1, len(mixed) // max(1, limit - 2))][: limit - 2]
    return [Run((kills.faults[len(kills.faults) // 2],)), Run(tuple(few), outage=True)]


def meet(stage: Stage, run: Run) -> Sweep:
    """On an empty stage, which is empty again afterwards."""
    result, repairs = Sweep(), Counter[str]()
    expected = {step.urn for step in stage.preview().steps}
    begin = stage.journal.stat().st_size if stage.journal.exists() else 0
    stage.faults.plan(*run.faults)
    wrong = [*_deploy(stage, run, repairs), *_compare(stage, expected, begin)]
    if protected({"deployment": {"resources": stage.state()}}):
        for key, value in UNPROTECTED.items():
            stage.pulumi("config", "set", "--path", key, value)
        stage.up()
    if run.outage:
        stage.faults.outage(begins=True)
        stage.destroy()
        stage.faults.outage(begins=False)
    wrong += _repeat(stage, lambda: stage.destroy(*AT_ONCE), repairs)
    wrong += [(resource.urn, f"{resource.key} is left after destroy") for resource in stage.cloud.left()]
    struck, urns = stage.faults.struck(), {urn for urn, _ in wrong}
    result.injected = len(struck) + run.outage
    # What is wrong with nothing in particular may be any fault's doing.
    unrepaired = result.injected if "" in urns else sum(fault.urn in urns for fault in struck)
    result.converged = result.injected - unrepaired
    result.repairs = dict(repairs)
    result.problems = [f"{name_of(urn)}: {what}" if urn else what for urn, what in wrong]
    return result


def _deploy(stage: Stage, run: Run, repairs: Counter[str]) -> Iterator[tuple[str, str]]:
    """URN and what is wrong with it, '' for what is wrong with all."""
    while run.kills and len(stage.faults.struck()) < len(run.faults) and kill_hanging_up(stage):
        repairs["cancel and refresh"] += 1
        recover(stage)
    yield from _repeat(stage, lambda: stage.up(*AT_ONCE), repairs)


def _repeat(stage: Stage, command: Callable[[], Operation], repairs: Counter[str]) -> Iterator[tuple[str, str]]:
    """Until it succeeds; if it fails without a new fault having struck, once more after a refresh."""
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
    """With what an undisturbed `up` makes; `begin` is where the journal then was."""
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
    """URNs of what was in the cloud once, and is not any more."""
    urns: dict[str, str] = {}
    for line in journal.splitlines():
        with suppress(ValueError):  # the last line of a killed process
            what, content = json.loads(line)
            if what == "put":
                urns[f"{content['type']}={content['id']}"] = content["urn"]
            elif what == "remove" and (urn := urns.get(content["key"])):
                yield urn
