"""Starts the warm process, once for this process, and says how the CLI finds it."""

import functools
import json
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
LANGUAGE_HOST = ROOT / ".tools" / "bin" / "language_host.py"
"""Our language host, which is there only if the CLI was built here (tools/bootstrap.py)."""
PROGRAM = (
    *("settings.reading", "settings.contradictions", "outputs"),
    *("arguments.embedded", "components.embedded.embedded"),
    *("arguments.aws", "components.aws"),
)
"""Modules that import all of the program."""
WHILE_IT_RUNS = (
    "pulumi_aws.cloudwatch",
    "pulumi_kubernetes.helm.v3",
    "pulumi_kubernetes.policy.v1",
    "pulumi_kubernetes.storage.v1",
)
"""What the SDKs import only when a resource is made."""
_starting = threading.Lock()


def environment(changed: bool) -> dict[str, str]:
    """Environment variables with which the CLI starts programs in the warm process; empty where that is not possible.

    `changed` says that a program is not this project's, or differs from it. The process is started by the first call.
    """
    if sys.platform != "linux" or not LANGUAGE_HOST.exists():
        return {}
    with _starting:  # stages are opened by several threads
        _, address = _process()
    return {
        "PYTHON_STARTER": str(HERE / "start.py"),
        "WARM_ADDRESS": address,
        **({"WARM_OTHER_PROGRAM": "yes"} if changed else {}),
    }


@functools.cache
def _process() -> tuple[subprocess.Popen[bytes], str]:
    """The warm process, which ends when its standard input is closed, as it is when this process ends."""
    folder = tempfile.mkdtemp(prefix="warm-")
    address = f"{folder}/socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        process = subprocess.Popen(
            [
                *(sys.executable, "-u", HERE / "process.py"),
                json.dumps(
                    {
                        "listener": listener.fileno(),
                        "folder": folder,
                        "root": str(ROOT),
                        "modules": (*PROGRAM, *WHILE_IT_RUNS),
                    }
                ),
            ],
            pass_fds=[listener.fileno()],
            stdin=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C ends programs by the CLI, as always
        )
    return process, address


def end() -> None:
    """Ends the warm process, if there is one. Programs start as usual then."""
    if _process.cache_info().currsize:
        process, _ = _process()
        process.communicate()
        _process.cache_clear()
