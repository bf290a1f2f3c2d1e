"""pymilvus, its classes `Collection`, `Partition` and `utility`: what its older examples do, in our own words."""

from concurrent.futures import ThreadPoolExecutor

from pymilvus import (
    AnnSearchRequest,
    Collection,
    CollectionSchema,
    DataType,
    FieldSchema,
    Partition,
    RRFRanker,
    WeightedRanker,
    connections,
    db,
    utility,
)
from trying import URI, operation, same

connections.connect("default", uri=URI)
KEY = FieldSchema("id", DataType.INT64, is_primary=True)
VECTOR = FieldSchema("vector", DataType.FLOAT_VECTOR, dim=4)
HNSW = {"index_type": "HNSW", "metric_type": "L2", "params": {"M": 8, "efConstruction": 64}}
NEAR = {"metric_type": "L2", "params": {"ef": 32}}
ROWS = 30


def made(name, *fields, load=True, values=(), **options):
    """A collection with thirty rows: the vector of each begins with its key."""
    if utility.has_collection(name):
        utility.drop_collection(name)
    schema = CollectionSchema([KEY, VECTOR, *fields], **options)
    collection = Collection(name, schema, consistency_level="Strong")
    collection.insert([list(range(ROWS)), [[float(key), 0.0, 0.0, 1.0] for key in range(ROWS)], *values])
    collection.flush()
    collection.create_index("vector", HNSW)
    if load:
        collection.load()
    return collection


def found(collection, key=3.0, limit=1, **options):
    """Keys of what a search for a vector finds."""
    (hits,) = collection.search([[key, 0.0, 0.0, 1.0]], "vector", NEAR, limit=limit, **options)
    return [hit.id for hit in hits]


def keys(collection, expression, **options):
    return sorted(row["id"] for row in collection.query(expression, output_fields=["id"], **options))


@operation("hello_milvus: columns, flush, index, search, query, hybrid filter, delete")
def hello():
    number = FieldSchema("n", DataType.DOUBLE)
    collection = made("orm_hello", number, values=[[key / 10 for key in range(ROWS)]])
    same((collection.num_entities, found(collection), found(collection, expr="n > 0.5")), (ROWS, [3], [6]))
    collection.delete("id in [3, 4]")
    same(keys(collection, "id < 6"), [0, 1, 2, 5])


@operation("`Partition`: insert, search, release, drop")
def partition():
    collection = made("orm_partition", load=False)
    part = Partition(collection, "part")
    part.insert([[100], [[3.0, 0.0, 0.0, 1.0]]])
    collection.load()
    same((found(collection, partition_names=["part"]), part.num_entities), ([100], 1))
    collection.release()
    part.drop()
    same([each.name for each in collection.partitions], ["_default"])


@operation("`Partition.load`: this partition alone", beyond="loading single partitions")
def partition_load():
    collection = made("orm_part", load=False)
    Partition(collection, "part").load()


@operation("generated keys")
def generated():
    if utility.has_collection("orm_auto"):
        utility.drop_collection("orm_auto")
    key = FieldSchema("id", DataType.INT64, is_primary=True, auto_id=True)
    collection = Collection("orm_auto", CollectionSchema([key, VECTOR]))
    same(len(collection.insert([[[1.0] * 4, [2.0] * 4]]).primary_keys), 2)


@operation("`query_iterator`, `search_iterator`")
def iterators():
    collection = made("orm_iterators")
    for iterator in (
        collection.query_iterator(batch_size=7, expr="id >= 0", output_fields=["id"]),
        collection.search_iterator([[0.0, 0.0, 0.0, 1.0]], "vector", NEAR, batch_size=7, limit=ROWS),
    ):
        seen = []
        while batch := iterator.next():
            seen += [row["id"] if isinstance(row, dict) else row.id for row in batch]
        iterator.close()
        same(sorted(seen), list(range(ROWS)))


@operation("`query` with limit and offset, in the order of keys")
def paging():
    collection = made("orm_paging")
    same(keys(collection, "id >= 0", limit=4, offset=8), [8, 9, 10, 11])


@operation("`upsert`")
def upsert():
    collection = made("orm_upsert")
    collection.upsert([[3], [[50.0, 0.0, 0.0, 1.0]]])
    same(found(collection, 50.0), [3])


@operation("dynamic fields")
def dynamic():
    collection = made("orm_dynamic", enable_dynamic_field=True)
    collection.insert([{"id": 100, "vector": [0.0] * 4, "colour": "red"}])
    same(keys(collection, 'colour == "red"'), [100])


