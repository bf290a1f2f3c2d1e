"""The command `index`, with a real Milvus Lite server and a model endpoint for tests."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from examples.rag_openai.store import Store
from tests.engine import ROOT, free_port
from tests.examples.rag_openai.conftest import Run
from tests.examples.rag_openai.model_server import KEY, ModelServer

Rows = Callable[[], dict[str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "bread.md").write_text("# Bread\n\n## Flour\n\nRye needs water.\n\n## Oven\n\nVery hot.\n")
    (folder / "tea.md").write_text("# Tea\n\nFour minutes.\n")
    return folder


def test_passages_are_stored_once_however_often_a_folder_is_indexed(
    folder: Path, run: Run, rows: Rows, model: ModelServer
) -> None:
    code, said = run("index", folder)
    assert code == 0
    assert "2 documents, 3 passages written, 0 kept, 0 removed" in said
    first = rows()
    assert sorted(first.values()) == ["Four minutes.", "Rye needs water.", "Very hot."]
    asked = len(model.embedded)
    code, said = run("index", folder)
    assert "2 documents, 0 passages written, 3 kept, 0 removed" in said
    assert rows() == first
    assert model.embedded[asked:] == ["dimension"], "what is stored is not embedded again"


def test_changed_documents_are_replaced_and_deleted_ones_removed(folder: Path, run: Run, rows: Rows) -> None:
    run("index", folder)
    (folder / "bread.md").write_text("# Bread\n\n## Flour\n\nRye needs water.\n\n## Oven\n\n230 degrees.\n")
    (folder / "tea.md").unlink()
    _, said = run("index", folder)
    assert "1 documents, 1 passages written, 1 kept, 2 removed" in said
    assert sorted(rows().values()) == ["230 degrees.", "Rye needs water."]


def test_another_folder_in_the_same_collection_is_left_alone(
    folder: Path, tmp_path: Path, run: Run, rows: Rows
) -> None:
    other = tmp_path / "docs_2"  # begins with the first one's name
    other.mkdir()
    (other / "milk.txt").write_text("Cold.")
    run("index", other)
    run("index", folder)
    (folder / "tea.md").unlink()
    run("index", folder)
    assert sorted(rows().values()) == ["Cold.", "Rye needs water.", "Very hot."]


def test_one_file_replaces_nothing_but_itself(folder: Path, run: Run, rows: Rows) -> None:
    run("index", folder)
    (folder / "tea.md").write_text("# Tea\n\nThree minutes.\n")
    (folder / "bread.md").unlink()
    run("index", folder / "tea.md")
    assert sorted(rows().values()) == ["Rye needs water.", "Three minutes.", "Very hot."]


def test_a_call_that_fails_for_a_moment_is_repeated(
    folder: Path, run: Run, rows: Rows, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_RETRIES", "2")
    model.fail_with = [503, 429]
    code, _ = run("index", folder)
    assert code == 0
    assert len(rows()) == 3


def empty(folder: Path, _model: ModelServer) -> dict[str, str]:
    for file in folder.iterdir():
        file.unlink()
    return {}


def no_text(folder: Path, _model: ModelServer) -> dict[str, str]:
    (folder / "bread.md").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    with (folder / "tea.md").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    return {}


def down(_folder: Path, _model: ModelServer) -> dict[str, str]:
    return {"RAG_EMBEDDING_BASE_URL": f"http://127.0.0.1:{free_port()}/v1"}


def wrong_key(_folder: Path, _model: ModelServer) -> dict[str, str]:
    return {"RAG_EMBEDDING_API_KEY": "sk-wrong"}


def wrong_path(_folder: Path, model: ModelServer) -> dict[str, str]:
    return {"RAG_EMBEDDING_BASE_URL": model.address.replace("/v1/", "/")}


def other_dimension(_folder: Path, _model: ModelServer) -> dict[str, str]:
    return {"RAG_EMBEDDING_DIMENSION": "32"}


def other_model(_folder: Path, _model: ModelServer) -> dict[str, str]:
    return {"RAG_EMBEDDING_MODEL": "letters"}


def no_api(_folder: Path, model: ModelServer) -> dict[str, str]:
    model.answer = "<html>It works!</html>"
    return {}


def too_few_vectors(_folder: Path, model: ModelServer) -> dict[str, str]:
    model.answer = {"object": "list", "data": []}
    return {}


def broken(_folder: Path, model: ModelServer) -> dict[str, str]:
    model.fail_with = [500]
    return {}


FAULTS = [
    (empty, r"docs holds no document"),
    (no_text, r"bread\.md: no UTF-8 text \(byte 0\).*\n.*tea\.md: 100 MiB, the limit is 10: split it"),
    (down, r"the embedding endpoint http://127\.0\.0\.1:\d+/v1 can't be reached .*does it run\?"),
    (wrong_key, r"refuses the key \(401\): set RAG_EMBEDDING_API_KEY"),
    (wrong_path, r"answers 404: is RAG_EMBEDDING_MODEL=words served there, and does RAG_EMBEDDING_BASE_URL end in /v1"),
    (no_api, r"does not speak OpenAI's API"),
    (too_few_vectors, r"does not speak OpenAI's API"),
    (broken, r"answers 500: .*switched on"),
]
COLLECTION_FAULTS = [
    (other_dimension, r"has vectors of 64 dimensions, words gives 32: choose another RAG_COLLECTION, or drop this one"),
    (other_model, r"holds vectors of words, the model now is letters"),
]


@pytest.mark.parametrize(
    ("before", "fault", "said"),
    [("nothing", *each) for each in FAULTS] + [("a collection", *each) for each in FAULTS + COLLECTION_FAULTS],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    before: str,
    fault: Callable[[Path, ModelServer], dict[str, str]],
    said: str,
    folder: Path,
    run: Run,
    rows: Rows,
    milvus: Any,
    model: ModelServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if before == "a collection":
        run("index", folder)
    (folder / "tea.md").write_text("# Tea\n\nFive minutes.\n")
    stored, collections = rows(), sorted(milvus.list_collections())
    for name, value in fault(folder, model).items():
        monkeypatch.setenv(name, value)
    code, printed = run("index", folder)
    assert code == 1
    assert printed.startswith("error: ")
    assert "sk-wrong" not in printed
    assert re.search(said, printed), printed
    assert rows() == stored
    assert sorted(milvus.list_collections()) == collections


def test_a_collection_of_somebody_else_is_not_touched(
    folder: Path, run: Run, milvus: Any, environment: dict[str, str]
) -> None:
    name = environment["RAG_COLLECTION"]
    milvus.create_collection(name, dimension=64)
    milvus.insert(name, [{"id": 1, "vector": [1.0] * 64}])
    code, said = run("index", folder)
    assert code == 1
    assert f"collection {name} was not made by this tool" in said
    assert milvus.query(name, filter="", limit=10, output_fields=["id"]) == [{"id": 1}]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """2,000 passages in 20 documents."""
    folder = tmp_path / "many"
    folder.mkdir()
    for document in range(20):
        parts = [f"## Part {part}\n\nNumber {document * 100 + part} of many.\n" for part in range(100)]
        (folder / f"{document}.md").write_text("\n".join(["# Book", *parts]))
    return folder


def test_an_endpoint_that_dies_halfway_leaves_whole_batches_that_the_next_run_keeps(
    many: Path, run: Run, rows: Rows, model: ModelServer
) -> None:
    served = model.respond

    def respond(path: str, key: str | None, body: dict[str, Any]) -> tuple[int, Any]:
        return served(path, key, body) if len(model.embedded) < 400 else (500, {"error": {"message": "out of memory"}})

    model.respond = respond
    code, said = run("index", many)
    assert code == 1
    assert "answers 500" in said
    assert len(rows()) == 448  # seven batches of 64
    model.respond = served
    _, said = run("index", many)
    assert "20 documents, 1552 passages written, 448 kept, 0 removed" in said
    assert len(rows()) == 2000


def test_a_killed_run_is_continued_without_duplicates_or_work_done_twice(
    many: Path, run: Run, rows: Rows, model: ModelServer, environment: dict[str, str]
) -> None:
    model.stop_after = 1000
    command = [sys.executable, "-m", "examples.rag_openai", "index", str(many)]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.DEVNULL) as process:
        assert model.reached.wait(300)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    kept = len(rows())
    assert kept == 960  # fifteen batches of 64
    model.stop_after = None
    model.release.set()
    code, said = run("index", many)
    assert code == 0
    assert f"20 documents, {2000 - kept} passages written, {kept} kept, 0 removed" in said
    assert "2000/2000" in said, "progress counts what was there"
    texts = rows().values()
    assert len(texts) == len(set(texts)) == 2000
    passages = [text for text in model.embedded if text != "dimension"]
    assert len(passages) - len(set(passages)) <= 64, "the batch that was on its way"


def test_a_collection_whose_maker_was_killed_before_its_index_is_completed(
    folder: Path, run: Run, rows: Rows, milvus: Any, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Store, "_prepare", lambda self: sys.exit("killed"))
        with pytest.raises(SystemExit, match="killed"):
            run("index", folder)
    name = environment["RAG_COLLECTION"]
    assert milvus.has_collection(name)
    assert milvus.list_indexes(name) == []
    code, _ = run("index", folder)
    assert code == 0
    assert len(rows()) == 3
    assert milvus.describe_index(name, "vector")["index_type"] == "HNSW"


def test_the_key_of_another_service_is_never_sent(
    folder: Path, run: Run, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAG_EMBEDDING_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)  # would be right here: sent, it would be taken
    assert "refuses the key (401)" in run("index", folder)[1]
