import subprocess
import sys

import pytest

from operations.stack import StackError, parse_contract
from tests.engine import ROOT


def test_a_stack_that_was_never_deployed_says_how_to_deploy_it() -> None:
    with pytest.raises(StackError, match="stack dev is not deployed; run `make up STACK=dev`"):
        parse_contract({}, "dev")


def test_another_major_version_of_the_contract_is_refused() -> None:
    with pytest.raises(StackError, match=r"stack dev has contract version 2.0, this program reads 1\.\d"):
        parse_contract({"contract_version": "2.0", "target": "aws"}, "dev")


def test_a_newer_minor_version_is_read() -> None:
    assert parse_contract({"contract_version": "1.9", "target": "aws", "new": 1}, "dev").nlb_arn is None


def test_an_unknown_stack_is_one_line_and_exit_code_1() -> None:
    command = [sys.executable, "-m", "operations", "smoke", "--stack", "no-such-stack"]
    environment = {"PULUMI_BACKEND_URL": "file:///nowhere", "PATH": "", "PULUMI_CONFIG_PASSPHRASE": ""}
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: the outputs of stack no-such-stack can't be read: ")
    assert "Traceback" not in answer.stderr
