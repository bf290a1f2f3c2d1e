"""pip installs `milvus_contract` from its folder, with build tools from a package index."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("options", [[], ["-e"]], ids=["copied", "editable"])
def test_what_pip_installs_can_be_imported_from_anywhere(tmp_path: Path, options: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    command = [python, "-m", "pip", "install", "--quiet", "--no-deps", *options, "./milvus_contract"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if "No matching distribution found for hatchling" in answer.stderr:
        pytest.skip("no package index can be reached")
    assert answer.returncode == 0, answer.stderr
    program = "import milvus_contract; print(milvus_contract.__name__, bool(milvus_contract.read))"
    said = subprocess.run([python, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert (said.stdout, said.stderr) == ("milvus_contract True\n", "")


def test_the_lock_says_how_it_is_installed() -> None:
    """It is complete, and leaves out what its packages ask for and never use: pip must not look for more."""
    head = (ROOT / "requirements.txt").read_text().splitlines()[:3]
    assert "#    make lock (install it by: pip install --no-deps --requirement requirements.txt)" in head
