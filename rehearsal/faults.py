"""Injects faults: calls that fail once although the program is right, and which a deployment has to survive.

A fault is identified by operation, URN and moment, and strikes once, in whichever process of the emulated cloud.
Failures look like those of the real providers. A bridged provider keeps a resource's id as soon as AWS returns it, so a
resource that fails later is in the state, half created (pulumi/pulumi-terraform-bridge, pkg/tfbridge/provider.go:
initializationError); pulumi-kubernetes does the same when waiting fails (provider/pkg/provider/provider.go:
partialError). Lost replies are left out: the AWS SDK repeats the call then (docs/rehearsal.md says where that creates
something twice).
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
"""Name of the file of faults, beside the cloud's journal."""
INJECTED = "injected fault"
"""Begins the message of every injected fault."""
FAILING_SECONDS = 0.3
"""How long a failing call takes: long enough that other operations have begun meanwhile, as on AWS."""

Operation = Literal["create", "update", "delete"]
Moment = Literal["before", "after"]
Way = Literal["fails", "throttled", "hangs"]


@dataclass(frozen=True)
class Fault:
    """One call that is to fail."""

    operation: Operation
    urn: str
    moment: Moment
    """Before the effect, as when AWS is not available, or after it, as when waiting fails. After it, a created resource
    is in the state, half created, and a deleted one is gone."""
    way: Way = "fails"
    """`throttled`: the provider tries again, and the engine does not notice. `hangs`: the call never returns, until the
    cloud's process is killed, as happens after an engine was killed."""


class Faults:
    """The planned faults in a file, and those that have struck in another file beside it."""

    def __init__(self, file: Path) -> None:
        self._file, self._struck_file, self._lock = file, file.with_suffix(".struck"), threading.Lock()
        self._outage = file.with_suffix(".outage")

    def plan(self, *faults: Fault) -> None:
        """Adds faults to the file."""
        with self._file.open("a") as planned:
            planned.writelines(json.dumps(asdict(fault)) + "\n" for fault in faults)

    def struck(self) -> list[Fault]:
        """The faults that have struck."""
        return _read(self._struck_file)

    def counted(self) -> int:
        """How many have struck."""
        return self._struck_file.read_bytes().count(b"\n") if self._struck_file.exists() else 0

    def outage(self, *, begins: bool) -> None:
        """Begins or ends an outage, during which no Kubernetes API server answers."""
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
        """The fault that strikes here, now noted as struck; None if there is none."""
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
    return (
        [Fault(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
    )
