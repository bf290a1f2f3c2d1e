"""`make upgrade STACK=dev TO=2.6.21`: shows the plan, and with APPLY=1 does it, or goes on where it stopped."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from milvus_contract import Contract
from operations.alarms.mute import muted
from operations.backup.freshness import missing
from operations.facts import of_boto3
from operations.review.changes import Change, parse
from operations.review.guard import findings
from operations.review.previews import json_in
from operations.stack import ROOT, StackError, cli
from operations.upgrade import step
from operations.upgrade.api import of_stack
from operations.upgrade.roles import RoleState, look, not_ready
from operations.upgrade.rolling import probe, seconds, upgrade
from planning.chart.names import COMPONENTS, RoleName
from policies.rule import UNKNOWN

KEY = "milvus-on-aws:milvus.version"
POLICIES = ("--policy-pack", str(ROOT / "policies"))
OWN = ("kubernetes:helm.sh/v3:Release", "kubernetes:batch/v1:Job", "kubernetes:apps/v1:DeploymentPatch")
"""Types that another version of Milvus changes."""
FELT: dict[RoleName, tuple[str, str]] = {
    "mixCoordinator": (
        "collections can't be made, loaded or dropped for a minute",
        "making, loading and dropping collections waits for seconds, until the standby has taken over",
    ),
    "streamingNode": ("writes wait until the new pod has read its channels", "writes wait for seconds, pod by pod"),
    "queryNode": (
        "searches fail until the new pod has loaded its data",
        "searches go on; each pod hands its data over before it goes",
    ),
    "dataNode": ("nothing: indexes and compaction wait", "nothing: indexes and compaction wait"),
    "proxy": (
        "connections are closed once: clients connect again",
        "connections are closed once: clients connect again",
    ),
}
"""What users notice of a role with one pod, and of one with several."""


class Pulumi:
    """The project's CLI on a stack."""

    def __init__(self, stack: str) -> None:
        self.stack = stack

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [cli(), *command, "--stack", self.stack, "--non-interactive"], cwd=ROOT, capture_output=True, text=True
        )

    def _do(self, *command: str) -> str:
        answer = self._run(*command)
        if answer.returncode:
            raise StackError(f"pulumi {' '.join(command[:2])} failed:\n{answer.stdout}{answer.stderr}")
        return answer.stdout

    def set_version(self, version: str) -> None:
        before = self._run("config", "get", "--path", KEY)
        self._do("config", "set", "--path", KEY, version)
        try:
            self._judge()
        except StackError:
            if before.returncode:
                self._do("config", "rm", "--path", KEY)
            else:
                self._do("config", "set", "--path", KEY, before.stdout.strip())
            raise

    def _judge(self) -> None:
        """Raises StackError if the settings would change more than Milvus, or what the guard or a policy stops."""
        said = self._run("preview", "--json", "--show-sames", *POLICIES)
        content: dict[str, Any] | None = json_in(said.stdout)
        if said.returncode or content is None:
            raise StackError(f"the preview failed:\n{said.stdout[-2000:]}{said.stderr[-2000:]}")
        preview = parse(content)
        if others := sorted({each.name for each in preview.changes if each.type not in OWN and not only_waits(each)}):
            raise StackError(
                f"the settings hold more than another version of Milvus: {', '.join(others)}; `make up` first"
            )
        if stopped := [each for each in findings(preview) if each.verdict == "stopped"]:
            raise StackError("the guard stops it: " + "; ".join(f"{each.change.name}: {each.what}" for each in stopped))

    def up(self) -> None:
        self._do("up", "--yes", "--skip-preview", *POLICIES)


def only_waits(change: Change) -> bool:
    """Whether a resource changes in a preview for one reason: that values wait for the new proof that Milvus works."""
    return change.operation == "update" and _same_but_unknown(change.old, change.new)


def _same_but_unknown(old: Any, new: Any) -> bool:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        before, after = cast(Mapping[str, Any], old), cast(Mapping[str, Any], new)
        return before.keys() == after.keys() and all(_same_but_unknown(before[key], after[key]) for key in before)
    if isinstance(old, list) and isinstance(new, list):
        first, second = cast(list[Any], old), cast(list[Any], new)
        return len(first) == len(second) and all(map(_same_but_unknown, first, second))
    return new in (old, UNKNOWN)


def plan(states: dict[RoleName, RoleState], to: str) -> str:
    """The steps that are left, with minutes and what users notice."""
    running = {version for each in states.values() for version in each.running}
    left = [states[role] for role in step.order(running, to) if not states[role].runs(to)]
    lines = [f"Milvus {', '.join(sorted(running))} -> {to}, one role after the other:"]
    for number, each in enumerate(left, 1):
        felt = FELT[each.role][each.pods > 1]
        lines.append(
            f"  {number}. {COMPONENTS[each.role]}: {each.pods} pods, up to {seconds(each) / 60:.0f} minutes; {felt}"
        )
    lines.append("After each the probe creates, writes, searches and drops a collection; at the first red it stops.")
    if any(each.role == "queryNode" and each.grace_seconds < 120 for each in left):
        lines.append("milvus.stopInOrder is off: query nodes have 30 s to hand over, searches may fail meanwhile.")
    older = any(step.parsed(each) < step.parsed(to) for each in running)
    back = min(running, key=step.parsed)
    lines.append(
        f"Way back: make upgrade TO={back} APPLY=1, in the reverse order." if older else "This is the way back."
    )
    return "\n".join(lines)


def run(stack: str, contract: Contract, to: str, *, apply: bool) -> int:
    """Prints the plan, or does it; returns the exit code. Raises StackError."""
    if contract.target != "aws" or contract.namespace is None:
        raise StackError(f"stack {stack} runs on this machine: its Milvus is the one that requirements.txt pins")
    api, to = of_stack(contract), to.removeprefix("v")
    states = look(api, contract.namespace)
    step.check({version for each in states.values() for version in each.running}, to, datetime.now(tz=UTC).date())
    if all(each.runs(to) for each in states.values()):
        print(f"Milvus {to} runs in all roles: nothing to do")
        return 0
    print(plan(states, to))
    running = {version for each in states.values() for version in each.running}
    # Neither the rest of an upgrade nor its way back waits for a backup.
    begins = len(running) == 1 and step.parsed(min(running)) < step.parsed(to)
    unsaved = missing(contract, datetime.now(tz=UTC)) if begins else ""
    if not apply:
        wrong = [*not_ready(api, contract.namespace, states), *([unsaved] if unsaved else [])]
        print("\n".join(("Not ready for it:", *wrong)) if wrong else "Nothing was changed; APPLY=1 does it.")
        return 1 if wrong else 0
    if unsaved:
        raise StackError(unsaved)
    alarms = of_boto3("cloudwatch", str(contract.aws_region))
    with muted(alarms, str(contract.cluster_name), _say):
        upgrade(api, contract.namespace, to, Pulumi(stack), probe(api, contract.namespace), _say)
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
