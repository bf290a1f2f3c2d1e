import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from components.embedded.launching import prepared
from components.embedded.server import Server, answers, process_of, start, stop
from tests.engine import ROOT, free_port

# A detached server is meant to outlive the object that started it.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
DIES = """
import os, signal, sys
from components.embedded.launching import prepared
with prepared():
    sys.stdin.readline()
    os.kill(os.getpid(), signal.SIGKILL)
"""
DIES_WHILE_IT_STARTS = """
import os, signal
from components.embedded import server
from components.embedded.server import Server
server._wait = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
server.start({!r})
"""
GONE_SECONDS = 30


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(owner="milvus-on-aws/test", folder=str(tmp_path / "milvus"), port=free_port(), log_level="INFO")
    yield server
    stop(server)


def launchers(parent: int | None = None) -> list[psutil.Process]:
    program = str(ROOT / "components/embedded/launcher.py")
    return [each for each in psutil.Process(parent).children() if program in each.cmdline()]


def served_by(server: Server) -> int:
    return json.loads(server.record.read_text())["pid"]


def test_a_prepared_launcher_becomes_the_next_server_and_stays(server: Server) -> None:
    before = launchers()
    with prepared():
        (launcher,) = [each for each in launchers() if each not in before]
        start(server)
        assert served_by(server) == launcher.pid
    assert answers(server.port)
    assert "listening on 127.0.0.1" in server.log.read_text()


def test_a_prepared_launcher_without_a_server_is_ended() -> None:
    before = launchers()
    with prepared():
        assert len(launchers()) == len(before) + 1
    assert launchers() == before


def test_a_prepared_launcher_that_has_died_is_replaced(server: Server) -> None:
    before = launchers()
    with prepared():
        (launcher,) = [each for each in launchers() if each not in before]
        launcher.kill()
        while launcher.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        start(server)
        assert served_by(server) != launcher.pid
    assert answers(server.port)


def test_a_prepared_launcher_ends_with_who_has_prepared_it() -> None:
    with subprocess.Popen([sys.executable, "-c", DIES], cwd=ROOT, stdin=subprocess.PIPE) as dies:
        while not (left := launchers(dies.pid)):
            assert dies.poll() is None
            time.sleep(0.01)
        dies.communicate(b"now\n")
    assert dies.returncode == -signal.SIGKILL
    assert psutil.wait_procs(left, timeout=GONE_SECONDS)[1] == []


def test_a_server_whose_starter_dies_before_it_answers_ends(server: Server) -> None:
    """Whoever asked for it would take it for not started."""
    answer = subprocess.run([sys.executable, "-c", DIES_WHILE_IT_STARTS.format(server)], cwd=ROOT)
    assert answer.returncode == -signal.SIGKILL
    assert server.record.exists()
    deadline = time.monotonic() + GONE_SECONDS
    while process_of(server):
        assert time.monotonic() < deadline
        time.sleep(0.05)
