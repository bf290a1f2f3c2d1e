"""A copy between two local stacks is whole, may be killed, and touches nothing that it did not make."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from operations.backup import copying, progress, rows
from operations.backup.copy import copy
from operations.stack import StackError
from tests.milvus_lite import running
from tests.operations.backup import collections
from tests.operations.backup.collections import client

pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
KINDS = {"documents": 60, "parts": 40, "texts": 60, "generated": 30}


class Killed(BaseException):
    """Ends a copy where SIGKILL would: nothing after it runs but what the interpreter itself does."""


class Pair:
    """Two local servers, of which the first is filled."""

    def __init__(self, source: str, target: str, folder: Path) -> None:
        self.source, self.target, self.folder = source, target, folder

    def copy(self, *, only: str = "", overwrite: str = "", kill_after: int = 0) -> int:
        def say(line: str) -> None:
            nonlocal kill_after
            kill_after -= " rows" in line
            if kill_after == 0 and " rows" in line:
                raise Killed

        options: dict[str, Any] = {"only": only.split() or None, "overwrite": overwrite.split()}
        return copy(self.source, self.target, **options, as_json=False, say=say, folder=self.folder)

    def empty(self) -> None:
        for server in (client(self.target), client(self.target, database="other")):
            for name in server.list_collections():
                for alias in server.list_aliases(name)["aliases"]:
                    server.drop_alias(alias)
                server.drop_collection(name)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    folder = tmp_path_factory.mktemp("servers")
    with running(folder / "a") as a, running(folder / "b") as b:
        uris = f"http://127.0.0.1:{a.port}", f"http://127.0.0.1:{b.port}"
        for uri in uris:
            client(uri).create_database("other")
        for name, number in KINDS.items():
            getattr(collections, name)(client(uris[0]), number)
        collections.texts(client(uris[0], database="other"), 5)
        yield uris


@pytest.fixture
def pair(servers: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pair:
    monkeypatch.setattr(rows, "batch_rows", lambda _: 8)
    pair = Pair(*servers, tmp_path)
    pair.empty()
    return pair


def test_everything_is_there_and_compared_and_a_second_run_changes_nothing(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pair.copy() == 0
    said = capsys.readouterr().out
    for name in (*(f"default.{kind}" for kind in KINDS), "other.texts"):
        assert f"{name}: rows same" in said
    assert "DIFFERS" not in said
    target = client(pair.target)
    assert target.query("documents_now", filter="pk == 1", output_fields=["note"])[0]["note"] == "n1 again"
    assert pair.copy() == 0
    assert target.query("documents", output_fields=["count(*)"])[0]["count(*)"] == 54


@pytest.mark.parametrize(
    "collection",
    ["parts", *(pytest.param(name, marks=pytest.mark.slow) for name in ("documents", "texts", "generated"))],
)
def test_a_copy_that_is_killed_five_times_is_whole_in_the_end(pair: Pair, collection: str) -> None:
    for number in (1, 1, 2, 1, 1):
        if collection == "generated":
            number = 2
        with pytest.raises(Killed):
            pair.copy(only=collection, kill_after=number)
    assert pair.copy(only=collection) == 0


def test_a_batch_that_was_sent_without_an_answer_is_not_there_twice(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def acknowledge(*_: Any) -> int:
        raise Killed

    monkeypatch.setattr(progress.Progress, "acknowledge", acknowledge)
    with pytest.raises(Killed):
        pair.copy(only="parts")
    monkeypatch.undo()
    upserts: list[int] = []
    parts = copying._parts  # pyright: ignore[reportPrivateUsage]

    def recorded(*arguments: Any) -> Any:
        for batch, again in parts(*arguments):
            upserts.append(len(batch) if again else 0)
            yield batch, again

    monkeypatch.setattr(copying, "_parts", recorded)
    assert pair.copy(only="parts") == 0
    assert sum(upserts) >= 8  # Milvus has both rows where Milvus Lite has the last one


def test_a_collection_that_somebody_else_made_is_refused_before_anything_is_written(pair: Pair) -> None:
    target = client(pair.target)
    collections.texts(target, 3)
    with pytest.raises(StackError, match=r'has default.texts, which this copy did not make; .* OVERWRITE="default.tex'):
        pair.copy()
    assert target.list_collections() == ["texts"]
    assert pair.copy(only="texts", overwrite="texts") == 0
    assert target.query("texts", output_fields=["count(*)"])[0]["count(*)"] == 60


def test_a_name_that_the_source_does_not_have_is_refused(pair: Pair) -> None:
    with pytest.raises(StackError, match=r"default.nothing: no such collection in the manifest"):
        pair.copy(only="nothing")
    with pytest.raises(StackError, match=r"OVERWRITE names default.nothing, which"):
        pair.copy(only="texts", overwrite="nothing")


def test_rows_that_are_written_meanwhile_are_found_out(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    source = client(pair.source)
    assert pair.copy(only="texts") == 0
    row = {"name": "new", "vector": [0.0] * 4}
    client(pair.target).insert("texts", [row])
    try:
        source.insert("texts", [row | {"name": "other"}])
        assert pair.copy(only="texts") == 1
    finally:
        source.delete("texts", ids=["other"])
    said = capsys.readouterr()
    assert "61 rows, expected 60" in said.out
    assert "has changed since the copy began: stop its writers" in said.err


def test_two_copies_at_once_and_a_copy_of_a_stack_to_itself_are_refused(pair: Pair) -> None:
    with progress.kept(pair.source, pair.target, pair.folder), pytest.raises(StackError, match="is running; wait for"):
        pair.copy()
    pair.target = pair.source
    with pytest.raises(StackError, match="FROM and TO are both http"):
        pair.copy()
