"""pymilvus, its classes `MilvusClient` and `AsyncMilvusClient`: what its examples do, in our own words."""

import asyncio
import datetime

from pymilvus import AnnSearchRequest, AsyncMilvusClient, DataType, Function, FunctionType, MilvusClient, RRFRanker
from trying import URI, operation, same

CLIENT = MilvusClient(URI)


def made(name, *fields, index=None, key=DataType.INT64, functions=(), rows=None, **options):
    """A collection with a key, a vector, and more fields: name, type and parameters of each. Strong, and loaded."""
    CLIENT.drop_collection(name)
    schema = CLIENT.create_schema(**options)
    schema.add_field("id", key, is_primary=True, **({"max_length": 100} if key == DataType.VARCHAR else {}))
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=4)
    for field, kind, parameters in fields:
        schema.add_field(field, kind, **parameters)
    for function in functions:
        schema.add_function(function)
    indexes = CLIENT.prepare_index_params()
    indexes.add_index("vector", index_type="HNSW", metric_type="COSINE", params={"M": 8, "efConstruction": 64})
    for field, parameters in (index or {}).items():
        indexes.add_index(field, **parameters)
    CLIENT.create_collection(name, schema=schema, index_params=indexes, consistency_level="Strong")
    if rows:
        CLIENT.insert(name, rows)
    return name


def vector(key):
    return [float(key), 1.0, 0.0, 0.0]


def keys(name, expression, **options):
    return sorted(row["id"] for row in CLIENT.query(name, filter=expression, output_fields=["id"], **options))


def found(name, wanted, limit=1, **options):
    (hits,) = CLIENT.search(name, [wanted], limit=limit, **options)
    return [hit["id"] for hit in hits]


