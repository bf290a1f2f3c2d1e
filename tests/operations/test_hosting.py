import os
import subprocess
import sys
from pathlib import Path

from components.embedded.server import answers
from tests.engine import ROOT, Engine, free_port

HOSTED = """
import os, subprocess, sys
from operations.hosting import hosted
with hosted() as (options, environment):
    code = subprocess.run([*sys.argv[1:], *options], env={**os.environ, **environment}).returncode
sys.exit(code)
"""


def hosted(engine: Engine, *command: str) -> tuple[int, str]:
    """Exit code and output of a command of the CLI, with the program and the provider in the process that starts it."""
    cli = [str(ROOT / ".tools/bin/pulumi"), *command, "--stack", "test", "--yes", "--skip-preview", "--non-interactive"]
    environment = {**engine.environment, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    answer = subprocess.run(
        [sys.executable, "-c", HOSTED, *cli],
        cwd=engine.folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return answer.returncode, answer.stdout


def test_what_was_deployed_in_one_process_is_the_same_for_the_cli_alone(tmp_path: Path) -> None:
    engine = Engine.create(tmp_path)
    port = free_port()
    engine.configure("test", target="embedded", embedded={"port": port})
    code, said = hosted(engine, "up")
    assert code == 0, said
    assert answers(port)
    assert "3 unchanged" in engine.up("test", "--expect-no-changes")
    code, said = hosted(engine, "destroy")
    assert code == 0, said
    assert not answers(port, seconds=1)


def test_wrong_settings_are_shown_once_and_without_a_traceback(tmp_path: Path) -> None:
    engine = Engine.create(tmp_path)
    engine.configure("test", target="embedded", embedded={"port": 1})
    code, said = hosted(engine, "up")
    assert code == 1
    assert said.partition("Diagnostics:")[2].count("milvus-on-aws:embedded.port: 1 is not allowed: at least 1024.") == 1
    assert "Traceback" not in said
