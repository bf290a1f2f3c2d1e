"""The table of operations in docs/consumers.md, on the testbed's real Milvus."""

import subprocess
import sys

import pytest

from testbed.toolchain import ROOT

SECONDS = 900


@pytest.mark.slow
@pytest.mark.usefixtures("available")
def test_every_operation_comes_out_on_milvus_2_3_5_as_the_table_says() -> None:
    command = [sys.executable, "-m", "testbed.behaviour", "milvus"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    assert done.stdout.splitlines()[-1].endswith("operations, 0 otherwise than docs/consumers.md says"), done.stdout
    assert done.returncode == 0
