"""The command line, in cases in which no rehearsal starts."""

import subprocess
import sys

from rehearsal.stage import ROOT


def test_a_stack_without_settings_is_refused_with_those_there_are() -> None:
    command = [sys.executable, "-m", "rehearsal", "nope"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == "error: there is no Pulumi.nope.yaml; stacks with settings here: dev, local, prod\n"


def test_a_stack_on_this_machine_needs_no_rehearsal() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "rehearsal", "local", "--json"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("local needs no rehearsal: its Milvus runs on this machine")
