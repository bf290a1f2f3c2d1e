"""Every create and every delete of a stack fails once before its effect and once after it; `up` and `destroy` again
must always get further, and end where a deployment without faults ends.

Many faults strike in one command, as far as the dependencies let the engine come: a sweep takes minutes, not hours.
Left out: updates, and engines that are killed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from rehearsal.faults import INJECTED, Fault, Operation
from rehearsal.stage import Operation as Command
from rehearsal.stage import Stage
from rehearsal.wire import name_of, type_of

PACKAGES = ("aws", "kubernetes", "random")


@dataclass
class Sweep:
    """`python -m rehearsal STACK --faults` prints it as `faults`."""

    injected: int = 0
    converged: int = 0
    commands: int = 0
    problems: list[str] = field(default_factory=list[str])


def sweep(stage: Stage, every: int = 1) -> Sweep:
    """On an empty stack, which is empty again afterwards; `every` n-th resource only, for a sample."""
    result = Sweep()
    planned = [step.urn for step in stage.preview().steps]
    urns = [urn for urn in planned if type_of(urn).split(":")[0] in PACKAGES][::every]

    # The engine goes on beside what failed; not on destroy, where it needs a minute of its own to find out how.
    _repeat(stage, result, _faults("create", urns), lambda: stage.up("--continue-on-error"))
    result.problems += [f"up after all faults: {step.operation} {name_of(step.urn)}" for step in stage.up().changes]
    made = [thing.urn for thing in stage.cloud.left()]
    result.problems += [f"{name_of(urn)} is there {made.count(urn)} times" for urn in urns if made.count(urn) != 1]

    _repeat(stage, result, _faults("delete", urns), stage.destroy)
    result.problems += [f"left after destroy: {thing.key} ({thing.name})" for thing in stage.cloud.left()]
    return result


def _faults(operation: Operation, urns: list[str]) -> list[Fault]:
    return [Fault(operation, urn, moment) for urn in urns for moment in ("before", "after")]


def _repeat(stage: Stage, result: Sweep, faults: list[Fault], command: Callable[[], Command]) -> None:
    """Until it succeeds, or fails without a new fault having struck."""
    before = len(stage.faults.struck())
    stage.faults.plan(*faults)
    result.injected += len(faults)
    struck = before
    while True:
        answer = command()
        result.commands += 1
        now = len(stage.faults.struck())
        if answer.succeeded:
            result.converged += now - before
            return
        if now == struck:
            result.problems += [error for error in answer.errors if INJECTED not in error]
            return
        struck = now
