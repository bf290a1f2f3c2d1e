"""A smoke test that is interrupted ends within seconds, wherever the signal meets it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, cast

import psutil
import pytest
from pymilvus import MilvusClient

from components.embedded.server import Server, process_of
from milvus_contract import Contract, parse
from tests.engine import ROOT
from tests.milvus_lite import running

# A detached server is meant to outlive the object that started it.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")

PROGRAM = """
import sys
from milvus_contract import Contract
from operations.smoke import command
sys.exit(command("test", {!r}))
"""
LONG_ENOUGH_TO_BE_INTERRUPTED = """
import signal, sys
from pymilvus import MilvusClient
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts in the background
sys.stdout.reconfigure(line_buffering=True)
def flush(self, *_, **__):  # calls without end, so that the signal meets gRPC's own code
    while True:
        self.list_collections()
MilvusClient.flush = flush
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("milvus")) as lite:
        yield lite


def contract(server: Server) -> Contract:
    values = {"milvus_uri": f"http://127.0.0.1:{server.port}", "milvus_host": "127.0.0.1", "milvus_port": server.port}
    return parse({"contract_version": "1.0", "target": "embedded", **values}, "test")


def interrupt(server: Server, number: signal.Signals, stopped: psutil.Process | None = None) -> str:
    """What the test says that is interrupted during its flush, while the server is `stopped`."""
    code = LONG_ENOUGH_TO_BE_INTERRUPTED + PROGRAM.format(contract(server))
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "insert 3000 rows" in line:
                    break
            if stopped:
                stopped.suspend()
            process.send_signal(number)
            said, _ = process.communicate(timeout=60)
        finally:
            process.kill()
            if stopped:
                stopped.resume()
    assert process.returncode == 130
    return said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_drops_the_collection(server: Server, number: signal.Signals) -> None:
    assert "interrupted; its collection was dropped" in interrupt(server, number)
    client = cast(Any, MilvusClient)(f"http://127.0.0.1:{server.port}")
    assert client.list_collections() == []
    client.close()


@pytest.mark.slow
def test_an_interrupt_ends_the_test_of_a_milvus_that_hangs(server: Server) -> None:
    assert "interrupted; its collection may be left" in interrupt(server, signal.SIGINT, process_of(server))
