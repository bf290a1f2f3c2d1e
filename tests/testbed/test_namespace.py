"""Nothing of a run outlives its namespace, and if none can be created, the message says why."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from rehearsal.run import UnavailableError
from testbed import namespace, toolchain

PATIENCE_SECONDS = 300


def test_killing_the_command_ends_kafka_milvus_and_all_else_and_leaves_no_file(available: None, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "testbed", "dev"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command, cwd=toolchain.ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        own = psutil.Process(running.pid)
        deadline = time.monotonic() + PATIENCE_SECONDS
        family: list[psutil.Process] = []
        while time.monotonic() < deadline and not any(each.name() == "java" for each in _alive(family)):
            family = own.children(recursive=True)
            time.sleep(0.2)
        assert any(each.name() == "java" for each in _alive(family)), "Kafka never started"
        own.send_signal(signal.SIGKILL)
        running.wait()
    _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []
    assert list(tmp_path.iterdir()) == []


def _alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def test_only_loopback_is_there(available: None) -> None:
    script = "from testbed import namespace; import os, socket; namespace.settle(); print(socket.if_nameindex())"
    done = subprocess.run(
        namespace.command(sys.executable, "-c", script), cwd=toolchain.ROOT, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[(1, 'lo')]", done.stderr


def test_a_user_who_is_not_root_gets_a_user_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert namespace.command("true")[1:3] == ["--user", "--map-root-user"]


def test_without_the_right_to_make_namespaces_the_message_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = SimpleNamespace(returncode=1, stderr="unshare: unshare failed: Operation not permitted\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: refused)
    with pytest.raises(UnavailableError, match=r"no namespaces may be made here: .*Operation not permitted"):
        namespace.check()


def test_without_java_the_message_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(toolchain.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(toolchain.platform, "system", lambda: "Linux")
    with pytest.raises(UnavailableError, match="there is no Java on PATH: install a JRE >= 17"):
        toolchain.check()


def test_an_old_java_is_refused_with_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    old = SimpleNamespace(stderr='openjdk version "11.0.2" 2019-01-15\n')
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: old)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(toolchain.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(toolchain.platform, "system", lambda: "Linux")
    with pytest.raises(UnavailableError, match=r'Java >= 17 is needed, this is openjdk version "11.0.2"'):
        toolchain.check()


def test_another_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain.platform, "machine", lambda: "arm64")
    monkeypatch.setattr(toolchain.platform, "system", lambda: "Darwin")
    with pytest.raises(UnavailableError, match="Linux on x86_64, this is Darwin on arm64"):
        toolchain.check()
