"""The checks that mean it, asked of the tree that this process has imported: who notices what is wrong with it?

They are the program itself, the emulated cloud with what AWS publishes, the policies, the guard, tests and types. A
test that only repeats the text that a mistake replaced is a frozen literal, and does not count (frozen.py).
"""

import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from operations.review import guard
from operations.review.changes import parse
from planning.timing import clock
from policies.rules import findings
from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.coverage import SETUPS
from rehearsal.published import judge
from rehearsal.run import by_luck, no_longer_ready
from rehearsal.secrets import found_in_plain, secret_values
from tests.engine import ROOT
from tests.mutations.emulated import Deployed, Up, destroy, up
from tests.policies.samples import resources
from tests.program import configuration

BASES = ("prod",)
"""Setups that are deployed already when the mistake is made."""
PARTS = {
    "existing": ("network", "address", "settings"),
    "private": ("network", "deployment", "helm_values", "arguments/milvus", "versions", "attu"),
}
"""Parts of the paths of files for which a setup shows something that the others do not."""


def program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def deploy(name: str, cloud: Cloud | None = None, before: Mapping[str, Deployed] | None = None) -> Up:
    """One of the setups of rehearsal/coverage.py, in a cloud of its own unless there is one already."""
    setup = SETUPS[name]
    if cloud is None:
        cloud = Cloud(forgiving=True)
        for each in setup.world:
            cloud.put(each)
    return up(program, setup.stack, settings(name), cloud, before)


def settings(name: str) -> dict[str, str]:
    return configuration(SETUPS[name].stack, **SETUPS[name].settings)


def bases() -> dict[str, Any]:
    """The deployed setups as JSON, for a process that has imported another tree."""
    made = {name: deploy(name) for name in BASES}
    return {
        name: {
            "resources": [[each.state, each.inputs, each.outputs] for each in deployed.resources.values()],
            "cloud": [asdict(each) for each in deployed.cloud.resources()],
        }
        for name, deployed in made.items()
    }


def checks(base: Mapping[str, Any], path: str) -> Iterator[Callable[[], Iterator[str]]]:
    """Cheap ones first, for a mistake in this file. Each yields names of what notices something, with what it says."""
    yield lambda: new("richest")
    yield lambda: updated("prod", base["prod"])
    yield lambda: new("dev")
    for name in ("existing", "private"):
        if any(part in path for part in PARTS[name]):
            yield lambda name=name: new(name)


def new(name: str) -> Iterator[str]:
    """What is wrong with a setup that is made for the first time, made again and, in development, destroyed."""
    made = deploy(name)
    yield from wrong(name, made)
    graph = clock.Graph([each.state for each in made.resources.values()])
    yield from map(refusal, by_luck(graph, made.cloud))
    if name == "dev":
        known = set(made.cloud.refusals)
        again = deploy(name, made.cloud, made.resources)
        yield from (f"second up: {change}" for change in again.changes)
        destroy(again, SETUPS[name].stack)
        yield from (refusal(each) for each in made.cloud.refusals if each not in known)
        yield from (f"left after destroy: {each.key}" for each in made.cloud.left())


def updated(name: str, base: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the update of a setup that is deployed as it was before the mistake."""
    cloud = Cloud(forgiving=True)
    for each in base["cloud"]:
        cloud.put(Resource(**each))
    before = {state["urn"]: Deployed(state, inputs, outputs) for state, inputs, outputs in base["resources"]}
    now = deploy(name, cloud, before)
    preview = parse({"steps": now.steps, "config": settings(name)})
    yield from (f"guard: {each.what}" for each in guard.findings(preview) if each.verdict == "stopped")
    yield from wrong(name, now)


def wrong(name: str, made: Up) -> Iterator[str]:
    """What providers, cloud, published rules and policies say of what stands; an advisory policy is heard, too."""
    yield from (f"rehearsal: {each}" for each in made.problems)
    yield from map(refusal, made.cloud.refusals)
    yield from (f"published: {each}" for each in judge.standing(made.cloud))
    yield from map(refusal, no_longer_ready(made.cloud))
    yield from found_in_plain(secret_values(made.cloud), [], made.cloud, [])
    tier = "production" if SETUPS[name].stack == "prod" else "development"
    for found in findings(resources(made.recording.resources), tier):
        yield f"policy {found.rule.name} ({found.level}): {name}: {found.resource.name}: {found.text}"


def refusal(text: str) -> str:
    """The rule's name first, if the text of a refusal ends with one."""
    rule = re.search(r"\n  rule: (\w+)", text)
    said = text.split("\n  rule: ")[0]
    return f"rule {rule[1]}: {said}" if rule else f"rehearsal: {said}"


def types(path: str) -> Iterator[str]:
    """What basedpyright says of the file."""
    answer = subprocess.run(
        [Path(sys.executable).with_name("basedpyright"), "--outputjson", path], cwd=ROOT, capture_output=True, text=True
    )
    for each in json.loads(answer.stdout)["generalDiagnostics"]:
        if each["severity"] == "error":
            yield f"types: {each['message']}".splitlines()[0]
