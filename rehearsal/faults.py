"""Calls that fail once, although the program is right: what a deployment has to survive.

Each is named by operation, URN and moment, and strikes once, whichever process of the emulated cloud comes by. Left
out: calls whose answer gets lost, and engines that die (for whoever runs the stage: `checkpoints=True`, SIGKILL).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Literal

from rehearsal.cloud import NeverReadyError, Refused

FAULTS = "faults.jsonl"
"""Beside the cloud's journal."""
INJECTED = "injected fault"

Operation = Literal["create", "update", "delete"]
Moment = Literal["before", "after"]


@dataclass(frozen=True)
class Fault:
    operation: Operation
    urn: str
    moment: Moment
    """Before the effect, as when AWS throttles or is away; or after it, as when waiting for it fails. What was created
    is then in the state, half made; what was deleted is gone."""


class Faults:
    """A file of faults to come, and beside it one of those that have struck."""

    def __init__(self, file: Path) -> None:
        self._file, self._struck_file, self._lock = file, file.with_suffix(".struck"), Lock()

    def plan(self, *faults: Fault) -> None:
        with self._file.open("a") as planned:
            planned.writelines(json.dumps(asdict(fault)) + "\n" for fault in faults)

    def struck(self) -> list[Fault]:
        return _read(self._struck_file)

    def strike(self, operation: str, urn: str, moment: Moment) -> None:
        """Raises Refused or NeverReadyError if a fault is planned here and has not struck yet."""
        if not self._file.exists():
            return
        with self._lock:
            here = (operation, urn, moment)
            due = [fault for fault in _read(self._file) if (fault.operation, fault.urn, fault.moment) == here]
            if not due or due[0] in self.struck():
                return
            with self._struck_file.open("a") as struck:
                struck.write(json.dumps(asdict(due[0])) + "\n")
        if moment == "after" and operation != "delete":
            raise NeverReadyError(f"{INJECTED}: waiting for the {operation} failed")
        raise Refused(f"{INJECTED}: ThrottlingException: Rate exceeded")


def _read(file: Path) -> list[Fault]:
    return [Fault(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []
