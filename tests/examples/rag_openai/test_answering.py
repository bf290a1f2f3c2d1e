"""The command `ask` answers with sources, and explains each mistake."""

from pathlib import Path

import pytest

from tests.engine import free_port
from tests.examples.rag_openai.conftest import Run
from tests.examples.rag_openai.model_server import KEY, ModelServer

QUESTION = "How long are nightly copies kept?"


@pytest.fixture
def indexed(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("# Backups\n\nHello. Nightly copies are kept three \x1b[31mweeks. It rains.\n")
    (folder / "b.md").write_text("# Tea\n\nFour minutes.\n")
    run("index", folder)


@pytest.fixture
def chat(model: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CHAT_BASE_URL", model.address)
    monkeypatch.setenv("RAG_CHAT_MODEL", "writer")
    monkeypatch.setenv("RAG_CHAT_API_KEY", KEY)


@pytest.mark.usefixtures("indexed")
def test_without_a_chat_model_the_answer_is_quoted_and_says_so(run: Run) -> None:
    code, said = run("ask", QUESTION)
    assert code == 0
    assert "Nightly copies are kept three [31mweeks. [1]" in said.splitlines()[0]
    assert "(extractive: no chat model is set)" in said
    assert "\x1b" not in said, "a document can not steer the terminal"
    assert [line[:4] + line[9:] for line in said.splitlines() if line.startswith("[")] == [
        "[1]   docs/a.md  Backups",
        "[2]   docs/b.md  Tea",
    ]


@pytest.mark.usefixtures("indexed", "chat")
def test_a_chat_model_gets_the_numbered_passages_and_its_answer_names_it(run: Run, model: ModelServer) -> None:
    code, said = run("ask", QUESTION)
    assert code == 0
    assert said.startswith("Twenty-one days [1].\n(written by writer)\n")
    asked = model.asked[0]
    assert asked["model"] == "writer"
    assert "[1] Backups\nHello. Nightly copies are kept three \x1b[31mweeks." in asked["messages"][1]["content"]
    assert QUESTION in asked["messages"][1]["content"]


@pytest.mark.usefixtures("indexed", "chat")
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RAG_CHAT_API_KEY", "sk-wrong", "refuses the key (401): set RAG_CHAT_API_KEY"),
        ("RAG_CHAT_BASE_URL", "http://127.0.0.1:{port}/v1", "can't be reached"),
        ("RAG_CHAT_BASE_URL", "{root}", "answers 404: is RAG_CHAT_MODEL=writer served there"),
    ],
)
def test_a_wrong_chat_endpoint_is_said(
    run: Run, model: ModelServer, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value.format(port=free_port(), root=model.address.removesuffix("v1/")))
    code, printed = run("ask", QUESTION)
    assert code == 1
    assert said in printed
    assert "sk-wrong" not in printed


@pytest.mark.parametrize("question", ["", "  ", "x" * 1001])
@pytest.mark.usefixtures("indexed")
def test_no_question_or_too_long_a_one_is_refused(run: Run, question: str) -> None:
    code, said = run("ask", question)
    assert code == 1
    assert "it may have 1 to 1000" in said


def test_asking_before_indexing_says_what_to_run(run: Run) -> None:
    code, said = run("ask", QUESTION)
    assert code == 1
    assert "run `.venv/bin/python -m examples.rag_openai index FOLDER` first" in said


def test_no_stack_is_said(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAG_STACK", f"file:{tmp_path / 'none.json'}")
    code, said = run("ask", QUESTION)
    assert code == 1
    assert "none.json can't be read" in said
