"""The project's own language host, which only a Go-built CLI uses, tested with whichever CLI is installed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import grpc
import psutil
import pytest
from pulumi.runtime.proto import language_pb2 as messages
from pulumi.runtime.proto.language_pb2_grpc import LanguageRuntimeStub

from rehearsal.warm import starter
from tests.engine import ROOT, Engine, free_port

# The generated stub has no types.
Host = tuple["subprocess.Popen[str]", Any]
HOST = ROOT / "tools" / "pulumi" / "language_host.py"


def warmly() -> list[str]:
    """What starts a host that is forked by a process that has imported its packages."""
    if not starter.environment(changed=False):
        pytest.skip("programs start as usual here")
    return ["-S", str(starter.HERE / "start.py")]


@pytest.fixture(params=["by itself", "warm"])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    by = warmly() if request.param == "warm" else []
    with subprocess.Popen(
        [sys.executable, *by, HOST],
        env={**os.environ, **starter.environment(changed=False)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
            yield process, cast(Any, LanguageRuntimeStub)(channel)
        process.kill()


def plugin(folder: Path, code: str) -> messages.RunPluginRequest:
    (folder / "__main__.py").write_text(code)
    info = messages.ProgramInfo(program_directory=str(folder))
    return messages.RunPluginRequest(pwd=str(folder), info=info, args=["one"], env=["GREETING=hello"])


def test_a_plugin_gets_its_arguments_and_environment_and_its_output_comes_back(host: Host, tmp_path: Path) -> None:
    code = "import os, sys; print(os.environ['GREETING'], sys.argv[1]); print('oops', file=sys.stderr); sys.exit(3)"
    answers = list(host[1].RunPlugin(plugin(tmp_path, code)))
    assert b"".join(a.stdout for a in answers) == b"hello one\n"
    assert b"".join(a.stderr for a in answers) == b"oops\n"
    assert answers[-1].exitcode == 3


def test_an_interrupt_ends_the_host_its_plugin_and_says_nothing(host: Host, tmp_path: Path) -> None:
    process, stub = host
    stream = stub.RunPlugin(plugin(tmp_path, "import os, time; print(os.getpid(), flush=True); time.sleep(60)"))
    child = int(next(iter(stream)).stdout)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) in (0, -signal.SIGINT)  # the engine does not ask which
    assert process.stderr is not None
    assert process.stderr.read() == ""
    deadline = time.monotonic() + 60
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{child}").exists()


@pytest.mark.parametrize("warm", [False, True])
def test_a_host_whose_engine_is_gone_ends_with_its_plugin_in_seconds(tmp_path: Path, warm: bool) -> None:
    """A shell stands for the engine; killed, it can end nothing. `warm`: the host is forked, and not its child."""
    by = warmly() if warm else []
    with subprocess.Popen(
        ["sh", "-c", '"$@" & wait', "sh", sys.executable, *by, HOST],
        env={**os.environ, **starter.environment(changed=False)},
        stdout=subprocess.PIPE,
        text=True,
    ) as engine:
        assert engine.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{engine.stdout.readline().strip()}") as channel:
            stream = cast(Any, LanguageRuntimeStub)(channel).RunPlugin(
                plugin(tmp_path, "import os, time; print(os.getpid(), os.getppid(), flush=True); time.sleep(60)")
            )
            left = [psutil.Process(int(pid)) for pid in next(iter(stream)).stdout.split()]
            engine.kill()
            assert psutil.wait_procs(left, timeout=5)[1] == []


def test_a_host_whose_engine_is_gone_before_it_starts_ends() -> None:
    command = [sys.executable, HOST, f"127.0.0.1:{free_port()}"]
    assert subprocess.run(command, capture_output=True, timeout=30).returncode == 0


def test_an_error_in_the_program_is_shown_from_the_persons_own_line(tmp_path: Path) -> None:
    engine = Engine.create(tmp_path)
    (tmp_path / "__main__.py").unlink()
    (tmp_path / "__main__.py").write_text("def build():\n    raise ValueError('boom')\n\nbuild()\n")
    engine.configure("test")
    said = engine.up("test", check=False)
    assert "Program failed with an unhandled exception:" in said
    assert f'File "{tmp_path}/__main__.py", line 4, in <module>' in said
    assert "ValueError: boom" in said
    assert "runpy" not in said


def test_a_syntax_error_is_shown(tmp_path: Path) -> None:
    engine = Engine.create(tmp_path)
    (tmp_path / "__main__.py").unlink()
    (tmp_path / "__main__.py").write_text("def :\n")
    engine.configure("test")
    assert "SyntaxError: invalid syntax" in engine.up("test", check=False)


def test_the_interpreter_is_the_projects_own(host: Host) -> None:
    about = host[1].About(messages.AboutRequest())
    assert Path(about.executable).parent == Path(sys.executable).parent
    assert os.access(about.executable, os.X_OK)
