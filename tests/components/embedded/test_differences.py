"""Each row of the table of differences, on the local server: one that is no longer true fails."""

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from pymilvus import DataType, MilvusClient, MilvusException

from components.embedded.differences import DIFFERENCES
from tests.milvus_lite import running

pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    client_type: Any = MilvusClient
    with running(tmp_path_factory.mktemp("milvus")) as server:
        client = client_type(f"http://127.0.0.1:{server.port}")
        client.create_collection("c", dimension=4, metric_type="L2")
        client.insert("c", [{"id": 1, "vector": [1.0, 0.0, 0.0, 0.0], "n": 1}])
        yield client
        client.close()


def lacks(*calls: Callable[[], Any]) -> None:
    for call in calls:
        with pytest.raises(grpc.RpcError, match="UNIMPLEMENTED"):
            call()


def refuses(said: str, *calls: Callable[[], Any]) -> None:
    for call in calls:
        with pytest.raises(MilvusException, match=said):
            call()


def made(client: Any, name: str, kind: DataType = DataType.FLOAT_VECTOR, key: DataType = DataType.INT64) -> None:
    schema = client.create_schema(description="words", auto_id=key == DataType.VARCHAR)
    schema.add_field("id", key, is_primary=True, max_length=9)
    schema.add_field("v", kind, dim=8)
    client.create_collection(name, schema=schema, consistency_level="Bounded")


def users(client: Any) -> None:
    lacks(lambda: client.create_user("u", "Passw0rd!"), lambda: client.create_role("r"), client.list_resource_groups)


def vectors(client: Any) -> None:
    for kind in (DataType.BINARY_VECTOR, DataType.FLOAT16_VECTOR, DataType.BFLOAT16_VECTOR, DataType.INT8_VECTOR):
        refuses("does not support", lambda kind=kind: made(client, "typed", kind))


def text_keys(client: Any) -> None:
    refuses("must be INT64", lambda: made(client, "keyed", key=DataType.VARCHAR))


def dense_indexes(client: Any) -> None:
    for kind in ("IVF_PQ", "SCANN", "DISKANN", "GPU_CAGRA", "IVF_RABITQ"):
        made(client, f"dense_{kind}")
        params = client.prepare_index_params()
        params.add_index("v", index_type=kind, metric_type="L2", params={"nlist": 2, "m": 4, "nbits": 8})
        client.create_index(f"dense_{kind}", params)


def other_indexes(client: Any) -> None:
    params = client.prepare_index_params()
    params.add_index("id", index_type="STL_SORT")
    made(client, "scalar")
    client.create_index("scalar", params)
    assert client.describe_index("scalar", "id")["index_type"] == "INVERTED"


def sparse(client: Any) -> None:
    schema = client.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("v", DataType.SPARSE_FLOAT_VECTOR)
    params = client.prepare_index_params()
    params.add_index("v", metric_type="IP", params={"drop_ratio_build": 0.9})
    client.create_collection("sparse", schema=schema, index_params=params)
    client.insert("sparse", [{"id": 1, "v": {1: 1.0, 2: 0.1}}])
    search = {"params": {"drop_ratio_search": 0.9}}
    hits = client.search("sparse", data=[{1: 1.0, 2: 0.1}], anns_field="v", search_params=search)[0]
    assert hits[0]["distance"] == pytest.approx(1.01)


def same_key(client: Any) -> None:
    client.insert("c", [{"id": 1, "vector": [0.0, 1.0, 0.0, 0.0], "n": 2}])
    assert [row["n"] for row in client.query("c", filter="id == 1")] == [2]


def no_index(client: Any) -> None:
    made(client, "plain")
    assert client.query("plain", filter="id > 0") == []


def replicas(client: Any) -> None:
    client.release_collection("c")
    client.load_collection("c", replica_number=2)


def partitions(client: Any) -> None:
    lacks(
        lambda: client.load_partitions("c", ["_default"]),
        lambda: client.release_partitions("c", ["_default"]),
    )


def description(client: Any) -> None:
    made(client, "described")
    assert client.describe_collection("described")["description"] == ""


def consistency(client: Any) -> None:
    client.insert("c", [{"id": 2, "vector": [0.0, 1.0, 0.0, 0.0], "n": 2}])
    assert len(client.query("c", filter="id == 2", consistency_level="Eventually")) == 1


def calculations(client: Any) -> None:
    for expression in ("id % 2 == 1", "id ** 2 == 4"):
        refuses("at column", lambda expression=expression: client.query("c", filter=expression))


def functions(client: Any) -> None:
    for expression in ("random_sample(0.5)", 'phrase_match(n, "x", 1)'):
        refuses("unknown function", lambda expression=expression: client.query("c", filter=expression))


def fields(client: Any) -> None:
    lacks(
        lambda: client.add_collection_field("c", "more", DataType.INT64, nullable=True),
        lambda: client.alter_collection_field("c", "vector", {"mmap.enabled": True}),
    )


def tools(client: Any) -> None:
    lacks(lambda: client.run_analyzer("a b", {"type": "english"}), client.flush_all)


def iterator(client: Any) -> None:
    made(client, "walked")
    refuses("metrics type", lambda: client.search_iterator("walked", data=[[1.0] * 8], anns_field="v", batch_size=5))


ATTEMPTS = (
    users, vectors, text_keys, dense_indexes, other_indexes, sparse, same_key, no_index, replicas, partitions,
    description, consistency, calculations, functions, fields, tools, iterator,
)  # fmt: skip
"""What shows each row, in the order of the table."""


@pytest.mark.parametrize(
    ("operation", "attempt"),
    list(zip((row.operation for row in DIFFERENCES), ATTEMPTS, strict=True)),
    ids=[attempt.__name__ for attempt in ATTEMPTS],
)
def test_a_difference_is_as_the_table_says(client: Any, operation: str, attempt: Callable[[Any], None]) -> None:
    attempt(client)
