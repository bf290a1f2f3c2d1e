"""Kills an engine in the middle of `up`, and recovers the stack as a user would.

The state then says which resources were being created, but not their ids. `pulumi cancel` removes the lock; the
resources that exist are written into the state with their ids; `pulumi refresh` reads their other properties and drops
what does not exist. Shorter ways lose something: - `pulumi refresh --import-pending-creates` marks the operation as an
import (pulumi 3.258.0, pkg/cmd/pulumi/operations/ refresh.go), which the engine then drops (pkg/backend/snapshot.go):
resources are created again, and exist twice. - `pulumi import` forgets that a name was Pulumi's own
(pulumi-terraform-bridge, pkg/tfbridge/schema.go: extractSchemaInputsObject): the next `up` generates another name, and
replaces a Kafka cluster or a bucket for it. How a user finds the ids is left out: on AWS by tags and names; here the
emulated cloud knows them.
"""

import json
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import psutil

from rehearsal.stage import Stage

CLOUDS = ("aws:", "kubernetes:")
"""Prefixes of types that exist outside the state. Values of pulumi-random exist in the state only."""
AT_ONCE = ("--parallel", "64")
"""Options that make many operations run at once, so that one command meets many faults."""
QUIET_SECONDS = 0.4
"""If no new fault strikes for so long, the engine waits for calls that hang, and for nothing else."""


def kill_hanging_up(stage: Stage) -> bool:
    """Runs `up` until it hangs, and kills it with all its processes. Returns False if it ended by itself."""
    before = met = len(stage.faults.struck())
    engine = stage.start("up", "--yes", "--skip-preview", *AT_ONCE)
    last = time.monotonic()
    while engine.poll() is None:
        time.sleep(0.05)
        if (now := len(stage.faults.struck())) > met:
            met, last = now, time.monotonic()
        if met > before and time.monotonic() - last > QUIET_SECONDS:
            # The program's process has a process group of its own, and would wait for its engine for ever.
            below = psutil.Process(engine.pid).children(recursive=True)
            os.killpg(engine.pid, signal.SIGKILL)
            for process in below:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            engine.wait()
            return True
    return False


def recover(stage: Stage) -> None:
    """Repairs the stack after its engine was killed. Raises RuntimeError if a command fails."""
    stage.kill_cloud()  # ends the calls that hang in it
    stage.start_cloud()
    for attributes in (stage.folder / "state").rglob("*.attrs"):
        # A state in a folder has files of attributes, which are not written atomically, and cause "failed to load
        # checkpoint: EOF" if empty; they are not needed (gocloud.dev/blob/fileblob, setAttrs).
        if not attributes.stat().st_size:
            attributes.unlink()
    stage.pulumi("cancel", "--yes")
    state = json.loads(stage.pulumi("stack", "export"))
    ids = {resource.urn: resource.id for resource in stage.cloud.resources() if resource.type.startswith(CLOUDS)}
    file = stage.folder / "recovered.json"
    file.write_text(json.dumps({**state, "deployment": recovered(state["deployment"], ids)}))
    stage.pulumi("stack", "import", "--file", str(file))
    stage.pulumi("refresh", "--yes", "--skip-preview")


def recovered(deployment: dict[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """The deployment with those resources that were being created and have an id; `ids` are keyed by URN.

    Inputs stand in for outputs until the refresh: a provider that gets neither takes the resource for a new import.
    """
    pending = [each["resource"] for each in deployment.get("pending_operations") or () if each["type"] == "creating"]
    taken = [
        resource | {"id": ids[resource["urn"]], "outputs": resource["inputs"]}
        for resource in pending
        if resource["urn"] in ids
    ]
    return deployment | {"resources": [*deployment["resources"], *taken], "pending_operations": []}
