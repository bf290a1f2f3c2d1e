"""The real API server as a process: where it listens, and when it ends."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from testbed.kubernetes.api import Api
from testbed.kubernetes.control_plane import ControlPlane
from tests.engine import ROOT

STARTS = """
import sys, time
from pathlib import Path
from testbed.kubernetes.control_plane import ControlPlane
with ControlPlane(Path(sys.argv[1]), Path(sys.argv[2])) as api:
    print(api.url, flush=True)
    time.sleep(600)
"""


def test_it_knows_its_version_and_asks_everybody_for_a_login(api: Api) -> None:
    assert api.ask("GET", "/version")["gitVersion"] == "v1.35.4"
    assert Api(api.url, "wrong", Path(api.certificate)).request("GET", "/version").status == 401


def test_it_listens_on_loopback_only_and_ends_with_its_killed_parent(programs: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS, str(tmp_path / "server"), str(programs)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        assert parent.stdout.readline().startswith("https://127.0.0.1:")
        children = psutil.Process(parent.pid).children(recursive=True)
        assert {child.name() for child in children} == {"etcd", "kube-apiserver"}
        listening = [each for child in children for each in child.net_connections() if each.status == "LISTEN"]
        assert {each.laddr.ip for each in listening} == {"127.0.0.1"}
        parent.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def test_what_does_not_start_says_so_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir()
    for name in ("etcd", "kube-apiserver"):
        (tmp_path / "programs" / name).write_text("#!/bin/sh\necho no space left\nexit 1\n")
        (tmp_path / "programs" / name).chmod(0o755)
    begun = time.monotonic()
    with pytest.raises(RuntimeError, match="kube-apiserver did not start: no space left"):
        ControlPlane(tmp_path / "server", tmp_path / "programs").__enter__()
    assert time.monotonic() - begun < 10
