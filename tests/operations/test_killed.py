"""A local stack can be deployed after its `make up` was killed at any moment.

SEED=N repeats the moments of a printed seed.
"""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from components.embedded.server import answers
from tests.clone import bare_environment, clone
from tests.engine import free_port

pytestmark = pytest.mark.slow
KILLS = 5
LATEST_SECONDS = 2.0
"""A first `make up` takes about that long where nothing else runs."""
GONE_SECONDS = 10


class Project:
    """A clone, and `make` in it."""

    def __init__(self, folder: Path) -> None:
        self.environment = bare_environment(folder)
        self.folder = clone(folder / "clone")
        self.port = free_port()
        with (self.folder / "Pulumi.local.yaml").open("a") as settings:
            settings.write(f"  milvus-on-aws:embedded: {{port: {self.port}}}\n")

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["make", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def make(self, *arguments: str) -> tuple[int, str]:
        with self.start(*arguments) as running:
            said, _ = running.communicate(timeout=180)
            return running.returncode, said

    def processes(self) -> list[psutil.Process]:
        """All processes that run something in this clone, including the server of Milvus Lite."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter(["cmdline", "cwd", "status"]):
            words = [*(process.info["cmdline"] or ()), process.info["cwd"] or ""]
            if any(str(self.folder) in word for word in words) and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    def launchers(self) -> list[psutil.Process]:
        """Servers, and those that wait for what to serve."""
        program = str(self.folder / "components/embedded/launcher.py")
        return [each for each in self.processes() if program in each.info["cmdline"]]

    def engine(self) -> psutil.Process | None:
        return next(
            (
                each
                for each in self.processes()
                if {str(self.folder / ".tools/bin/pulumi"), "up"} <= set(each.info["cmdline"])
            ),
            None,
        )

    def started(self) -> tuple["subprocess.Popen[str]", psutil.Process]:
        """`make up`, and its engine."""
        running = self.start("up")
        while (engine := self.engine()) is None:
            assert running.poll() is None, running.communicate()[0]
            time.sleep(0.02)
        return running, engine


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project(tmp_path)
    yield project
    for process in project.processes():
        process.kill()


def test_make_up_goes_on_after_its_engine_was_killed_at_any_moment(project: Project) -> None:
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    print(f"seed {seed}")
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    killed = 0
    while killed < KILLS:
        moment = chance.uniform(0, LATEST_SECONDS)
        running, engine = project.started()
        time.sleep(moment)
        if engine.is_running() and engine.status() != psutil.STATUS_ZOMBIE:
            engine.kill()
            killed += 1
        running.communicate(timeout=60)
        code, said = project.make("up")
        print(f"killed {moment:.2f} s after the engine's start: `make up` ends with {code}")
        assert code == 0, said
        assert answers(project.port)
        assert project.make("down")[0] == 0
    code, said = project.make("clean")
    assert code == 0, said
    assert project.processes() == []


@pytest.mark.parametrize("moment", ["the server is prepared", "the server starts"])
def test_what_a_killed_engine_and_make_leave_ends_by_itself_in_seconds(project: Project, moment: str) -> None:
    """A closed terminal takes make and whoever watches the engine with it: nobody is left to clean up."""
    running = project.start("up")
    record = project.folder / ".local/milvus/local/server.json"
    while not (record.exists() if moment == "the server starts" else project.launchers()):
        assert running.poll() is None
        time.sleep(0.02)
    for process in (psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # one that ends with the one before it
            if process.name() in ("make", "pulumi") or "operations.local" in process.cmdline():
                process.kill()
    running.communicate(timeout=60)
    known = json.loads(record.read_text())["pid"] if record.exists() else None
    deadline = time.monotonic() + GONE_SECONDS
    while left := [each.info["cmdline"] for each in project.processes() if each.pid != known]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
    code, said = project.make("down")
    assert code == 0, said
    assert ("its lock is taken off" in said) == (known is not None)
    assert project.processes() == []


def test_a_second_make_up_says_in_one_line_who_is_at_work(project: Project) -> None:
    first, _ = project.started()
    code, said = project.make("up")
    assert code != 0
    (line,) = [line for line in said.splitlines() if line.startswith("error: ")]
    watcher = psutil.Process(first.pid).children()[0].pid
    assert line == (
        f"error: stack local is being worked on by process {watcher}; wait until it has ended, or end it by "
        f"`kill {watcher}`, and run the same command again"
    )
    said, _ = first.communicate(timeout=120)
    assert first.returncode == 0, said


def test_a_hung_up_terminal_ends_make_up_and_the_next_one_goes_on(project: Project) -> None:
    first, _ = project.started()
    time.sleep(1)
    os.killpg(first.pid, signal.SIGHUP)
    first.communicate(timeout=60)
    code, said = project.make("up")
    assert code == 0, said
    assert answers(project.port)
