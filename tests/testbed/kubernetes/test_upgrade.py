"""Milvus' roles follow one another under real Deployment controllers, also when the command is killed in the middle."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from operations.upgrade.api import Changing
from operations.upgrade.roles import look
from planning.chart.names import COMPONENTS
from planning.estimate import estimate
from planning.workload import Workload
from testbed.kubernetes.api import Api
from testbed.kubernetes.cluster import Cluster
from testbed.kubernetes.control_plane import ADDRESS
from testbed.kubernetes.fleet import NAMESPACE
from tests.engine import ROOT
from tests.testbed.kubernetes.upgrading import set_image

IN_ORDER = ["mixcoord", "streamingnode", "querynode", "datanode", "proxy"]
SECONDS = 120


class Bed:
    """A cluster whose pods start and end while somebody upgrades it, and what was seen meanwhile."""

    def __init__(self, address: Path, log: Path) -> None:
        self.address, self.log = address, log
        api = Api.at(address)
        self.cluster = Cluster(api, estimate(Workload(vectors=1_000_000, dimension=1024, replicas=2), "production"))
        self.kubernetes = Changing(api.url, lambda: api.token, Path(api.certificate).read_text(encoding="utf-8"))
        set_image(api, "2.6.20")
        self.cluster.settle()
        self.begun: list[str] = []
        """Roles in the order in which their first new pod was seen."""
        self.problems: list[str] = []

    def versions(self) -> dict[str, set[str]]:
        return {COMPONENTS[role]: set(each.running) for role, each in look(self.kubernetes, NAMESPACE).items()}

    def command(self, to: str, *stop: str) -> "subprocess.Popen[str]":
        arguments = [str(self.address), to, str(self.log), *stop]
        return subprocess.Popen(
            [sys.executable, "-m", "tests.testbed.kubernetes.upgrading", *arguments],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, to: str, *, killed_at: str = "") -> str:
        """Upgrades; if `killed_at` is given, until the log has this line. Returns the command's errors."""
        self.log.unlink(missing_ok=True)
        stopped = threading.Event()
        watching = threading.Thread(target=self._watch, args=(to, stopped))
        watching.start()
        try:
            return self._run(to, killed_at)
        finally:
            stopped.set()
            watching.join()

    def _run(self, to: str, killed_at: str) -> str:
        with self.command(to, killed_at) as running:
            end = time.monotonic() + SECONDS
            while running.poll() is None and time.monotonic() < end:
                self.cluster.settle()
                if killed_at and self.log.exists() and killed_at in self.log.read_text().splitlines():
                    running.send_signal(signal.SIGKILL)
            running.kill()
            _, said = running.communicate()
        self.cluster.settle()
        return said

    def _watch(self, to: str, stopped: threading.Event) -> None:
        """Notes which role gets new pods before those that come earlier have only new ones."""
        while not stopped.is_set():
            versions = self.versions()
            for role, running in versions.items():
                if to in running and role not in self.begun:
                    if mixed := [each for each in self.begun if versions[each] != {to}]:
                        self.problems.append(f"{role} began while {mixed} had not ended")
                    self.begun.append(role)
            time.sleep(0.1)


@pytest.fixture
def bed(controlled: Path, tmp_path: Path) -> Generator[Bed]:
    bed = Bed(controlled / ADDRESS, tmp_path / "log")
    yield bed
    bed.cluster.clear()


def test_roles_follow_in_order_though_the_command_is_killed_at_its_start_and_midway(bed: Bed) -> None:
    bed.run("2.6.21", killed_at="set")
    bed.run("2.6.21", killed_at="streamingnode was checked")
    assert bed.versions()["proxy"] == {"2.6.20"}
    assert bed.run("2.6.21") == ""
    assert bed.versions() == {role: {"2.6.21"} for role in IN_ORDER}
    assert (bed.begun, bed.problems) == (IN_ORDER, [])

    bed.begun.clear()
    bed.run("2.6.20", killed_at="querynode was checked")
    assert bed.versions()["mixcoord"] == {"2.6.21"}
    assert bed.run("2.6.20") == ""
    assert bed.versions() == {role: {"2.6.20"} for role in IN_ORDER}
    assert (bed.begun, bed.problems) == (IN_ORDER[::-1], [])

    assert bed.run("2.6.20") == ""
    assert bed.log.read_text().splitlines()[-1] == "Milvus 2.6.20 runs in all roles: nothing to do"
