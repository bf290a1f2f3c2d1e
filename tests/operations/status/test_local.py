"""What `make status` says of a stack on this machine: rows, memory, and when to move on."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pymilvus import MilvusClient

from operations.status import local
from tests.milvus_lite import running

GIB = 2**30


class FakeClient:
    """A MilvusClient of a server with these rows, each with a vector of 768 numbers."""

    def __init__(self, **rows: int) -> None:
        self.rows, self.closed = rows, False

    def list_databases(self) -> list[str]:
        return ["default"]

    def use_database(self, _: str) -> None: ...

    def list_collections(self) -> list[str]:
        return list(self.rows)

    def get_collection_stats(self, name: str) -> dict[str, int]:
        return {"row_count": self.rows[name]}

    def describe_collection(self, _: str) -> dict[str, Any]:
        return {"fields": [{"name": "id", "params": {}}, {"name": "vector", "params": {"dim": 768}}]}

    def close(self) -> None:
        self.closed = True


class FakeProcess(psutil.Process):
    """A process that takes 3 GiB."""

    def memory_info(self) -> Any:
        return type("Memory", (), {"rss": 3 * GIB})


def said(total_gib: float, **rows: int) -> tuple[str, str]:
    return local.rows(lambda: FakeClient(**rows), int(total_gib * GIB))


def test_a_stack_with_room_says_what_it_holds_and_its_client_is_closed() -> None:
    client = FakeClient(books=9_998, films=2)
    assert local.rows(lambda: client, 8 * GIB) == ("good", "10,000 rows in 2 collections, 29 MiB of vectors")
    assert client.closed


def test_a_million_rows_are_time_for_another_stack_whatever_the_memory() -> None:
    state, text = said(1024, books=1_000_000)
    assert state == "soon"
    assert text.startswith("1,000,000 rows in 1 collection, 2,930 MiB of vectors: time for a stack on AWS")


def test_vectors_that_need_half_of_the_memory_while_they_are_indexed_are_told_before_it_hurts() -> None:
    assert said(8, books=100_000)[0] == "good"
    state, text = said(4, books=100_000)
    assert state == "soon"
    assert "293 MiB of vectors, which need up to 3.7 of 4.0 GiB memory while they are indexed: time for" in text


@pytest.mark.parametrize(("free_gib", "state"), [(3, "good"), (2.9, "soon")])
def test_a_server_has_room_if_it_could_grow_as_much_again(free_gib: float, state: str) -> None:
    found, text = local.memory(FakeProcess(os.getpid()), int(free_gib * GIB))
    assert found == state
    assert text.startswith("the server takes 3,072 MiB")


def test_a_stack_without_a_server_says_what_to_type() -> None:
    assert local.memory(None, GIB) == ("bad", "no server of this stack runs: `make up`")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    client_type: Any = MilvusClient
    with running(tmp_path) as server:
        yield client_type(f"http://127.0.0.1:{server.port}")


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_rows_of_every_database_count(client: Any) -> None:
    for database in ("default", "other"):
        if database != "default":
            client.create_database(database)
            client.use_database(database)
        client.create_collection("c", 4)
        client.insert("c", [{"id": 1, "vector": [1.0] * 4}])
    assert local.rows(lambda: client, GIB) == ("good", "2 rows in 2 collections, 0 MiB of vectors")
