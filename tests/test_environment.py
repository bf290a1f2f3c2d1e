"""Variables in a user's environment change nothing, neither for the program's commands nor for its tests."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from components.embedded.server import Server, stop
from tests.engine import ROOT, free_port
from tests.milvus_lite import running

NOBODY = "http://127.0.0.1:9"
HOSTILE = {
    "TZ": "Asia/Tokyo",
    "TERM": "dumb",
    "COLUMNS": "20",
    "FORCE_COLOR": "1",
    **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOBODY),
    "AWS_PROFILE": "none",
    "AWS_ENDPOINT_URL": NOBODY,
    "PULUMI_ACCESS_TOKEN": "x",
    "PULUMI_STACK": "other",
    "PULUMI_CONFIG_PASSPHRASE_FILE": "/nowhere",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MILVUS_URI": "./x.db",
    "GIT_DIR": "/nowhere",
}
LOCALES: dict[str, Mapping[str, str]] = {
    "C": {"LC_ALL": "C"},
    "ascii": {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
}


def hostile(home: Path, locale: str = "C") -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), **HOSTILE, **LOCALES[locale]}


def said(*command: str, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Path]:
    """A contract of a Milvus on this machine, as JSON."""
    contract = tmp_path / "contract.json"
    with running(tmp_path / "milvus") as server:
        contract.write_text(
            f'{{"contract_version": "1.0", "target": "embedded", "milvus_uri": "http://127.0.0.1:{server.port}",'
            f' "milvus_host": "127.0.0.1", "milvus_port": {server.port}}}'
        )
        yield contract


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_what_runs_on_this_machine_is_never_looked_for_behind_a_proxy(stack: Path, tmp_path: Path) -> None:
    code = f"""
from milvus_contract import connect, read
from operations.smoke import smoke
connect("file:{stack}", timeout_seconds=60).close()
raise SystemExit(smoke("test", read("file:{stack}")))
"""
    assert "stack test answers" in " ".join(
        said(sys.executable, "-c", code, environment={**hostile(tmp_path), "COLUMNS": "200", "FORCE_COLOR": ""}).split()
    )


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_a_server_starts_behind_a_proxy_too(tmp_path: Path) -> None:
    server = Server(owner="test", folder=str(tmp_path / "milvus"), port=free_port(), log_level="INFO")
    code = f"from components.embedded.server import Server, start, runs_as; s = {server!r}; start(s); print(runs_as(s))"
    try:
        assert said(sys.executable, "-c", code, environment=hostile(tmp_path)) == "True\n"
    finally:
        stop(server)


@pytest.mark.parametrize("locale", LOCALES)
def test_an_estimate_is_read_and_written_in_every_locale(tmp_path: Path, locale: str) -> None:
    text = said("make", "-s", "estimate", "STACK=dev", environment=hostile(tmp_path, locale))
    assert re.search(r"\d{3} USD a month .*VPC > subnets > MSK > SCRAM > Milvus", " ".join(text.split()))


def pytest_run(*arguments: str, environment: Mapping[str, str]) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_the_tests_pass_in_a_hostile_environment(tmp_path: Path) -> None:
    (tmp_path / "a folder").mkdir()
    files = (
        "planning/test_command.py",
        "milvus_contract",
        "operations/test_smoke.py",
        "tools",
        "workflows/test_files.py",
    )
    environment = {**hostile(tmp_path), "TMPDIR": str(tmp_path / "a folder"), "MAKEFLAGS": "STACK=other"}
    code, text = pytest_run(*(f"tests/{file}" for file in files), environment=environment)
    assert code == 0, text


def test_a_run_that_leaves_a_process_fails_says_which_and_ends_it(tmp_path: Path) -> None:
    (tmp_path / "test_careless.py").write_text(
        "import subprocess, sys\n"
        "def test_starts_a_server():\n"
        "    code = 'import time; time.sleep(600)  # a server'\n"
        "    started = subprocess.Popen([sys.executable, '-c', code], start_new_session=True)\n"
        f"    open({str(tmp_path / 'pid')!r}, 'w').write(str(started.pid))\n"
        "    started.returncode = 0  # forgets it\n"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    code, text = pytest_run(
        "-p", "tests.conftest", "--rootdir", str(tmp_path), str(tmp_path / "test_careless.py"), environment=environment
    )
    pid = int((tmp_path / "pid").read_text())
    assert (code, "1 passed" in text) == (1, True), text
    assert f"{pid}: {sys.executable} -c import time; time.sleep(600) # a server" in text
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIG_DFL)
