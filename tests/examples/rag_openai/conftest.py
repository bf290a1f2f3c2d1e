"""Fixtures: one Milvus Lite server for all tests, a collection and a model endpoint for each."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.rag_openai.__main__ import main
from tests.engine import free_port
from tests.examples.rag_openai.model_server import ModelServer, serving


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Value of RAG_STACK for a running Milvus Lite, which is started as by `make up`."""
    from milvus_contract import connect

    folder = tmp_path_factory.mktemp("milvus")
    port = free_port()
    place = ["--data-dir", str(folder / "data"), "--host", "127.0.0.1", "--port", str(port)]
    contract = folder / "outputs.json"
    address = {"milvus_uri": f"http://127.0.0.1:{port}", "milvus_host": "127.0.0.1", "milvus_port": port}
    contract.write_text(json.dumps({"contract_version": "1.0", "target": "embedded", "milvus_tls": False, **address}))
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-m", "milvus_lite", "server", *place], stdout=log, stderr=log)
    try:
        connect(f"file:{contract}", timeout_seconds=300, progress=lambda line: None).close()
        yield f"file:{contract}"
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def milvus(stack: str) -> Iterator[Any]:
    """A MilvusClient, to check what the example has written."""
    from milvus_contract import connect

    client = connect(stack)
    yield client
    client.close()


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with serving() as server:
        yield server


@pytest.fixture
def environment(stack: str, model: ModelServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings of the example, with a collection for this test only, and vectors from the model endpoint."""
    for name in [name for name in os.environ if name.startswith("RAG_")]:
        monkeypatch.delenv(name)
    given = {"RAG_STACK": stack, "RAG_COLLECTION": f"c_{uuid.uuid4().hex[:12]}", **model.environment}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command; returns its exit code and its whole output."""

    def run(*words: str | Path) -> tuple[int, str]:
        code = main([str(word) for word in words])
        return code, "".join(capsys.readouterr())

    return run


@pytest.fixture
def rows(milvus: Any, environment: dict[str, str]) -> Callable[[], dict[str, str]]:
    """Sorted keys and texts of the collection; none if it does not exist."""

    def rows() -> dict[str, str]:
        name = environment["RAG_COLLECTION"]
        if not milvus.has_collection(name):
            return {}
        found = milvus.query(name, filter="", limit=10000, output_fields=["id", "text"])
        assert len(found) == len({row["id"] for row in found})
        return {row["id"]: row["text"] for row in sorted(found, key=lambda row: row["id"])}

    return rows
