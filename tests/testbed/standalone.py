"""A Milvus server of one of two versions, as one process with its own queue and disk, and load that never ends."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from testbed.milvus import DEFAULT_PASSWORD, complaint, connect, healthy, own
from testbed.toolchain import milvus_folder
from testbed.translation import Tree, merged

READY_SECONDS = 180


class Standalone:
    """Its data stays in the folder, whichever version runs on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.process = folder, None
        (folder / "configs").mkdir(parents=True)
        self.log = folder / "log"

    process: "subprocess.Popen[bytes] | None"

    def start(self, wheel: Path, password: str = DEFAULT_PASSWORD) -> float:
        """Starts a version, and returns the seconds until it answers root."""
        installed, begin = milvus_folder(wheel), time.monotonic()
        text = re.sub(r"\{\{[^:}]*:?\s*(.*?)\s*\}\}", r"\1", (installed / "config.yaml.template").read_text())
        more: Tree = {
            "common": {
                "storageType": "local",
                "security": {"authorizationEnabled": True},
                "session": {"ttl": 5},
                "gracefulStopTimeout": 10,
            },
            "mq": {"type": "rocksmq"},
        }
        configuration = merged(merged(yaml.safe_load(text), own(self.folder)), more)
        (self.folder / "configs" / "milvus.yaml").write_text(yaml.safe_dump(configuration))
        (self.folder / "configs" / "glog.conf").write_bytes((installed / "glog.conf").read_bytes())
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DEPLOY_MODE": "STANDALONE",
            "MILVUSCONF": str(self.folder / "configs"),
            "LD_LIBRARY_PATH": str(installed / "bin"),
        }
        with self.log.open("ab") as log:
            command = [installed / "bin" / "milvus", "run", "standalone"]
            self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        while not (healthy() and answers(password)):
            if self.process.poll() is not None or time.monotonic() > begin + READY_SECONDS:
                raise RuntimeError(f"Milvus is not ready: {complaint(self.log)}")
            time.sleep(0.1)
        return time.monotonic() - begin

    def kill(self) -> None:
        """Kills the server: SIGTERM does not end these versions within minutes."""
        if self.process:
            self.process.kill()
            self.process.wait()


def answers(password: str) -> bool:
    try:
        client: Any = connect(password, seconds=2)
    except Exception:
        return False
    client.close()
    return True


class Endless(threading.Thread):
    """Repeats a call until it is told to end, and notes how each ended, and the longest time without a success."""

    def __init__(self, call: Callable[[], object], pause_seconds: float) -> None:
        super().__init__(daemon=True)
        self._call, self._pause, self.ending = call, pause_seconds, threading.Event()
        self.succeeded, self.gap_seconds, self.errors = 0, 0.0, list[str]()

    def run(self) -> None:
        last = time.monotonic()
        while not self.ending.wait(self._pause):
            try:
                self._call()
            except Exception as error:
                self.errors.append(f"{type(error).__name__}: {error}"[:200])
            else:
                self.succeeded += 1
                self.gap_seconds, last = max(self.gap_seconds, time.monotonic() - last), time.monotonic()

    def told(self) -> dict[str, Any]:
        return {"succeeded": self.succeeded, "failed": len(self.errors), "gap_seconds": round(self.gap_seconds, 1),
                "errors": sorted(set(self.errors))[:3]}  # fmt: skip
