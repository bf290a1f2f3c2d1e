import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine import ROOT
from tools import bootstrap
from tools.bootstrap import MissingToolError


def command(folder: Path, name: str, says: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho {says}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    (tmp_path / "path").mkdir()
    monkeypatch.setattr(bootstrap, "TOOLS", tmp_path / "tools")
    monkeypatch.setattr(bootstrap, "BIN", tmp_path / "tools" / "bin")
    return tmp_path / "path"


def test_the_sdk_pins_the_version_of_the_cli_and_of_its_go_modules() -> None:
    assert f"github.com/pulumi/pulumi/pkg/v3 v{bootstrap.sdk_version()} " in (ROOT / "tools/pulumi/go.mod").read_text()


@pytest.mark.parametrize("version", ["v3.258.0", "v3.258.1", "v3.300.0-alpha.1", "v4.0.0"])
def test_a_recent_cli_on_path_is_taken(path: Path, version: str, capsys: pytest.CaptureFixture[str]) -> None:
    command(path, "pulumi", version)
    command(path, "pulumi-language-python", "")
    bootstrap.provide_cli(use_installer=False)
    assert (bootstrap.BIN / "pulumi").resolve() == path / "pulumi"
    assert f"from PATH ({version[1:]})" in capsys.readouterr().out


@pytest.mark.parametrize("version", ["v3.257.9", "v2.999.0", "what?"])
def test_an_old_cli_on_path_is_not_taken(path: Path, version: str) -> None:
    command(path, "pulumi", version)
    command(path, "pulumi-language-python", "")
    assert bootstrap.find_cli("3.258.0", str(path)) is None


def test_a_cli_that_cannot_run_python_programs_is_not_taken(path: Path) -> None:
    command(path, "pulumi", "v3.258.0")
    assert bootstrap.find_cli("3.258.0", str(path)) is None


def test_without_cli_installer_and_go_one_line_says_what_to_install(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "make_environment", lambda: None)
    monkeypatch.setattr(bootstrap, "install_cli", lambda version: "no network")
    monkeypatch.setattr(sys, "argv", ["bootstrap.py"])
    assert bootstrap.main() == 1
    printed = capsys.readouterr()
    assert "The installer did not help: no network" in printed.out
    assert printed.err.splitlines() == [
        "error: no Pulumi CLI >= 3.258.0 on PATH, its installer cannot be reached, and there is no Go to build it: "
        "install the Pulumi CLI (pulumi.com/docs/install) or Go >= 1.26 (go.dev/doc/install)"
    ]


def test_a_cli_that_is_there_already_is_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap.BIN.mkdir(parents=True)
    command(bootstrap.BIN, "pulumi", f"v{bootstrap.sdk_version()}")
    command(bootstrap.BIN, "pulumi-language-python", "")
    monkeypatch.setattr(bootstrap, "install_cli", lambda version: pytest.fail("installed again"))
    bootstrap.provide_cli(use_installer=True)


def test_an_installer_that_works_ends_the_search(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(version: str) -> str:
        command(bootstrap.BIN, "pulumi", f"v{version}")
        return ""

    monkeypatch.setattr(bootstrap, "install_cli", install)
    monkeypatch.setattr(bootstrap, "build_cli", lambda version: pytest.fail("built all the same"))
    bootstrap.provide_cli(use_installer=True)


def test_an_old_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "MINIMUM_PYTHON", (99, 0))
    with pytest.raises(MissingToolError, match=r"is too old: install Python >= 3\.11"):
        bootstrap.make_environment()


def test_a_step_prints_what_it_does_and_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    with bootstrap.step("Nothing"):
        pass
    assert re.fullmatch(r"  Nothing \.\.\. \d+ s\n", capsys.readouterr().out)


def make(folder: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"] if path is None else path, "HOME": str(folder)}
    return subprocess.run(
        ["/usr/bin/env", "make", *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The repository as a stranger gets it, as far as make needs it."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("Makefile", "requirements.txt", "tools"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def test_make_alone_lists_the_commands(clone: Path) -> None:
    said = make(clone).stdout
    assert "make up              deploy or change a stack, and prove that its Milvus answers" in said
    assert "make down" in said


def test_without_python_one_line_says_what_to_install(clone: Path, tmp_path: Path) -> None:
    for name in ("make", "awk", "sh", "touch"):
        (tmp_path / name).symlink_to(subprocess.check_output(["which", name], text=True).strip())
    answer = make(clone, "check", path=str(tmp_path))
    assert answer.returncode != 0
    assert answer.stderr.splitlines()[0] == (
        "error: no Python >= 3.11 on PATH: install one (python.org/downloads) and run again"
    )


def test_a_toolchain_that_is_there_is_not_made_again_and_a_broken_one_is() -> None:
    assert "bootstrap.py" not in make(ROOT, "-n", "test").stdout
    assert "bootstrap.py" in make(ROOT, "-n", "test", "PULUMI=no/such/file").stdout


def test_only_local_stacks_leave_the_persons_own_backend() -> None:
    print_backend = "--eval=show: ; @echo $$PULUMI_BACKEND_URL"
    assert make(ROOT, print_backend, "show", "STACK=local").stdout.startswith("file://")
    assert make(ROOT, print_backend, "show", "STACK=local-two").stdout.startswith("file://")
    assert make(ROOT, print_backend, "show", "STACK=dev").stdout == "\n"
    assert "--yes" not in make(ROOT, "-n", "up", "STACK=dev").stdout
    assert "--yes" not in make(ROOT, "-n", "down", "STACK=dev").stdout