NUMBER = ("n", DataType.INT64, {})
TEXT = ("text", DataType.VARCHAR, {"max_length": 200, "enable_analyzer": True, "enable_match": True})
BM25 = Function("bm25", FunctionType.BM25, ["text"], ["sparse"])
SPARSE = ("sparse", DataType.SPARSE_FLOAT_VECTOR, {})
TEN = [{"id": key, "vector": vector(key), "n": key} for key in range(10)]
TEXTS = [
    {"id": 1, "vector": vector(1), "text": "a baboon in the wood"},
    {"id": 2, "vector": vector(2), "text": "the ocelot"},
]
BY_TEXT = {"sparse": {"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "BM25"}}


@operation("simple: a collection by its dimension, insert, search, query, get, delete")
def simple():
    CLIENT.drop_collection("pm_simple")
    CLIENT.create_collection("pm_simple", 4, consistency_level="Strong", metric_type="L2")
    CLIENT.insert("pm_simple", [{"id": key, "vector": vector(key), "colour": "red"} for key in range(5)])
    same(found("pm_simple", vector(3), filter='colour == "red"'), [3])
    same([row["id"] for row in CLIENT.get("pm_simple", ids=[4])], [4])
    CLIENT.delete("pm_simple", ids=[3])
    same(keys("pm_simple", "id > 1"), [2, 4])


@operation("simple_auto_id: generated keys")
def auto_id():
    CLIENT.drop_collection("pm_auto")
    CLIENT.create_collection("pm_auto", 4, auto_id=True, consistency_level="Strong")
    same(len(CLIENT.insert("pm_auto", [{"vector": vector(1)}, {"vector": vector(2)}])["ids"]), 2)


@operation("customize_schema: keys that are texts, also not ASCII")
def text_keys():
    name = made("pm_text_keys", key=DataType.VARCHAR, rows=[{"id": "ключ 鍵", "vector": vector(1)}])
    same(keys(name, 'id == "ключ 鍵"'), ["ключ 鍵"])


@operation("upsert, of whole rows and of some fields (array_partial_update)")
def upsert():
    name = made("pm_upsert", NUMBER, rows=TEN)
    CLIENT.upsert(name, [{**TEN[1], "n": 50}])
    CLIENT.upsert(name, [{"id": 2, "n": 51}], partial_update=True)
    same(keys(name, "n >= 50"), [1, 2])


@operation("partition: insert, query and search in one")
def partition():
    name = made("pm_partition", NUMBER, rows=TEN)
    CLIENT.create_partition(name, "part")
    CLIENT.insert(name, [{**TEN[3], "id": 100}], partition_name="part")
    same(keys(name, "id >= 0", partition_names=["part"]), [100])
    same(found(name, vector(3), partition_names=["part"]), [100])


@operation("dynamic fields")
def dynamic():
    name = made("pm_dynamic", enable_dynamic_field=True, rows=[{"id": 1, "vector": vector(1), "colour": "red"}])
    same(keys(name, 'colour == "red"'), [1])


@operation("nullable fields and default values")
def nullable():
    fields = [("n", DataType.INT64, {"nullable": True}), ("m", DataType.INT64, {"default_value": 7})]
    name = made("pm_null", *fields, rows=[{"id": 1, "vector": vector(1), "n": None}])
    same(keys(name, "n is null and m == 7"), [1])


@operation("hello_milvus_array, JSON with an index of a path")
def documents():
    array = ("tags", DataType.ARRAY, {"element_type": DataType.VARCHAR, "max_capacity": 5, "max_length": 20})
    name = made("pm_documents", array, ("about", DataType.JSON, {}))
    CLIENT.insert(name, [{"id": 1, "vector": vector(1), "tags": ["red", "new"], "about": {"n": 1, "a": {"b": [1]}}}])
    same(keys(name, 'array_contains_any(tags, ["new"]) and about["n"] < 2 and json_contains(about["a"]["b"], 1)'), [1])


@operation("hello_sparse: sparse vectors")
def sparse():
    rows = [{"id": key, "vector": vector(key), "sparse": {key: 1.0}} for key in range(5)]
    index = {"sparse": {"index_type": "SPARSE_WAND", "metric_type": "IP", "params": {"drop_ratio_build": 0.2}}}
    name = made("pm_sparse", SPARSE, index=index, rows=rows)
    params = {"metric_type": "IP", "params": {"drop_ratio_search": 0.2}}
    same(found(name, {3: 1.0}, anns_field="sparse", search_params=params), [3])


@operation("hello_bm25: full text search")
def full_text():
    name = made("pm_bm25", TEXT, SPARSE, functions=[BM25], index=BY_TEXT, rows=TEXTS)
    same(found(name, "ocelot", anns_field="sparse"), [2])


@operation("text_match")
def text_match():
    same(keys(made("pm_match", TEXT, rows=TEXTS), 'text_match(text, "baboon")'), [1])


@operation("analyzers: language, filters of stop words")
def analyzers():
    german = {"tokenizer": "standard", "filter": ["lowercase", {"type": "stop", "stop_words": ["the"]}]}
    field = ("text", DataType.VARCHAR, {**TEXT[2], "analyzer_params": german})
    same(
        found(made("pm_stop", field, SPARSE, functions=[BM25], index=BY_TEXT, rows=TEXTS), "the", anns_field="sparse"),
        [],
    )


@operation("multi_analyzer: one for each language", beyond="an analyzer for each language")
def multi_analyzer():
    by_language = {"by_field": "language", "analyzers": {"default": {"type": "standard"}, "en": {"type": "english"}}}
    fields = [
        ("language", DataType.VARCHAR, {"max_length": 10}),
        ("text", DataType.VARCHAR, {"max_length": 200, "enable_analyzer": True, "multi_analyzer_params": by_language}),
        SPARSE,
    ]
    rows = [{**row, "language": "en"} for row in TEXTS]
    name = made("pm_multi", *fields, functions=[BM25], index=BY_TEXT, rows=rows)
    same(found(name, "ocelots", anns_field="sparse", search_params={"analyzer_name": "en"}), [2])


@operation("hello_hybrid_bm25: vectors and texts, ranked by RRF")
def hybrid():
    name = made("pm_hybrid", TEXT, SPARSE, functions=[BM25], index=BY_TEXT, rows=TEXTS)
    asked = [
        AnnSearchRequest([vector(2)], "vector", {}, limit=2),
        AnnSearchRequest(["ocelot"], "sparse", {}, limit=2),
    ]
    (hits,) = CLIENT.hybrid_search(name, asked, RRFRanker(), limit=1)
    same([hit["id"] for hit in hits], [2])


@operation("rerank functions: decay")
def decay():
    name = made("pm_decay", NUMBER, rows=TEN)
    ranker = Function(
        "decay", FunctionType.RERANK, ["n"], params={"reranker": "decay", "function": "gauss", "origin": 9, "scale": 1}
    )
    same(found(name, vector(9), ranker=ranker), [9])


@operation("rerank functions: boost")
def boost():
    name = made("pm_boost", NUMBER, rows=TEN)
    params = {"reranker": "boost", "filter": "n == 2", "weight": 5}
    same(found(name, vector(9), ranker=Function("boost", FunctionType.RERANK, [], params=params)), [2])


@operation("group by, with a size of groups")
def groups():
    rows = [{**row, "n": row["id"] % 2} for row in TEN]
    name = made("pm_groups", NUMBER, rows=rows)
    (hits,) = CLIENT.search(name, [vector(9)], limit=2, group_by_field="n", group_size=2, output_fields=["n"])
    same(sorted(hit["entity"]["n"] for hit in hits), [0, 0, 1, 1])


@operation("iterators over queries and searches")
def iterators():
    name = made("pm_iterators", NUMBER, rows=TEN)
    for iterator in (
        CLIENT.query_iterator(name, batch_size=3, filter="n >= 0", output_fields=["id"]),
        CLIENT.search_iterator(name, [vector(1)], batch_size=3, limit=10),
    ):
        seen = []
        while batch := iterator.next():
            seen += [row["id"] for row in batch]
        same(sorted(seen), list(range(10)))


@operation("a search's output fields with vectors, `round_decimal`, offset")
def outputs():
    name = made("pm_outputs", NUMBER, rows=TEN)
    (hits,) = CLIENT.search(name, [vector(9)], limit=2, offset=1, output_fields=["*", "vector"], round_decimal=2)
    same([len(hit["entity"]["vector"]) for hit in hits], [4, 4])


@operation("indexes: create, describe, list, drop")
def indexes():
    name = made("pm_indexes", NUMBER, index={"n": {"index_type": "INVERTED", "index_name": "by_n"}}, rows=TEN)
    same(sorted(CLIENT.list_indexes(name)), ["by_n", "vector"])
    CLIENT.release_collection(name)
    CLIENT.drop_index(name, "by_n")
    same(CLIENT.list_indexes(name), ["vector"])


@operation("aliases: create, alter, describe, list")
def aliases():
    first, second = made("pm_first", NUMBER, rows=TEN), made("pm_second")
    CLIENT.create_alias(first, "pm_alias")
    same(keys("pm_alias", "n == 1"), [1])
    CLIENT.alter_alias(second, "pm_alias")
    same(CLIENT.describe_alias("pm_alias")["collection_name"], second)
    CLIENT.drop_alias("pm_alias")


@operation("databases, with properties")
def databases():
    CLIENT.create_database("pm_database", properties={"database.max.collections": 10})
    same(CLIENT.describe_database("pm_database")["name"], "pm_database")
    CLIENT.drop_database("pm_database")


@operation("flush, compact, `get_compaction_state`")
def compact():
    name = made("pm_compact", NUMBER, rows=TEN)
    CLIENT.flush(name)
    same(CLIENT.get_compaction_state(CLIENT.compact(name)), "Completed")


@operation("async: MilvusClient's calls at the same time")
async def asynchronous():
    name = made("pm_async", NUMBER, rows=TEN)
    client = AsyncMilvusClient(URI)
    answers = await asyncio.gather(*(client.search(name, [vector(9)], limit=1) for _ in range(8)))
    same([hits[0]["id"] for (hits,) in answers], [9] * 8)
    await client.close()


@operation("datatypes: TIMESTAMPTZ")
def timestamps():
    name = made("pm_time", ("at", DataType.TIMESTAMPTZ, {}))
    CLIENT.insert(name, [{"id": 1, "vector": vector(1), "at": datetime.datetime.now(datetime.UTC).isoformat()}])
    same(keys(name, "at > ISO '2020-01-01T00:00:00Z'"), [1])


for kind in ("BINARY_VECTOR", "FLOAT16_VECTOR", "BFLOAT16_VECTOR", "INT8_VECTOR"):

    @operation(f"datatypes: {kind}", beyond=kind)
    def data_type(kind=kind):
        CLIENT.drop_collection("pm_type")
        schema = CLIENT.create_schema()
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType[kind], dim=8)
        CLIENT.create_collection("pm_type", schema=schema)


@operation("`add_collection_field`", beyond="adding fields to a collection")
def add_field():
    CLIENT.add_collection_field(made("pm_add"), "n", DataType.INT64, nullable=True)


@operation("`run_analyzer`", beyond="trying analyzers")
def run_analyzer():
    CLIENT.run_analyzer("the ocelots", {"type": "english"})


@operation("rbac: users, roles, privileges", beyond="users")
def rbac():
    CLIENT.create_user("somebody", "Password-1")


@operation("resource groups", beyond="resource groups")
def resource_groups():
    CLIENT.create_resource_group("group")
