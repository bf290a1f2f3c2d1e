"""What a folder may hold, on a real Milvus Lite: nothing is lost or stops the rest, and each omission is named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.examples.rag_openai.conftest import Run
from tests.examples.rag_openai.model_server import ModelServer
from tests.examples.rag_openai.test_endpoint import rows as changing

Rows = Callable[[], dict[str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


def test_a_name_that_begins_like_another_is_another(folder: Path, run: Run, rows: Rows) -> None:
    (folder / "plan.md").write_text("# A\n\none\n\n# B\n\ntwo\n")
    (folder / "plan.md.txt").write_text("the twin")
    (folder / "plan.md.d").mkdir()
    (folder / "plan.md.d" / "x.md").write_text("below")
    run("index", folder)
    (folder / "plan.md").write_text("# A\n\none\n")
    _, said = run("index", folder / "plan.md")
    assert "0 passages written, 1 kept, 1 removed" in said
    assert sorted(rows().values()) == ["below", "one", "the twin"]


def test_what_cannot_be_read_is_named_and_what_it_held_stays(folder: Path, run: Run, rows: Rows) -> None:
    (folder / "a.md").write_text("first")
    (folder / "b.md").write_text("second")
    run("index", folder)
    (folder / "a.md").write_bytes(b"\xff")
    (folder / "b.md").write_text("third")
    code, said = run("index", folder)
    assert code == 0
    assert "left out: notes/a.md: no UTF-8 text (byte 0): convert it, or move it out of the folder" in said
    assert "1 documents, 1 passages written, 0 kept, 1 removed; 1 left out" in said
    assert sorted(rows().values()) == ["first", "third"]


def test_a_passage_without_a_vector_is_named_and_the_rest_is_written(
    folder: Path, run: Run, rows: Rows, model: ModelServer
) -> None:
    (folder / "a.md").write_text("good")
    (folder / "b.md").write_text("no vector for this")
    (folder / "c.md").write_text("fine")

    def spoil(data: list[dict[str, object]]) -> list[dict[str, object]]:
        return [{**row, "embedding": [None] * 64} if len(data) == 3 and row["index"] == 1 else row for row in data]

    model.changed = changing(spoil)
    code, said = run("index", folder)
    assert code == 0
    assert "left out: notes/b.md: the model gives no vector for the passage 'no vector for this'" in said
    assert sorted(rows().values()) == ["fine", "good"]


def test_copies_of_a_page_are_found_once_with_their_places(folder: Path, run: Run) -> None:
    for name in ("a.md", "b.md", "c.md", "d.md"):
        (folder / name).write_text("# Copies\n\nNightly copies stay for 21 days.\n")
    (folder / "tea.md").write_text("# Tea\n\nFour minutes.\n")
    run("index", folder)
    code, said = run("ask", "How long do nightly copies stay?")
    assert code == 0
    found = [line.split("  ")[1:] for line in said.splitlines() if line.startswith("[")]
    assert [sorted(found[0][0].split(", ")), *found[1:]] == [
        ["notes/a.md", "notes/b.md", "notes/c.md", "notes/d.md"],
        ["notes/tea.md", "Tea"],
    ]


def test_a_folder_without_text_is_no_success(folder: Path, run: Run, rows: Rows) -> None:
    (folder / "a.md").write_text(" \n")
    code, said = run("index", folder)
    assert code == 1
    assert "notes/a.md: has no text" in said
    assert rows() == {}


@pytest.mark.parametrize("question", ["\udce9", "a\0b", "\u202e" * 9, "😀" * 500])
def test_no_question_ends_in_a_traceback(folder: Path, run: Run, question: str) -> None:
    (folder / "a.md").write_text("text")
    run("index", folder)
    code, said = run("ask", question)
    assert code in (0, 1)
    assert "Traceback" not in said
