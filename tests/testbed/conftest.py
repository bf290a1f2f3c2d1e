"""What the tests on the real data plane share. Without Java, Maven or the right to make namespaces they are skipped."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from rehearsal.run import UnavailableError
from testbed import namespace, toolchain

ENOUGH_SECONDS = 900


@pytest.fixture(scope="session")
def available() -> None:
    try:
        toolchain.provide()
        namespace.check()
    except UnavailableError as error:
        pytest.skip(f"no data plane: {error}")


@pytest.fixture(scope="session")
def report(available: None) -> dict[str, Any]:
    """Of one rehearsal of stack dev on the real data plane, as a person would run it."""
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
    """What a module prints as JSON in a namespace of its own."""
    environment = {**os.environ, namespace.INSIDE: "1"}
    command = namespace.command(sys.executable, "-m", module)
    done = subprocess.run(
        command, cwd=toolchain.ROOT, env=environment, capture_output=True, text=True, timeout=ENOUGH_SECONDS
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
