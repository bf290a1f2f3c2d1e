"""Fixtures of tests on the real data plane, which are skipped without Java, Maven or the right to create namespaces."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from testbed import namespace, toolchain

ENOUGH_SECONDS = 900


@pytest.fixture(scope="session")
def report(available: None) -> dict[str, Any]:
    """Report of one rehearsal of stack dev on the real data plane, run by the command that users type."""
    done = subprocess.run(
        [sys.executable, "-m", "testbed", "dev", "--json"],
        cwd=toolchain.ROOT,
        capture_output=True,
        text=True,
        timeout=ENOUGH_SECONDS,
    )
    assert done.stdout, done.stderr[-2000:]
    return json.loads(done.stdout)


def inside(module: str) -> dict[str, Any]:
    """Runs a module in a namespace of its own, and returns the JSON that it prints."""
    environment = {**os.environ, namespace.INSIDE: "1"}
    command = namespace.command(sys.executable, "-m", module)
    done = subprocess.run(
        command, cwd=toolchain.ROOT, env=environment, capture_output=True, text=True, timeout=ENOUGH_SECONDS
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
