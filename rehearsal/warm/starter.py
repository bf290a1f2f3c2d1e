"""Starts the two warm processes, each once for this process, and says how they are found."""

import json
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
START = HERE / "start.py"
LANGUAGE_HOST = ROOT / ".tools" / "bin" / "language_host.py"
"""Our language host, which is there only if the CLI was built here (tools/bootstrap.py)."""
PROGRAM = (
    *("settings.reading", "settings.contradictions", "outputs"),
    *("arguments.embedded", "components.embedded.embedded"),
    *("arguments.aws", "components.aws"),
    # What the SDKs import only when a resource is made:
    *("pulumi_aws.cloudwatch", "pulumi_kubernetes.helm.v3"),
    *("pulumi_kubernetes.policy.v1", "pulumi_kubernetes.storage.v1"),
)
"""Modules that import all of the program."""
CLOUD = (
    *(f"rehearsal.providers.{package}" for package in ("aws", "eks", "kubernetes", "random")),
    *(f"rehearsal.rules.{file.stem}" for file in sorted((ROOT / "rehearsal" / "rules").glob("[!_]*.py"))),
    "rehearsal.published.at_hand",
)
"""Modules that import all of the emulated cloud."""
_starting = threading.Lock()
_running: dict[tuple[str, ...], tuple[subprocess.Popen[bytes], str]] = {}


def environment(changed: bool) -> dict[str, str]:
    """Environment variables with which the CLI starts programs in a warm process; empty where that is not possible.

    `changed` says that a program is not this project's, or differs from it. The process is started by the first call.
    """
    if not (address := _address(PROGRAM)):
        return {}
    return {
        "PYTHON_STARTER": str(START),
        "WARM_ADDRESS": address,
        **({"WARM_OTHER_PROGRAM": "yes"} if changed else {}),
    }


def for_cloud() -> dict[str, str]:
    """Environment variables with which START has the emulated cloud run by a warm process; empty as above."""
    address = _address(CLOUD)
    return {"WARM_ADDRESS": address} if address else {}


def _address(modules: tuple[str, ...]) -> str:
    """Where a process listens that has imported these modules; empty where there can be none."""
    if sys.platform != "linux" or not LANGUAGE_HOST.exists():
        return ""
    with _starting:  # stages are opened by several threads
        if modules not in _running:
            _running[modules] = _start(modules)
        return _running[modules][1]


def _start(modules: tuple[str, ...]) -> tuple[subprocess.Popen[bytes], str]:
    """A warm process, which ends when its standard input is closed, as it is when this process ends."""
    folder = tempfile.mkdtemp(prefix="warm-")
    address = f"{folder}/socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        options = {"listener": listener.fileno(), "folder": folder, "root": str(ROOT), "modules": modules}
        process = subprocess.Popen(
            [sys.executable, "-u", HERE / "process.py", json.dumps(options)],
            pass_fds=[listener.fileno()],
            stdin=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C ends programs by the CLI, as always
        )
    return process, address


def end() -> None:
    """Ends the warm processes. Programs start as usual then."""
    while _running:
        _, (process, _) = _running.popitem()
        process.communicate()
