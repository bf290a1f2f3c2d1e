"""Replaces the pods of one Milvus role after the other. Whatever interrupts it, the same call again goes on.

The chart has one image for all roles, so that a new one would replace all pods at once. A Deployment that is paused
takes the new image into its template, and replaces no pod until it is resumed; Helm takes it for ready and leaves
`paused` alone, as the chart does not set it. So the release, and the state of the stack, have the new version from the
beginning, and the roles follow one by one. What remains to be done is read from the cluster each time.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from operations.stack import StackError
from operations.upgrade import step
from operations.upgrade.api import Changing
from operations.upgrade.roles import RoleState, look, not_ready
from planning.chart.availability import START_SECONDS
from planning.chart.names import COMPONENTS, RoleName
from policies.rule import at, items

PROBE = "milvus-probe"
"""Prefix of the name of the Job that proves a release (components/milvus/probe.py)."""
OF_CONTROLLER = ("controller-uid", "job-name", "batch.kubernetes.io/")
"""Labels by which a Job knows its own pods."""
PAUSE_SECONDS = 2.0
PROBE_SECONDS = 300
SLACK_SECONDS = 600
"""How much longer than planned a role may take: nodes pull an image of 2 GB, and pods wait for room."""


class Engine(Protocol):
    """What brings the stack to a version: Pulumi, and what stands for it in tests."""

    def set_version(self, version: str) -> None:
        """Writes the version into the stack's settings, and raises StackError if more than Milvus would change."""
        ...

    def up(self) -> None:
        """Deploys the settings. Does nothing if they are deployed. Raises StackError."""
        ...


Say = Callable[[str], None]
Check = Callable[[str], None]
"""Proves that Milvus works, after the role that the text names. Raises StackError."""


def upgrade(api: Changing, namespace: str, to: str, engine: Engine, check: Check, say: Say) -> None:
    """Brings all roles to a version. Raises StackError at the first thing that is wrong; nothing goes on then."""
    to = to.removeprefix("v")
    states = look(api, namespace)
    running = {version for each in states.values() for version in each.running}
    step.check(running, to, datetime.now(tz=UTC).date())
    if all(each.runs(to) for each in states.values()):
        engine.set_version(to)
        engine.up()
        say(f"Milvus {to} runs in all roles: nothing to do")
        return
    if wrong := not_ready(api, namespace, states):
        raise StackError("nothing was changed; first mend what is not ready:\n  " + "\n  ".join(wrong))
    for each in states.values():
        if each.wanted != to and not each.paused:
            api.merge(each.path, {"spec": {"paused": True}})
    engine.set_version(to)
    say(f"the release gets Milvus {to}; no pod is replaced before its turn")
    engine.up()
    for role in step.order(running, to):
        roll(api, namespace, role, to, say)
        check(COMPONENTS[role])
        say(f"{COMPONENTS[role]}: Milvus works")
    say(f"Milvus {to} runs in all roles")


def roll(api: Changing, namespace: str, role: RoleName, to: str, say: Say) -> None:
    """Lets one role replace its pods, and waits until it has. Raises StackError if it does not come to its end."""
    state = look(api, namespace)[role]
    if state.runs(to):
        return
    say(f"{COMPONENTS[role]}: {state.pods} pods, up to {seconds(state) / 60:.0f} minutes")
    if state.paused:
        api.merge(state.path, {"spec": {"paused": None}})
    end = time.monotonic() + seconds(state) + SLACK_SECONDS
    while not (state := look(api, namespace)[role]).runs(to):
        if time.monotonic() > end:
            raise StackError(
                f"{COMPONENTS[role]} does not come to its end: {reasons(api, namespace, role, to)}\n"
                "The roles after it still run what they ran. Mend it and run the same command again, or go back by"
                " TO= the version before."
            )
        time.sleep(PAUSE_SECONDS)


def seconds(state: RoleState) -> float:
    """How long a role may take to replace all its pods, which it does one by one."""
    return state.pods * (START_SECONDS + state.grace_seconds)


def reasons(api: Changing, namespace: str, role: RoleName, to: str) -> str:
    """What the new pods of a role wait for."""
    label = f"component={COMPONENTS[role]}"
    told = [
        f"{pod['metadata']['name']}: {why}"
        for pod in api.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector=label)
        if pod["spec"]["containers"][0]["image"].endswith(f"v{to}") and (why := waits_for(pod))
    ]
    return "; ".join(told) or "no new pod says why"


def waits_for(pod: Mapping[str, Any]) -> str:
    """Why a pod is not ready; empty if it is."""
    for each in items(at(pod, "status.containerStatuses")):
        if at(each, "state.waiting"):
            said = ("state.waiting.reason", "state.waiting.message", "lastState.terminated.message")
            return " ".join(str(text) for path in said if (text := at(each, path)))
    conditions = {str(at(each, "type")): each for each in items(at(pod, "status.conditions"))}
    if at(conditions, "Ready.status") == "True":
        return ""
    return str(at(conditions, "PodScheduled.message") or "is not ready yet")


def probe(api: Changing, namespace: str) -> Check:
    """A check that runs the stack's own probe again: it creates, writes, searches and drops a collection."""
    jobs = f"/apis/batch/v1/namespaces/{namespace}/jobs"

    def run(after: str) -> None:
        templates = [each for each in api.items(jobs) if each["metadata"]["name"].startswith(PROBE)]
        if not templates:
            raise StackError(f"namespace {namespace} has no Job {PROBE}-*, by which a release is proven: `make up`")
        name = f"upgrade-after-{after}"
        api.delete(f"{jobs}/{name}")
        _until(lambda: not _named(api, jobs, name), f"the Job {name} of an earlier run is not deleted")
        api.create(jobs, copied(templates[-1], name))
        _until(lambda: _ended(_named(api, jobs, name)), f"{after}: the probe does not end")
        job = _named(api, jobs, name)
        if not at(job, "status.succeeded"):
            raise StackError(
                f"{after}: Milvus does not work with it: kubectl logs --namespace {namespace} job/{name}\n"
                "The roles after it still run what they ran. Mend it and run the same command again, or go back."
            )
        api.delete(f"{jobs}/{name}")

    return run


def copied(job: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A Job that does the same as another one, under another name."""
    spec = {key: value for key, value in job["spec"].items() if key not in ("selector", "manualSelector")}
    metadata: dict[str, Any] = spec["template"]["metadata"]
    labels: dict[str, str] = metadata.get("labels", {})
    own = {key: value for key, value in labels.items() if not key.startswith(OF_CONTROLLER)}
    template = {**spec["template"], "metadata": {**metadata, "labels": own}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {**spec, "template": template},
    }


def _named(api: Changing, collection: str, name: str) -> dict[str, Any]:
    """An object of a collection; empty if there is none of this name."""
    found = [each for each in api.items(collection) if each["metadata"]["name"] == name]
    return found[0] if found else {}


def _ended(job: Mapping[str, Any]) -> bool:
    failed = any(at(each, "type") == "Failed" for each in items(at(job, "status.conditions")))
    return failed or bool(at(job, "status.succeeded"))


def _until(done: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + PROBE_SECONDS
    while not done():
        if time.monotonic() > end:
            raise StackError(otherwise)
        time.sleep(PAUSE_SECONDS)
