"""The real Kubernetes: which version, and what is said where it cannot be built."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from planning.versions import KUBERNETES
from tests.engine import ROOT
from tools.kubernetes import build

GO_MOD = (ROOT / "tools/kubernetes/go.mod").read_text(encoding="utf-8")


def test_it_is_the_version_that_stacks_have_by_default() -> None:
    assert build.version() == "1.35.4"
    assert build.version().rpartition(".")[0] == KUBERNETES


def test_all_parts_of_kubernetes_are_of_that_version() -> None:
    staged = dict(re.findall(r"^\s+(k8s\.io/\S+) => \S+ v([\d.]+)$", GO_MOD, re.MULTILINE))
    assert set(staged.values()) == {"0.35.4"}
    required = re.findall(r"^\s+(k8s\.io/\S+) v0\.0\.0(?: //|$)", GO_MOD, re.MULTILINE)
    assert not set(required) - staged.keys()


def test_each_program_is_a_tool_of_the_module() -> None:
    assert all(f"\t{package}\n" in GO_MOD for package in build.PROGRAMS.values())


@pytest.fixture
def without_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(build, "TOOLS", tmp_path)


def test_without_go_one_line_says_what_is_left_out(without_go: None) -> None:
    said = "the real Kubernetes 1.35.4 is left out: it is built from its Go module, and there is no Go"
    assert build.left_out() == f"{said} (go.dev/doc/install)"


def test_what_was_built_once_needs_no_go(without_go: None) -> None:
    build.folder().mkdir(parents=True)
    for program in build.PROGRAMS:
        (build.folder() / program).touch()
    assert build.left_out() == ""
    assert build.build() == build.folder()


def test_an_api_server_alone_needs_two_of_them(without_go: None) -> None:
    build.folder().mkdir(parents=True)
    for program in ("etcd", "kube-apiserver"):
        (build.folder() / program).touch()
    assert build.left_out(build.SERVER) == ""
    assert build.build(build.SERVER) == build.folder()
    assert build.left_out().startswith("the real Kubernetes 1.35.4 is left out")


def test_a_build_that_was_stopped_leaves_nothing_that_looks_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "TOOLS", tmp_path)

    def stopped(*command: object, **where: object) -> None:
        target = Path(str(command[command.index("-o") + 1]))
        target.parent.mkdir(parents=True)
        target.touch()
        raise subprocess.CalledProcessError(1, "go")

    monkeypatch.setattr(build, "run", stopped)
    with pytest.raises(subprocess.CalledProcessError):
        build.build()
    assert not (build.folder() / "etcd").exists()


def test_the_command_ends_with_that_line(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from tools.kubernetes import build; build.TOOLS = build.Path('/nowhere'); build.main()",
    ]
    done = subprocess.run(command, cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the real Kubernetes 1.35.4 is left out: ")
