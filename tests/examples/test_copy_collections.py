"""Copying between two real Milvus Lite servers: a client can read the same on both sides."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from pymilvus import DataType, MilvusClient

from components.embedded.server import Server, start, stop
from examples.copy_collections import main
from tests.engine import free_port

# A detached server is meant to outlive the object that started it.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


Sides = tuple[Any, Any, list[str]]
"""Clients of both servers in a database of their own, and the arguments that name all that."""


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    servers: list[Server] = []
    found: dict[str, Path] = {}
    for side in ("from", "to"):
        folder = tmp_path_factory.mktemp(side)
        server = Server(owner=side, folder=str(folder), port=free_port(), log_level="INFO")
        start(server)
        servers.append(server)
        uri = f"http://127.0.0.1:{server.port}"
        found[side] = folder / "contract.json"
        found[side].write_text(json.dumps({"contract_version": "1.0", "target": "embedded", "milvus_uri": uri}))
    yield found
    for server in servers:
        stop(server)


@pytest.fixture
def sides(contracts: dict[str, Path], request: pytest.FixtureRequest) -> Iterator[Sides]:
    database = f"d{abs(hash(request.node.name))}"
    clients: list[Any] = []
    for contract in contracts.values():
        uri = json.loads(contract.read_text())["milvus_uri"]
        client = cast(Any, MilvusClient)(uri)
        client.create_database(database)
        client.close()
        clients.append(cast(Any, MilvusClient)(uri, db_name=database))
    arguments = [word for side, contract in contracts.items() for word in (f"--{side}", f"file:{contract}")]
    yield clients[0], clients[1], [*arguments, "--database", database]
    for client in clients:
        client.close()


def fill(client: Any, name: str, rows: int) -> None:
    schema = client.create_schema(enable_dynamic_field=True)
    schema.add_field("key", DataType.INT64, is_primary=True)
    schema.add_field("text", DataType.VARCHAR, max_length=100)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=4)
    index = client.prepare_index_params()
    index.add_index("vector", index_type="HNSW", metric_type="COSINE", params={"M": 8, "efConstruction": 64})
    client.create_collection(name, schema=schema, index_params=index)
    data = [{"key": n, "text": f"row {n}", "vector": [n, 1, 2, 3], "extra": n % 7} for n in range(rows)]
    for start_at in range(0, rows, 500):
        client.insert(name, data[start_at : start_at + 500])
    client.delete(name, ids=[3, 5])


def test_rows_schema_and_index_arrive_deleted_rows_do_not(sides: Sides, capsys: pytest.CaptureFixture[str]) -> None:
    source, target, arguments = sides
    fill(source, "books", 2500)
    fill(source, "empty", 0)
    source.create_partition("books", "late")
    source.insert("books", [{"key": 9000, "text": "last", "vector": [0, 0, 0, 1], "extra": 1}], partition_name="late")
    assert main(arguments) == 0
    assert capsys.readouterr().out == "books: 2499 of 2499 rows\nempty: 0 of 0 rows\n"
    for key in (0, 2499, 9000):
        assert target.get("books", ids=[key]) == source.get("books", ids=[key])
    assert target.get("books", ids=[3, 5]) == []
    assert target.query("books", filter="extra == 1", partition_names=["late"], output_fields=["key"]) == [
        {"key": 9000}
    ]
    found = target.describe_index("books", "vector")
    assert (found["index_type"], found["metric_type"]) == ("HNSW", "COSINE")
    question = {"data": [[9, 1, 2, 3]], "limit": 3, "output_fields": ["text"]}
    assert [hit["key"] for hit in target.search("books", **question)[0]] == [
        hit["key"] for hit in source.search("books", **question)[0]
    ]


def test_a_collection_that_is_there_already_is_left_alone_and_named(
    sides: Sides, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target, arguments = sides
    fill(source, "books", 20)
    fill(target, "books", 10)
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert said.out == "books: exists on the other side, left alone\n"
    assert said.err == "error: not the same on both sides: books\n"
    assert target.query("books", output_fields=["count(*)"])[0]["count(*)"] == 8


def test_keys_that_milvus_generated_are_generated_anew(sides: Sides) -> None:
    source, target, arguments = sides
    source.create_collection("notes", dimension=4, auto_id=True)
    source.insert("notes", [{"vector": [n, 1, 1, 1], "text": str(n)} for n in range(5)])
    assert main(arguments) == 0
    rows = target.query("notes", filter="id >= 0", output_fields=["text"], limit=10)
    assert sorted(row["text"] for row in rows) == ["0", "1", "2", "3", "4"]


def test_a_side_that_exports_no_contract_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", "file:nowhere.json", "--to", "file:nowhere.json"]) == 1
    assert capsys.readouterr().err.startswith("error: nowhere.json can't be read")
