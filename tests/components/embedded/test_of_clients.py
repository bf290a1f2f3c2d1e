"""The local server answers what clients ask beside their rows: indexes by name, batches of a search, segments."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymilvus import DataType, MilvusClient, MilvusException

from components.embedded.as_milvus.iterators import batch
from components.embedded.as_milvus.messages import RefusedError, messages
from tests.milvus_lite import running

pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    client_type: Any = MilvusClient
    with running(tmp_path_factory.mktemp("milvus")) as server:
        client = client_type(f"http://127.0.0.1:{server.port}")
        yield client
        client.close()


@pytest.fixture
def collection(client: Any) -> Iterator[str]:
    """A loaded collection of 20 rows, whose indexes are called `near` and `by_n`."""
    schema = client.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
    schema.add_field("n", DataType.INT64)
    indexes = client.prepare_index_params()
    indexes.add_index("vector", index_name="near", index_type="FLAT", metric_type="L2")
    indexes.add_index("n", index_name="by_n", index_type="STL_SORT")
    client.create_collection("c", schema=schema, index_params=indexes, consistency_level="Strong")
    client.insert("c", [{"id": key, "vector": [float(key // 4), 0.0], "n": key} for key in range(20)])
    yield "c"
    client.drop_collection("c")


def test_indexes_keep_the_names_they_were_given(client: Any, collection: str) -> None:
    assert sorted(client.list_indexes(collection)) == ["by_n", "near"]
    described = client.describe_index(collection, "by_n")
    assert (described["field_name"], described["index_type"]) == ("n", "STL_SORT")
    assert client.describe_index(collection, "nobody") is None


def test_an_index_is_dropped_by_its_name_and_no_other_with_it(client: Any, collection: str) -> None:
    client.release_collection(collection)
    client.drop_index(collection, "nobody")
    assert sorted(client.list_indexes(collection)) == ["by_n", "near"]
    client.drop_index(collection, "by_n")
    assert client.list_indexes(collection) == ["near"]


def test_an_index_of_another_type_is_no_longer_what_it_was(client: Any, collection: str) -> None:
    client.release_collection(collection)
    client.drop_index(collection, "by_n")
    indexes = client.prepare_index_params()
    indexes.add_index("n", index_type="INVERTED")
    client.create_index(collection, indexes)
    assert client.describe_index(collection, "n")["index_type"] == "INVERTED"


def test_two_indexes_of_one_name_are_refused(client: Any, collection: str) -> None:
    indexes = client.prepare_index_params()
    indexes.add_index("n", index_name="near", index_type="INVERTED")
    with pytest.raises(MilvusException, match="at most one distinct index is allowed per field"):
        client.create_index(collection, indexes)


def test_a_search_by_batches_finds_each_row_once_though_four_are_equally_near(client: Any, collection: str) -> None:
    iterator = client.search_iterator(collection, [[0.0, 0.0]], batch_size=3, limit=20)
    seen: list[int] = []
    while found := iterator.next():
        seen += [hit["id"] for hit in found]
    assert sorted(seen) == list(range(20))
    assert [key // 4 for key in seen] == sorted(key // 4 for key in range(20))


def request(nq: int = 1, **params: str) -> Any:
    made = messages.SearchRequest(nq=nq)
    for key, value in params.items():
        made.search_params.add(key=key, value=value)
    return made


def test_a_search_that_is_no_iterator_stays_as_it_is() -> None:
    asked = request(topk="5")
    assert batch(asked) is None
    assert [(each.key, each.value) for each in asked.search_params] == [("topk", "5")]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (request(nq=2, search_iter_v2="True", search_iter_batch_size="5"), "multiple vectors"),
        (request(search_iter_v2="True", search_iter_batch_size="16385"), "16385"),
        (request(search_iter_v2="True", search_iter_batch_size="0"), "0"),
    ],
)
def test_batches_of_several_vectors_or_of_too_many_rows_are_refused(asked: Any, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        batch(asked)


def test_a_metric_without_a_name_is_that_of_the_index(client: Any, collection: str) -> None:
    (hits,) = client.search(collection, [[4.0, 0.0]], limit=1, search_params={"metric_type": ""})
    assert hits[0]["distance"] == 0.0


def test_all_rows_are_one_sorted_segment_and_no_rows_are_none(client: Any, collection: str) -> None:
    (segment,) = client.list_persistent_segments(collection)
    assert (segment.num_rows, segment.is_sorted, segment.state_name) == (20, True, "Flushed")
    client.truncate_collection(collection)
    assert client.list_persistent_segments(collection) == []


def test_a_compaction_has_a_number_and_is_done(client: Any, collection: str) -> None:
    number = client.compact(collection)
    assert number > 0
    assert client.get_compaction_state(number) == "Completed"
    assert client.get_compaction_plans(number).plans == []


def test_a_refreshed_collection_is_loaded(client: Any, collection: str) -> None:
    client.refresh_load(collection, timeout=30)
    assert str(client.get_load_state(collection)["state"]) == "Loaded"


def test_an_analyzer_for_each_language_is_refused_and_not_left_out(client: Any) -> None:
    schema = client.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
    analyzers = {"by_field": "language", "analyzers": {"default": {"type": "standard"}}}
    schema.add_field("language", DataType.VARCHAR, max_length=5)
    schema.add_field("text", DataType.VARCHAR, max_length=9, enable_analyzer=True, multi_analyzer_params=analyzers)
    with pytest.raises(MilvusException, match="multi_analyzer_params"):
        client.create_collection("many", schema=schema)
