"""The whole system on a local stack: a real OGX server with inline::milvus and the generated configuration."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openai
import pytest

from examples.rag_llama_stack import RagError
from examples.rag_llama_stack.__main__ import main
from examples.rag_llama_stack.client import Client
from examples.rag_llama_stack.configuration import CHAT_KEY
from examples.rag_llama_stack.embeddings import Handler
from examples.rag_llama_stack.server import running
from examples.rag_openai.documents import Document, Section
from examples.rag_openai.minilm import Array, MiniLM
from tests.engine import ROOT
from tests.examples.rag_llama_stack import chat_server
from tests.examples.rag_llama_stack.conftest import Run, contract, free_ports

DOCUMENTS = ROOT / "examples" / "documents"
QUESTIONS: list[dict[str, str]] = json.loads((ROOT / "examples" / "questions.json").read_text())


@dataclass(frozen=True)
class System:
    url: str
    folder: Path

    @property
    def client(self) -> Client:
        return Client(self.url, "documents")

    @property
    def held(self) -> tuple[list[str], int]:
        """Names of the vector stores, and how many files there are."""
        api = openai.OpenAI(base_url=f"{self.url}/v1", api_key="none")
        return [str(store.name) for store in api.vector_stores.list()], len(list(api.files.list()))


@pytest.fixture(scope="module")
def system(ogx: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A server that was started again after the handbook had been ingested."""
    folder = tmp_path_factory.mktemp("ogx")
    with chat_server.serving() as chat, pytest.MonkeyPatch.context() as patch:
        patch.setenv(CHAT_KEY, chat_server.KEY)
        options = ["--milvus", "inline", "--folder", str(folder), "--port", str(free_ports())]
        options += ["--chat-model", chat_server.MODEL, "--chat-url", chat]
        assert not main(["configure", "--stack", contract(folder), *options])
        with running(folder, "") as url:
            assert not main(["ingest", str(DOCUMENTS), "--url", url])
        with running(folder, "") as url:
            yield System(url, folder)


def test_at_least_18_of_20_questions_find_their_passage_among_three(system: System) -> None:
    found = [
        any(
            question["snippet"] in " ".join(passage.text.split()) and passage.source == f"documents/{question['file']}"
            for passage in system.client.retrieve(question["question"])
        )
        for question in QUESTIONS
    ]
    assert sum(found) >= 18, [question["question"] for question, hit in zip(QUESTIONS, found, strict=True) if not hit]


def test_an_answer_is_written_from_the_passages_found(system: System, run: Run) -> None:
    code, printed = run("ask", "What happens to corrupted uploads?", "--url", system.url)
    assert not code
    answer, sources = printed.split("(written by chat/parrot)")
    assert "is moved to the quarantine folder" in answer
    assert "documents/ingest.md" in sources


def test_a_refused_key_is_an_error_that_names_the_model(
    system: System, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_server.Handler, "key", "another key")
    code, printed = run("ask", "What happens to corrupted uploads?", "--url", system.url)
    assert code == 1
    assert "chat/parrot gave no answer: no such key" in printed
    assert chat_server.KEY not in printed


def test_documents_take_the_place_of_those_before_only_when_all_are_in(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(MiniLM):
        def embed(self, texts: object) -> Array:
            return np.zeros((1, 383), np.float32)

    assert system.held == (["documents"], 20)
    documents = [Document(f"more/{name}.md", [Section(name, f"All about {name}.")]) for name in ("tides", "gulls")]
    with monkeypatch.context() as patch:
        patch.setattr(Handler, "model", Wrong())
        with pytest.raises(RagError, match=r"nothing is stored: .*dimension 383, expected 384"):
            system.client.ingest(documents)
    assert system.held == (["documents"], 20)
    system.client.ingest(documents)
    assert system.held == (["documents"], 2)
    assert {passage.source for passage in system.client.retrieve("sea birds")} == {"more/gulls.md", "more/tides.md"}


def test_a_name_that_was_never_ingested_is_an_error(system: System, run: Run) -> None:
    code, printed = run("ask", "Why?", "--url", system.url, "--store", "letters")
    assert (code, printed) == (1, "error: the server has no documents under the name letters: ingest them first")


def test_neither_the_configuration_nor_the_log_has_the_key(system: System) -> None:
    for name in ("run.yaml", "server.log"):
        assert chat_server.KEY not in (system.folder / name).read_text()


def test_a_second_server_on_the_same_port_is_refused(system: System) -> None:
    with pytest.raises(RagError, match="is taken, perhaps by another OGX server"), running(system.folder, ""):
        pass
