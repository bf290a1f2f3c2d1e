"""Runs the Milvus server from its wheel: one process with all roles and etcd, configured like a pod of the chart.

It is older than the version that the program deploys. Configuration that it does not know
is listed, not silently dropped.
"""

import mmap
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from planning.chart.names import MANAGEMENT_PORT, MILVUS_PORT
from testbed.toolchain import milvus_folder
from testbed.translation import ENVIRONMENT_KEYS, Pod, Tree, leaves, merged

ROOT, DEFAULT_PASSWORD = "root", "Milvus"
READY_SECONDS = 150
QUICK = {"common": {"session": {"ttl": 5}}}
"""Configuration for tests: a killed server's session expires after 5 s instead of 30."""


class Milvus:
    """A Milvus server."""

    def __init__(self, folder: Path, pod: Pod, environment: Mapping[str, str], password: str, more: Tree) -> None:
        """`environment` are the pod's variables and those that AWS' webhook adds. `more` is configuration for tests."""
        self._folder, self._password = folder, password
        (folder / "configs").mkdir(parents=True)
        self.configure(pod, environment, more)
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def configure(self, pod: Pod, environment: Mapping[str, str], more: Tree) -> None:
        """Writes the configuration for the next start."""
        configuration = merged(merged(_defaults(), pod.configuration), merged(own(self._folder), more))
        (self._folder / "configs" / "milvus.yaml").write_text(yaml.safe_dump(configuration))
        (self._folder / "configs" / "glog.conf").write_bytes((milvus_folder() / "glog.conf").read_bytes())
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "DEPLOY_MODE": "STANDALONE",
            "METRICS_PORT": str(MANAGEMENT_PORT),
            "MILVUSCONF": str(self._folder / "configs"),
            "LD_LIBRARY_PATH": str(milvus_folder() / "bin"),
            **environment,
        }

    def start(self, seconds: float = READY_SECONDS) -> None:
        """Starts the server, and waits until it accepts root's password. Raises
        RuntimeError with its log's complaint."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [milvus_folder() / "bin" / "milvus", "run", "standalone"],
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + seconds
        while not (healthy() and self._serves()):
            if self.process.poll() is not None:
                raise RuntimeError(f"Milvus ended with {self.process.returncode}: {complaint(self.log)}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"Milvus is not ready after {seconds:g} s: {complaint(self.log)}")
            time.sleep(0.1)

    def _serves(self) -> bool:
        try:
            client = connect(self._password, seconds=2)
        except Exception:  # a new server accepts only the default password: 2.3 has no defaultRootPassword
            try:
                connect(DEFAULT_PASSWORD, seconds=2).update_password(ROOT, DEFAULT_PASSWORD, self._password)
            except Exception:
                return False
            return self._serves()
        client.close()
        return True

    def kill(self) -> None:
        """Kills the server: SIGTERM did not end this version within 120 s."""
        if self.process:
            self.process.kill()
            self.process.wait()


def complaint(log: Path) -> str:
    """The last line of the log that says what is wrong with its configuration or surroundings."""
    cause = re.compile(
        r"authenticat|SSL|certificate|Access.?Denied|Not authorized|too large|panic:|failed to check blob", re.I
    )
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if cause.search(line)]
    panics = [line for line in lines if line.startswith("panic:")]  # lines of goroutines below a panic match, too
    said = panics or lines
    return said[-1][:300] if said else "nothing in its log says why"


def connect(password: str, seconds: float = 30, uri: str = f"http://127.0.0.1:{MILVUS_PORT}") -> Any:
    """A MilvusClient that has made an authenticated call."""
    os.environ["MILVUS_URI"] = ""  # pymilvus reads it
    from pymilvus import MilvusClient

    client = cast(Any, MilvusClient)(uri, token=f"{ROOT}:{password}", timeout=seconds)
    client.list_collections()
    return client


def healthy() -> bool:
    """Whether the server's health check answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{MANAGEMENT_PORT}/healthz", timeout=2) as reply:
            return reply.read() == b"OK"
    except OSError:
        return False


def unknown(pod: Pod) -> list[str]:
    """Configuration and variables of the pod that this server does not know, because its
    executable does not name them."""
    known = set(leaves(_defaults()))
    asked = {path: path for path in leaves(pod.configuration)}
    asked |= {name: ENVIRONMENT_KEYS.get(name, name) for name in pod.environment}
    binary = milvus_folder() / "bin" / "milvus"
    with binary.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return sorted(name for name, key in asked.items() if key not in known and content.find(key.encode()) < 0)


def _defaults() -> Tree:
    """The version's own milvus.yaml, which the chart's configuration overrides."""
    text = (milvus_folder() / "config.yaml.template").read_text()
    return yaml.safe_load(re.sub(r"\{\{[^:}]*:?\s*(.*?)\s*\}\}", r"\1", text))


def own(folder: Path) -> Tree:
    """Configuration that one process on one machine needs, whatever the release says."""
    roles = ("rootCoord", "dataCoord", "queryCoord", "indexCoord", "dataNode", "queryNode", "indexNode", "proxy")
    return {
        **{role: {"ip": "127.0.0.1"} for role in roles},
        "etcd": {
            "endpoints": "127.0.0.1:2379",
            "use": {"embed": True},
            "data": {"dir": f"{folder}/etcd"},
            "log": {"level": "warn", "path": f"{folder}/etcd.log"},
        },
        "localStorage": {"path": f"{folder}/local"},
        "rocksmq": {"path": f"{folder}/rocksmq"},
        "log": {"stdout": True},
    }
