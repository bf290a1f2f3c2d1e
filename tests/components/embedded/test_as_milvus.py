"""The local server behaves as Milvus does, where it can: it refuses and takes the same, and loses nothing."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pymilvus import AnnSearchRequest, DataType, Function, FunctionType, MilvusClient, MilvusException, RRFRanker

from components.embedded.as_milvus.filters import filled
from components.embedded.server import Server, start, stop
from tests.engine import free_port
from tests.milvus_lite import running

pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("milvus")) as server:
        yield server


def connected(server: Server) -> Any:
    client_type: Any = MilvusClient
    return client_type(f"http://127.0.0.1:{server.port}")


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Any]:
    client = connected(server)
    yield client
    client.close()


def schema(client: Any, **text: Any) -> Any:
    made = client.create_schema(auto_id=False)
    made.add_field("id", DataType.INT64, is_primary=True)
    made.add_field("vector", DataType.FLOAT_VECTOR, dim=4)
    if text:
        made.add_field("text", DataType.VARCHAR, **text)
    return made


@pytest.fixture
def collection(client: Any) -> Iterator[str]:
    """A collection with a short text, loaded."""
    params = client.prepare_index_params()
    params.add_index("vector", index_type="FLAT", metric_type="L2")
    client.create_collection("c", schema=schema(client, max_length=5), index_params=params)
    yield "c"
    client.drop_collection("c")


def row(key: int, text: str = "a", first: float = 1.0) -> dict[str, Any]:
    return {"id": key, "vector": [first, float(key), 0.0, 1.0], "text": text}


def refused(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(MilvusException, match=said):
        call()


@pytest.mark.parametrize("call", ["insert", "upsert"])
@pytest.mark.parametrize("text", ["abcdefghijkl", "äöü", "äöüä"])
def test_a_text_longer_than_its_field_in_bytes_is_refused(client: Any, collection: str, call: str, text: str) -> None:
    said = (
        rf"length of varchar field text exceeds max length, row number: 1, length: {len(text.encode())}, max length: 5"
    )
    refused(lambda: getattr(client, call)(collection, [row(1), row(2, text)]), said)
    assert client.query(collection, filter="id >= 0") == []
    getattr(client, call)(collection, [row(3, "äöa")])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_vector_that_is_none_is_refused(client: Any, collection: str, value: float) -> None:
    refused(lambda: client.insert(collection, [row(1, first=value)]), "value 'NaN' or 'Inf' is not a number")


@pytest.mark.parametrize("name", ["my-collection", "1st", "a.b", "a b", "größe", "x" * 256, "a$b"])
def test_a_name_that_milvus_refuses_is_refused(client: Any, collection: str, name: str) -> None:
    refused(lambda: client.create_collection(name, dimension=4), f"Invalid collection name: .*{name[-1]}")
    refused(lambda: client.create_database(name), "Invalid database name")
    refused(lambda: client.create_partition(collection, name), "Invalid partition name")
    refused(lambda: client.create_alias(collection, name), "Invalid collection alias name")
    refused(lambda: client.rename_collection(collection, name), "Invalid collection name")
    made = client.create_schema()
    made.add_field("id", DataType.INT64, is_primary=True)
    made.add_field(name, DataType.FLOAT_VECTOR, dim=4)
    refused(lambda: client.create_collection("fields", schema=made), "Invalid field name")
    assert client.list_collections() == [collection]


@pytest.mark.parametrize("name", ["_x", "A1_", "x" * 255])
def test_a_name_that_milvus_takes_is_taken(client: Any, name: str) -> None:
    client.create_collection(name, dimension=4)
    assert client.list_collections() == [name]
    client.drop_collection(name)


def test_limits_of_fields_are_those_of_milvus(client: Any) -> None:
    refused(
        lambda: client.create_collection("c", schema=schema(client, max_length=65_536)), r"in \(0, 65535\], but got"
    )
    refused(lambda: client.create_collection("c", dimension=1), r"invalid dimension: 1 .* range 2 ~ 32768")
    refused(lambda: client.create_collection("c", dimension=32_769), r"invalid dimension: 32769")


def test_a_message_above_64_mib_is_refused(client: Any, collection: str) -> None:
    with pytest.raises(grpc.RpcError, match=r"received message larger than max \(681575\d\d vs\. 67108864\)"):
        client.insert(collection, [row(1, "x" * (65 << 20))])


def test_windows_of_rows_are_those_of_milvus(client: Any, collection: str) -> None:
    vector = [1.0, 0.0, 0.0, 0.0]
    refused(lambda: client.query(collection, filter="", limit=16_385), r"in range \[1, 16384\], but got 16385")
    refused(lambda: client.query(collection, filter="", limit=10, offset=16_384), r"but got 16394")
    refused(lambda: client.query(collection, filter=""), "empty expression should be used with limit")
    refused(lambda: client.search(collection, data=[vector], limit=16_385), r"topk \[16385\] is invalid")
    assert client.query(collection, filter="", output_fields=["count(*)"]) == [{"count(*)": 0}]


def test_paging_by_key_skips_no_row_whether_flushed_or_not(client: Any, collection: str) -> None:
    client.insert(collection, [row(key) for key in range(0, 188, 2)])
    client.flush(collection)
    client.upsert(collection, [row(key) for key in range(187, 0, -1)])
    client.delete(collection, ids=[50])
    found: list[int] = []
    while page := client.query(collection, filter=f"id > {found[-1] if found else -1}", limit=10):
        found += [each["id"] for each in page]
    assert found == [each for each in range(188) if each != 50]
    by_offset = [client.query(collection, filter="", limit=50, offset=at) for at in range(0, 200, 50)]
    assert [each["id"] for page in by_offset for each in page] == found
    keys = client.query(collection, filter="id in [9, 3, 7, 1]", limit=2)
    assert [each["id"] for each in keys] == [1, 3]


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({"metric_type": "L2"}, ("AUTOINDEX", "L2")),
        ({"index_type": "", "metric_type": "IP"}, ("AUTOINDEX", "IP")),
        ({"index_type": "HNSW"}, ("HNSW", "COSINE")),
        ({}, ("AUTOINDEX", "COSINE")),
    ],
)
def test_an_index_gets_the_type_and_metric_that_milvus_chooses(
    client: Any, given: dict[str, str], made: tuple[str, str]
) -> None:
    client.create_collection("c", schema=schema(client))
    params = client.prepare_index_params()
    params.add_index("vector", **given)
    client.create_index("c", params)
    found = client.describe_index("c", "vector")
    assert (found["index_type"], found["metric_type"]) == made
    client.drop_collection("c")


@pytest.mark.parametrize("kind", ["", "AUTOINDEX", "INVERTED", "STL_SORT", "BITMAP", "Trie"])
def test_scalar_fields_take_the_indexes_of_milvus(client: Any, collection: str, kind: str) -> None:
    client.insert(collection, [row(1, "a"), row(2, "b")])
    params = client.prepare_index_params()
    params.add_index("text", index_type=kind)
    client.create_index(collection, params)
    assert [each["id"] for each in client.query(collection, filter='text == "b"')] == [2]


TEMPLATES = [
    ("id in {ids}", {"ids": [1, 3]}, [1, 3]),
    ("id > {least} and text == {text}", {"least": 1, "text": "it's"}, [2]),
    ('text == "{x}"', {"x": "a"}, [4]),
    ("text in {texts}", {"texts": ['"q"', "{x}"]}, [3, 4]),
    ("id > {least}", {"least": 2.5}, [3, 4]),
]


@pytest.mark.parametrize(("expression", "values", "keys"), TEMPLATES)
def test_filters_take_templates(
    client: Any, collection: str, expression: str, values: dict[str, Any], keys: list[int]
) -> None:
    texts = ["a", "it's", '"q"', "{x}"]
    client.insert(collection, [row(key, text) for key, text in enumerate(texts, 1)])
    found = client.query(collection, filter=expression, filter_params=values)
    assert sorted(each["id"] for each in found) == keys
    hits = client.search(collection, data=[[1.0, 0, 0, 1]], filter=expression, filter_params=values, limit=10)[0]
    assert sorted(each["id"] for each in hits) == keys
    client.delete(collection, filter=expression, filter_params=values)
    assert client.query(collection, filter="", output_fields=["count(*)"]) == [{"count(*)": 4 - len(keys)}]


def test_a_template_without_values_is_left_as_it_is() -> None:
    assert filled("id in {ids}", {}) == "id in {ids}"


def test_after_a_restart_collections_are_as_they_were(tmp_path: Path) -> None:
    server = Server(owner="test", folder=str(tmp_path / "milvus"), port=free_port(), log_level="INFO")
    start(server)
    client = connected(server)
    for name in ("loaded", "released"):
        client.create_collection(name, dimension=4)
        client.insert(name, [{"id": 1, "vector": [1.0, 0.0, 0.0, 0.0]}])
    client.release_collection("released")
    client.close()
    stop(server)
    start(server)
    client = connected(server)
    assert [each["id"] for each in client.search("loaded", data=[[1.0, 0.0, 0.0, 0.0]])[0]] == [1]
    refused(lambda: client.query("released", filter="id > 0"), "released")
    client.load_collection("released")
    assert [each["id"] for each in client.query("released", filter="id > 0")] == [1]
    client.close()
    stop(server)


@pytest.mark.parametrize("kind", ["SPARSE_INVERTED_INDEX", "SPARSE_WAND", "AUTOINDEX", ""])
def test_sparse_vectors_take_the_settings_that_libraries_send(client: Any, kind: str) -> None:
    made = client.create_schema(auto_id=False)
    made.add_field("id", DataType.INT64, is_primary=True)
    made.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    params = client.prepare_index_params()
    params.add_index(
        "sparse",
        index_type=kind,
        metric_type="IP",
        params={"drop_ratio_build": 0.2, "inverted_index_algo": "DAAT_WAND"},
    )
    client.create_collection("s", schema=made, index_params=params)
    client.insert("s", [{"id": 1, "sparse": {1: 0.5, 7: 0.1}}, {"id": 2, "sparse": {2: 0.5}}])
    search = {"metric_type": "IP", "params": {"drop_ratio_search": 0.2}}
    hits = client.search("s", data=[{1: 1.0}], anns_field="sparse", limit=2, search_params=search)[0]
    assert [each["id"] for each in hits] == [1]
    client.drop_collection("s")


def test_full_text_search_needs_no_metric(client: Any) -> None:
    made = schema(client, max_length=200, enable_analyzer=True)
    made.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    made.add_function(Function("bm25", FunctionType.BM25, input_field_names=["text"], output_field_names=["sparse"]))
    params = client.prepare_index_params()
    params.add_index("sparse", index_type="AUTOINDEX")
    params.add_index("vector")
    client.create_collection("t", schema=made, index_params=params)
    client.insert("t", [row(1, "nightly copies"), row(2, "four minutes")])
    hits = client.search("t", data=["copies"], anns_field="sparse", limit=1)[0]
    assert [each["id"] for each in hits] == [1]
    requests = [
        AnnSearchRequest(["minutes"], "sparse", {"params": {"drop_ratio_search": 0.2}}, limit=2, expr="id > 1"),
        AnnSearchRequest([[1.0, 1.0, 0.0, 1.0]], "vector", {}, limit=2),
    ]
    assert {each["id"] for each in client.hybrid_search("t", requests, RRFRanker(), limit=2)[0]} == {1, 2}
    client.drop_collection("t")
