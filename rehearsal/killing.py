"""An engine that is killed in the middle of `up`, and what a person does then.

The state says what was being made, without ids: `pulumi cancel` takes the lock off, `pulumi import` takes over what is
there, `pulumi refresh --clear-pending-creates` forgets the rest. (`pulumi refresh --import-pending-creates` is no way:
in pulumi 3.258.0 it marks the operation as an import, pkg/cmd/pulumi/operations/refresh.go, which the engine then
drops, pkg/backend/snapshot.go, so that what was made is lost.) Left out: how a person finds the ids; here the cloud is
asked, on AWS the tags and names tell.
"""

import json
import os
import signal
import time
from typing import Any

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
            os.killpg(engine.pid, signal.SIGKILL)
            engine.wait()
            return True
    return False


def recover(stage: Stage) -> None:
    """Raises RuntimeError if a command fails."""
    stage.kill_cloud()  # with the calls that hang in it
    stage.start_cloud()
    stage.pulumi("cancel", "--yes")
    there = {thing.urn: thing.id for thing in stage.cloud.things() if thing.type.startswith(CLOUDS)}
    pending = [each["resource"] for each in stage.deployment().get("pending_operations") or ()]
    found = [resource | {"id": there[resource["urn"]]} for resource in pending if resource["urn"] in there]
    if found:
        file = stage.folder / "import.json"
        file.write_text(json.dumps(import_file(found)))
        stage.pulumi("import", "--file", str(file), "--protect=false", "--generate-code=false", "--yes")
    stage.pulumi("refresh", "--clear-pending-creates", "--yes", "--skip-preview")


def import_file(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """For `pulumi import --file`: parents and providers stand there by names of their own."""
    names: dict[str, str] = {}
    for resource in resources:
        for urn in (resource.get("parent"), _provider(resource)):
            if urn:
                names.setdefault(urn, f"n{len(names)}")
    entries = [
        {
            "type": resource["type"],
            "name": resource["urn"].rsplit("::", 1)[-1],
            "id": resource["id"],
            "parent": names.get(resource.get("parent") or ""),
            "provider": names.get(_provider(resource)),
        }
        for resource in resources
    ]
    return {"nameTable": {name: urn for urn, name in names.items()}, "resources": entries}


def _provider(resource: dict[str, Any]) -> str:
    """URN of an explicit provider's reference, which ends in its id."""
    return str(resource.get("provider") or "").rpartition("::")[0]
