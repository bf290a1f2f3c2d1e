"""Cleaning up before a command on a local stack, tested with processes that have the names of real ones."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from operations import local
from operations.local import alone, check_dead, orphans
from operations.stack import StackError


@contextmanager
def called(folder: Path, name: str, *arguments: str, **environment: str) -> Generator["subprocess.Popen[bytes]"]:
    """A process whose program has this name, and which sleeps."""
    program = folder / name
    shutil.copy2("/bin/sleep", program)
    with subprocess.Popen([program, *(arguments or ("60",))], env={**os.environ, **environment}) as process:
        yield process
        process.kill()


def lock(folder: Path, pid: int, host: str = "") -> Path:
    """Writes a lock as the engine does (pulumi: pkg/backend/diy/lock.go)."""
    file = folder / "lock.json"
    content = {
        "pid": pid,
        "username": "ann",
        "hostname": host or socket.gethostname(),
        "timestamp": "2026-11-25T23:47:52Z",
    }
    file.write_text(json.dumps(content))
    return file


def test_the_lock_of_a_running_engine_is_respected_and_named(tmp_path: Path) -> None:
    with (
        called(tmp_path, "pulumi") as engine,
        pytest.raises(
            StackError, match=rf"stack local is being worked on by process {engine.pid}; .*`kill {engine.pid}`"
        ),
    ):
        check_dead("local", lock(tmp_path, engine.pid))


def test_the_lock_of_a_dead_process_is_none(tmp_path: Path) -> None:
    with called(tmp_path, "pulumi") as engine:
        engine.kill()
        engine.wait()
        assert check_dead("local", lock(tmp_path, engine.pid)) == engine.pid


def test_the_lock_of_a_process_that_nobody_has_waited_for_is_none(tmp_path: Path) -> None:
    with called(tmp_path, "pulumi") as engine:
        engine.kill()
        while psutil.Process(engine.pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        assert check_dead("local", lock(tmp_path, engine.pid)) == engine.pid


def test_a_reused_pid_is_not_taken_for_the_engine(tmp_path: Path) -> None:
    with called(tmp_path, "bystander") as other:
        assert check_dead("local", lock(tmp_path, other.pid)) == other.pid
    with called(tmp_path, "pulumi") as younger:
        left = lock(tmp_path, younger.pid)
        os.utime(left, (0, time.time() - 3600))
        assert check_dead("local", left) == younger.pid


def test_the_lock_of_another_machine_is_respected_and_the_way_out_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r'on elsewhere, .*make pulumi STACK=local ARGS="cancel --yes local"'):
        check_dead("local", lock(tmp_path, 1, host="elsewhere"))


def test_a_lock_whose_writing_was_killed_is_none(tmp_path: Path) -> None:
    (tmp_path / "lock.json").write_text("")
    assert check_dead("local", tmp_path / "lock.json") == 0


def test_a_helper_whose_engine_is_gone_is_an_orphan_and_another_projects_is_none(tmp_path: Path) -> None:
    """This includes the official language host, which would wait for its engine for minutes."""
    with (
        called(tmp_path, "pulumi-language-python", PULUMI_HOME="/here") as host,
        called(tmp_path, "pulumi-language-other", PULUMI_HOME="/elsewhere"),
    ):
        assert [process.pid for process in orphans("/here")] == [host.pid]


def test_a_helper_of_a_running_engine_is_no_orphan(tmp_path: Path) -> None:
    shutil.copy2("/bin/sleep", tmp_path / "pulumi-language-python")
    shutil.copy2(Path(sys.executable).resolve(), tmp_path / "pulumi")
    code = "import os, subprocess; subprocess.run([os.environ['HELPER'], '60'])"
    helper = {"HELPER": str(tmp_path / "pulumi-language-python"), "PULUMI_HOME": str(tmp_path)}
    environment = {**os.environ, **helper, "PYTHONHOME": sys.base_prefix}
    with subprocess.Popen([tmp_path / "pulumi", "-c", code], env=environment) as engine:
        while not (children := psutil.Process(engine.pid).children()):
            assert engine.poll() is None
            time.sleep(0.01)
        assert list(orphans(str(tmp_path))) == []
        engine.kill()
        engine.wait()
        assert list(orphans(str(tmp_path))) == children
        children[0].kill()


def test_one_run_at_a_time_and_a_run_that_died_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "ROOT", tmp_path)
    with alone("local"):
        with pytest.raises(StackError, match=f"is being worked on by process {os.getpid()};"), alone("local"):
            pass
        with alone("local-two"):
            pass
    with alone("local"):
        pass


def test_attributes_whose_writing_was_killed_do_not_hide_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "ROOT", tmp_path)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    folder = tmp_path / ".local/state/.pulumi/stacks/milvus-on-aws"
    folder.mkdir(parents=True)
    (folder / "local.json.attrs").write_text("")
    (folder / "local.json.bak.attrs").write_text("{}")
    local.recover("local")
    assert [file.name for file in folder.iterdir()] == ["local.json.bak.attrs"]
