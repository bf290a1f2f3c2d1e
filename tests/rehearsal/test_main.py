"""The command line, where it starts nothing."""

import subprocess
import sys

from rehearsal.stage import ROOT


def test_a_stack_on_this_machine_needs_no_rehearsal() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "rehearsal", "local", "--json"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("local needs no rehearsal: its Milvus runs on this machine")