@operation("JSON and ARRAY fields")
def documents():
    fields = (
        FieldSchema("about", DataType.JSON),
        FieldSchema("tags", DataType.ARRAY, element_type=DataType.INT64, max_capacity=10),
    )
    values = [[{"n": key} for key in range(ROWS)], [[key, key + 1] for key in range(ROWS)]]
    collection = made("orm_documents", *fields, values=values)
    same(keys(collection, 'about["n"] == 7 and array_contains(tags, 8)'), [7])


@operation("partition key, with `num_partitions`")
def partition_key():
    kind = FieldSchema("kind", DataType.VARCHAR, max_length=20, is_partition_key=True)
    values = [[f"kind {key % 3}" for key in range(ROWS)]]
    collection = made("orm_key", kind, values=values, num_partitions=8)
    same(found(collection, 0.0, 2, expr='kind == "kind 1"'), [1, 4])


@operation("hello_hybrid_sparse_dense: `hybrid_search`, RRF and weighted")
def hybrid():
    sparse = FieldSchema("sparse", DataType.SPARSE_FLOAT_VECTOR)
    collection = made("orm_hybrid", sparse, load=False, values=[[{key: 1.0} for key in range(ROWS)]])
    collection.create_index("sparse", {"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "IP"})
    collection.load()
    asked = [
        AnnSearchRequest([[3.0, 0.0, 0.0, 1.0]], "vector", NEAR, limit=5),
        AnnSearchRequest([{3: 1.0}], "sparse", {"metric_type": "IP"}, limit=5),
    ]
    for ranker in (RRFRanker(), WeightedRanker(0.5, 0.5)):
        (hits,) = collection.hybrid_search(asked, ranker, limit=1)
        same([hit.id for hit in hits], [3])


@operation("range search")
def within():
    collection = made("orm_range")
    near = {"metric_type": "L2", "params": {"radius": 1.5, "range_filter": 0.0}}
    (hits,) = collection.search([[3.0, 0.0, 0.0, 1.0]], "vector", near, limit=10)
    same(sorted(hit.id for hit in hits), [2, 3, 4])


@operation("`utility`: collections, aliases, progress of loading and of indexes")
def utilities():
    collection = made("orm_utility")
    utility.create_alias("orm_utility", "orm_alias")
    same(utility.list_aliases("orm_utility"), ["orm_alias"])
    same(utility.loading_progress("orm_utility")["loading_progress"], "100%")
    same(utility.index_building_progress("orm_utility")["pending_index_rows"], 0)
    utility.wait_for_index_building_complete("orm_utility")
    utility.drop_alias("orm_alias")
    same(str(utility.load_state("orm_utility")), "Loaded")
    collection.release()


@operation("`rename_collection`, `Collection.describe`, properties")
def rename():
    made("orm_old")
    if utility.has_collection("orm_new"):
        utility.drop_collection("orm_new")
    utility.rename_collection("orm_old", "orm_new")
    collection = Collection("orm_new")
    collection.set_properties({"collection.ttl.seconds": 3600})
    same(collection.describe()["collection_name"], "orm_new")


@operation("`compact`, `wait_for_compaction_completed`")
def compact():
    collection = made("orm_compact")
    collection.delete("id < 5")
    collection.compact()
    collection.wait_for_compaction_completed()
    collection.get_compaction_state()


@operation("`db`: a database of its own")
def database():
    if "orm_database" not in db.list_database():
        db.create_database("orm_database")
    connections.connect("inside", uri=URI, db_name="orm_database")
    same(utility.list_collections(using="inside"), [])
    db.drop_database("orm_database")


@operation("`search` from many threads")
def threads():
    collection = made("orm_threads")
    with ThreadPoolExecutor(8) as pool:
        same(list(pool.map(lambda key: found(collection, float(key)), range(20))), [[key] for key in range(20)])


@operation("`utility.get_query_segment_info`")
def segments():
    (segment,) = utility.get_query_segment_info(made("orm_segments").name)
    same(segment.num_rows, ROWS)


@operation("users and roles (`utility.create_user`)", beyond="users")
def users():
    utility.create_user("somebody", "Password-1")


@operation("bulk insert (`utility.do_bulk_insert`)", beyond="import of files from a bucket")
def bulk():
    utility.do_bulk_insert("orm_hello", ["rows.parquet"])
