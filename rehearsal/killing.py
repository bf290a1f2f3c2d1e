"""An engine that is killed in the middle of `up`, and what a person does then.

The state says what was being made, but not its ids. `pulumi cancel` takes the lock off; what is there is written into
the state with its id; `pulumi refresh` reads the rest and forgets what is not there. Shorter ways lose something:
- `pulumi refresh --import-pending-creates` marks the operation as an import (pulumi 3.258.0, pkg/cmd/pulumi/operations/
  refresh.go), which the engine then drops (pkg/backend/snapshot.go): what was made is made again, and is there twice.
- `pulumi import` forgets that a name was Pulumi's own (pulumi-terraform-bridge, pkg/tfbridge/schema.go:
  extractSchemaInputsObject): the next `up` gives another one, and replaces a Kafka cluster or a bucket for it.
Left out: how a person finds the ids; here the cloud is asked, on AWS tags and names tell.
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
"""Types of what can be left behind; what pulumi-random makes is in the state or nowhere."""
AT_ONCE = ("--parallel", "64")
"""So that one command meets many faults."""
QUIET_SECONDS = 0.4
"""Without a new fault: the engine waits for what hangs, and for nothing else."""


def kill_hanging_up(stage: Stage) -> bool:
    """Runs `up` until it hangs, and kills it with all its processes; False if it came to its end."""
    before = met = len(stage.faults.struck())
    engine = stage.start("up", "--yes", "--skip-preview", *AT_ONCE)
    last = time.monotonic()
    while engine.poll() is None:
        time.sleep(0.05)
        if (now := len(stage.faults.struck())) > met:
            met, last = now, time.monotonic()
        if met > before and time.monotonic() - last > QUIET_SECONDS:
            # The program's process has a group of its own, and would wait for its engine for ever.
            below = psutil.Process(engine.pid).children(recursive=True)
            os.killpg(engine.pid, signal.SIGKILL)
            for process in below:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            engine.wait()
            return True
    return False


def recover(stage: Stage) -> None:
    """Raises RuntimeError if a command fails."""
    stage.kill_cloud()  # with the calls that hang in it
    stage.start_cloud()
    for attributes in (stage.folder / "state").rglob("*.attrs"):
        # "failed to load checkpoint: EOF": of a state in a folder this one file is not written at once, and not needed
        # (gocloud.dev/blob/fileblob, setAttrs).
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
    """The deployment with all that was being made and has an id, by URN.

    Inputs stand in for outputs until the refresh: a provider that is told neither takes it for a new import.
    """
    pending = [each["resource"] for each in deployment.get("pending_operations") or () if each["type"] == "creating"]
    taken = [
        resource | {"id": ids[resource["urn"]], "outputs": resource["inputs"]}
        for resource in pending
        if resource["urn"] in ids
    ]
    return deployment | {"resources": [*deployment["resources"], *taken], "pending_operations": []}
