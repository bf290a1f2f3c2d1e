import subprocess
import sys

from tests.engine import ROOT


def test_an_unknown_stack_is_one_line_and_exit_code_1() -> None:
    command = [sys.executable, "-m", "operations", "smoke", "--stack", "no-such-stack"]
    environment = {"PULUMI_BACKEND_URL": "file:///nowhere", "PATH": "", "PULUMI_CONFIG_PASSPHRASE": ""}
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: the outputs of stack no-such-stack can't be read: ")
    assert "Traceback" not in answer.stderr
