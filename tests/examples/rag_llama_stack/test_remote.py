"""The whole system with remote::milvus, on a Milvus that demands a token and on the Milvus Lite of a local stack.

Ollama's provider writes the answers of the former.
"""

from pathlib import Path
from typing import Any, cast

import pytest
from pymilvus import MilvusClient

from components.embedded.server import Server, start, stop
from examples.rag_llama_stack.client import Client
from examples.rag_llama_stack.server import running
from examples.rag_openai.documents import Document, Section
from tests.engine import free_port
from tests.examples.rag_llama_stack import chat_server, guarded_milvus
from tests.examples.rag_llama_stack.conftest import Run, contract, free_ports

# A detached server is meant to outlive the object that started it.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")

TIDES = Document("sea/tides.md", [Section("Tides", "The harbour's water is highest at noon.")])
GULLS = Document("sea/gulls.md", [Section("Gulls", "Gulls steal sandwiches.")])


def test_vectors_go_into_the_stacks_milvus_and_answers_come_out_of_it(
    ogx: None, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_server.Handler, "key", "NO KEY REQUIRED")  # what OGX sends to Ollama
    with guarded_milvus.serving(tmp_path) as uri, chat_server.serving() as chat:
        stack = contract(tmp_path, target="aws", milvus_uri=uri)
        options = ["--folder", tmp_path, "--port", free_ports(), "--ollama", "--chat-model", chat_server.MODEL]
        code, printed = run("configure", "--stack", stack, *options, "--chat-url", chat)
        assert (code, printed) == (0, f"{tmp_path}/run.yaml: remote::milvus at {uri}")
        with running(tmp_path, guarded_milvus.TOKEN) as url:
            client = Client(url, "sea")
            client.ingest([TIDES, GULLS])
            answer = client.ask("When is the water highest?")
        milvus = cast(Any, MilvusClient)(uri, token=guarded_milvus.TOKEN)
        [collection] = milvus.list_collections()
        assert collection.startswith("vs_")
        assert milvus.query(collection, filter="chunk_id != ''", output_fields=["content"])
        milvus.close()
    assert "The harbour's water is highest at noon." in str(answer.text)
    assert [passage.source for passage in answer.passages] == ["sea/tides.md", "sea/gulls.md"]
    for name in ("run.yaml", "server.log"):
        assert guarded_milvus.TOKEN not in (tmp_path / name).read_text()


def test_a_local_stacks_milvus_serves_too(ogx: None, run: Run, tmp_path: Path) -> None:
    local = Server(owner="milvus-on-aws/test", folder=str(tmp_path / "milvus"), port=free_port(), log_level="INFO")
    start(local)
    try:
        stack = contract(tmp_path, milvus_uri=f"http://127.0.0.1:{local.port}")
        assert run("configure", "--stack", stack, "--folder", tmp_path, "--port", free_ports())[0] == 0
        with running(tmp_path, "") as url:
            client = Client(url, "sea")
            client.ingest([TIDES, GULLS])
            assert client.retrieve("When is the water highest?")[0].source == "sea/tides.md"
        milvus = cast(Any, MilvusClient)(f"http://127.0.0.1:{local.port}")
        assert [name for name in milvus.list_collections() if name.startswith("vs_")]
        milvus.close()
    finally:
        stop(local)
