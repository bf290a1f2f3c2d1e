"""Calls that go wrong once, although the program is right: what a deployment has to survive.

Each is named by operation, URN and moment, and strikes once, whichever process of the emulated cloud comes by. They do
what the real providers do. A bridged one keeps an id from the moment that AWS gives it, so what fails afterwards is in
the state, half made (pulumi/pulumi-terraform-bridge, pkg/tfbridge/provider.go: initializationError); pulumi-kubernetes
does so when waiting fails (provider/pkg/provider/provider.go: partialError). Left out: a reply that gets lost, which
the AWS SDK answers by asking again (docs/rehearsal.md says where that makes something twice).
"""

import json
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rehearsal.cloud.cloud import NeverReadyError, Refused
from rehearsal.protocol.wire import type_of

FAULTS = "faults.jsonl"
"""Beside the cloud's journal."""
INJECTED = "injected fault"
FAILING_SECONDS = 0.3
"""Long enough that what can be made at the same time is under way, too, as on AWS."""

Operation = Literal["create", "update", "delete"]
Moment = Literal["before", "after"]
Way = Literal["fails", "throttled", "hangs"]


@dataclass(frozen=True)
class Fault:
    operation: Operation
    urn: str
    moment: Moment
    """Before the effect, as when AWS is away; or after it, as when waiting for it fails. What was created is then in
    the state, half made; what was deleted is gone."""
    way: Way = "fails"
    """`throttled`: the provider asks again, and the engine hears nothing of it. `hangs`: it never answers, until the
    process of the cloud is killed, as it is after an engine."""


class Faults:
    """A file of faults to come, and beside it one of those that have struck."""

    def __init__(self, file: Path) -> None:
        self._file, self._struck_file, self._lock = file, file.with_suffix(".struck"), threading.Lock()
        self._outage = file.with_suffix(".outage")

    def plan(self, *faults: Fault) -> None:
        with self._file.open("a") as planned:
            planned.writelines(json.dumps(asdict(fault)) + "\n" for fault in faults)

    def struck(self) -> list[Fault]:
        return _read(self._struck_file)

    def outage(self, *, begins: bool) -> None:
        """From its beginning to its end no API server of Kubernetes answers."""
        if begins:
            self._outage.touch()
        else:
            self._outage.unlink()

    def strike(self, operation: str, urn: str, moment: Moment) -> None:
        """Raises Refused or NeverReadyError if a fault is planned here and has not struck yet."""
        if self._outage.exists() and type_of(urn).startswith("kubernetes:"):
            raise Refused(
                "configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this resource"
                " from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment"
                ' variable set to "true"'  # pulumi/pulumi-kubernetes, provider/pkg/provider/provider.go: Delete
            )
        fault = self._due(operation, urn, moment) if self._file.exists() else None
        if fault is None or fault.way == "throttled":
            return
        if fault.way == "hangs":
            threading.Event().wait()
        time.sleep(FAILING_SECONDS)
        if moment == "after" and operation != "delete":
            raise NeverReadyError(f"{INJECTED}: waiting for the {operation} failed")
        raise Refused(f"{INJECTED}: ServiceUnavailable {moment} the {operation}")

    def _due(self, operation: str, urn: str, moment: Moment) -> Fault | None:
        here = (operation, urn, moment)
        with self._lock:
            struck = self.struck()
            for fault in _read(self._file):
                if (fault.operation, fault.urn, fault.moment) == here and fault not in struck:
                    with self._struck_file.open("a") as file:
                        file.write(json.dumps(asdict(fault)) + "\n")
                    return fault
        return None


def _read(file: Path) -> list[Fault]:
    return [Fault(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []
