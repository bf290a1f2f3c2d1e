"""Writing, reading and searching rows; consistency."""

from typing import Any

from pymilvus import AnnSearchRequest, DataType, Function, FunctionType, RRFRanker

from testbed.behaviour.operation import MISSING, REFUSED, Room, Target

row = Room("Rows")
LACKING = "unsupported|not support|invalid|unknown|not implemented"


def filled(target: Target, *fields: tuple[Any, ...], count: int = 10, **options: Any) -> str:
    """A collection with rows 1 to `count`."""
    name = target.made(*fields, **options)
    target.client.insert(name, [{"id": key, "v": [float(key), 0.0, 0.0, 1.0]} for key in range(1, count + 1)])
    return name


@row("`insert` of a key that is there", local="replaces", older="both rows stay", newer="both rows stay")
def same_key(target: Target) -> str:
    name = target.made(("n", DataType.INT64))
    for number in (1, 2):
        target.client.insert(name, [{"id": 1, "v": [1.0] * 4, "n": number}])
    (counted,) = target.client.query(name, filter="", output_fields=["count(*)"])
    return "both rows stay" if counted["count(*)"] == 2 else "replaces"


@row("`upsert` of a key that is there", local="replaces", older="replaces", newer="replaces")
def upsert(target: Target) -> str:
    name = target.made(("n", DataType.INT64))
    for number in (1, 2):
        target.client.upsert(name, [{"id": 1, "v": [1.0] * 4, "n": number}])
    found = target.client.query(name, filter="n > 0", output_fields=["n"])
    return "replaces" if [each["n"] for each in found] == [2] else "both rows stay"


@row("`upsert` of some fields (`partial_update`)", older=REFUSED, said="illegal")
def partial_upsert(target: Target) -> str | None:
    name = target.made(("n", DataType.INT64))
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4, "n": 1}])
    target.client.upsert(name, [{"id": 1, "n": 2}], partial_update=True)
    assert target.keys(name, "n == 2") == [1]
    return None


@row("`delete` by keys, read at once")
def delete_keys(target: Target) -> None:
    name = filled(target)
    target.client.delete(name, ids=[1, 2])
    assert target.keys(name, "id < 5") == [3, 4]


@row("`delete` by another field")
def delete_by_filter(target: Target) -> None:
    name = target.made(("n", DataType.INT64))
    target.client.insert(name, [{"id": key, "v": [1.0] * 4, "n": key} for key in (1, 2, 3)])
    target.client.delete(name, filter="n > 1")
    assert target.keys(name, "id > 0") == [1]


@row("`count(*)` with a filter")
def counting(target: Target) -> None:
    name = filled(target)
    assert target.client.query(name, filter="id > 4", output_fields=["count(*)"])[0]["count(*)"] == 6


@row("a level of consistency is kept", local="kept", older="kept", newer="kept")
def consistency(target: Target) -> str:
    client, name = target.client, target.name()
    client.create_collection(name, dimension=4, consistency_level="Eventually")
    level = client.describe_collection(name)["consistency_level"]
    return "kept" if level in (3, "Eventually") else f"is {level}"


@row("consistency Strong: a row is found at once")
def strong(target: Target) -> None:
    name = target.made()
    for key in range(5):
        target.client.insert(name, [{"id": key, "v": [1.0] * 4}])
        assert target.keys(name, "id >= 0", consistency_level="Strong") == list(range(key + 1))


@row("a level of consistency that is none", local=REFUSED, older=REFUSED, newer=REFUSED, said="consistency")
def no_level(target: Target) -> None:
    target.client.create_collection(target.name(), dimension=4, consistency_level="Perhaps")


@row("paging by `limit` and `offset`")
def paging(target: Target) -> None:
    name = filled(target, count=100)
    found = [
        each["id"] for at in range(0, 100, 30) for each in target.client.query(name, filter="", limit=30, offset=at)
    ]
    assert sorted(found) == list(range(1, 101))


@row("`query_iterator`")
def iterator(target: Target) -> None:
    walk = target.client.query_iterator(filled(target, count=25), filter="id > 5", batch_size=6, output_fields=["id"])
    found: list[int] = []
    while page := walk.next():
        found += [each["id"] for each in page]
    walk.close()
    assert sorted(found) == list(range(6, 26))


@row("`search_iterator`")
def search_iterator(target: Target) -> None:
    name = filled(target, count=25)
    walk = target.client.search_iterator(
        name, data=[[1.0, 0.0, 0.0, 1.0]], anns_field="v", batch_size=10, search_params={"metric_type": "L2"}
    )
    found: list[int] = []
    while page := walk.next():
        found += [each["id"] for each in page]
    walk.close()
    assert sorted(found) == list(range(1, 26))


@row("search by range")
def by_range(target: Target) -> None:
    search = {"params": {"radius": 4.5, "range_filter": 0.5}}
    hits = target.client.search(filled(target), data=[[1.0, 0.0, 0.0, 1.0]], search_params=search)[0]
    assert [each["id"] for each in hits] == [2, 3]


@row("search by groups", older="ignored", said=LACKING)
def by_group(target: Target) -> str | None:
    name = target.made(("g", DataType.INT64))
    target.client.insert(name, [{"id": key, "v": [float(key), 0, 0, 1.0], "g": key % 2} for key in range(6)])
    hits = target.client.search(name, data=[[0.0, 0.0, 0.0, 1.0]], group_by_field="g", limit=4)[0]
    return None if [each["id"] for each in hits] == [0, 1] else "ignored"


@row("search with vectors among its results")
def with_vectors(target: Target) -> None:
    name = filled(target)
    (hit,) = target.client.search(name, data=[[3.0, 0.0, 0.0, 1.0]], limit=1, output_fields=["v"])[0]
    assert list(hit["entity"]["v"]) == [3.0, 0.0, 0.0, 1.0]


@row("search in a partition")
def in_partition(target: Target) -> None:
    client, name = target.client, target.made(load=False)
    client.create_partition(name, "p")
    client.insert(name, [{"id": 1, "v": [1.0] * 4}], partition_name="p")
    client.insert(name, [{"id": 2, "v": [1.0] * 4}])
    target.index(name, index_type="FLAT", metric_type="L2")
    client.load_collection(name)
    hits = client.search(name, data=[[1.0] * 4], partition_names=["p"], consistency_level="Strong")[0]
    assert [each["id"] for each in hits] == [1]


@row("hybrid search", older=REFUSED, said="multiple vector")
def hybrid(target: Target) -> None:
    name = target.made(("w", DataType.FLOAT_VECTOR, {"dim": 2}), load=False)
    target.index(name, "v", index_type="FLAT", metric_type="L2")
    target.index(name, "w", index_type="FLAT", metric_type="L2")
    target.client.load_collection(name)
    target.client.insert(name, [{"id": key, "v": [float(key)] * 4, "w": [float(-key)] * 2} for key in (1, 2)])
    requests = [AnnSearchRequest([[1.0] * 4], "v", {}, limit=2), AnnSearchRequest([[-1.0] * 2], "w", {}, limit=2)]
    hits = target.client.hybrid_search(name, requests, RRFRanker(), limit=2)[0]
    assert [each["id"] for each in hits] == [1, 2]


@row("full text search (BM25)", older=REFUSED, said=LACKING + "|multiple vector")
def full_text(target: Target) -> None:
    client, name = target.client, target.name()
    schema = client.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("t", DataType.VARCHAR, max_length=99, enable_analyzer=True)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(Function("bm25", FunctionType.BM25, input_field_names=["t"], output_field_names=["sparse"]))
    client.create_collection(name, schema=schema, consistency_level="Strong")
    target.index(name, "sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
    client.load_collection(name)
    client.insert(name, [{"id": 1, "t": "nightly copies"}, {"id": 2, "t": "four minutes"}])
    hits = client.search(name, data=["copies"], anns_field="sparse", limit=2)[0]
    assert [each["id"] for each in hits] == [1]


@row("`run_analyzer`", local=MISSING, older=MISSING)
def analyzer(target: Target) -> None:
    assert target.client.run_analyzer("red apples", {"type": "standard"}).tokens == ["red", "apples"]


@row("`flush`, then `get_collection_stats`", local="counts", older="counts", newer="counts")
def statistics(target: Target) -> str:
    name = filled(target)
    target.client.flush(name)
    return "counts" if int(target.client.get_collection_stats(name)["row_count"]) == 10 else "lags"


@row("`compact`")
def compact(target: Target) -> None:
    name = filled(target)
    target.client.flush(name)
    target.client.compact(name)


@row("`flush_all`", older=REFUSED, said="flush all timeout|unrecoverable", alone=True)
def flush_all(target: Target) -> None:
    target.client.flush_all(timeout=5)


@row("`truncate_collection` (since 2.6.11)", older=MISSING)
def truncate(target: Target) -> None:
    name = filled(target)
    target.client.truncate_collection(name)
    assert target.keys(name, "id > 0") == []
