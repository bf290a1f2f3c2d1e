"""Data types and what a schema can say."""

from typing import Any

import numpy as np
from pymilvus import DataType

from testbed.behaviour.operation import MISSING, REFUSED, Room, Target

row = Room("Data types")
UNKNOWN = "does not support|unsupported|not support|invalid|unknown|must be"


def stored(target: Target, kind: DataType, value: Any, index: dict[str, Any], **parameters: Any) -> str | None:
    """Makes a collection with a vector of this type beside its own, writes a row, and finds it."""
    client, name = target.client, target.name()
    schema = client.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("other", kind, **parameters)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    target.index(name, "other", **index)
    client.load_collection(name)
    client.insert(name, [{"id": 1, "other": value}])
    hits = client.search(name, data=[value], anns_field="other", limit=1)[0]
    return None if [each["id"] for each in hits] == [1] else "taken, not found"


@row("FLOAT_VECTOR")
def float_vector(target: Target) -> str | None:
    return stored(target, DataType.FLOAT_VECTOR, [1.0, 0.0], {"index_type": "FLAT", "metric_type": "L2"}, dim=2)


@row("BINARY_VECTOR", local=REFUSED, said=UNKNOWN)
def binary_vector(target: Target) -> str | None:
    return stored(target, DataType.BINARY_VECTOR, b"\x01", {"index_type": "BIN_FLAT", "metric_type": "HAMMING"}, dim=8)


@row("a field of FLOAT16_VECTOR", local=REFUSED, said=UNKNOWN)
def float16_vector(target: Target) -> None:
    client, name = target.client, target.name()  # 2.3.5 knows the type, and finds its vectors at times only
    schema = client.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("other", DataType.FLOAT16_VECTOR, dim=2)
    client.create_collection(name, schema=schema)


@row("BFLOAT16_VECTOR", local=REFUSED, older=REFUSED, said=UNKNOWN)
def bfloat16_vector(target: Target) -> str | None:
    return stored(target, DataType.BFLOAT16_VECTOR, b"\x80\x3f" * 2, {"index_type": "FLAT", "metric_type": "L2"}, dim=2)


@row("INT8_VECTOR", local=REFUSED, older=REFUSED, said=UNKNOWN)
def int8_vector(target: Target) -> str | None:
    return stored(target, DataType.INT8_VECTOR, np.ones(2, np.int8), {"index_type": "HNSW", "metric_type": "L2"}, dim=2)


@row("SPARSE_FLOAT_VECTOR", older=REFUSED, said=UNKNOWN)
def sparse_vector(target: Target) -> str | None:
    return stored(
        target, DataType.SPARSE_FLOAT_VECTOR, {1: 1.0}, {"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "IP"}
    )


@row("two vectors in a collection", older=REFUSED, said="multiple vector fields")
def two_vectors(target: Target) -> None:
    target.made(("other", DataType.FLOAT_VECTOR, {"dim": 2}), load=False)


@row("ARRAY of VARCHAR")
def arrays(target: Target) -> str | None:
    array = {"element_type": DataType.VARCHAR, "max_capacity": 4, "max_length": 9}
    name = target.made(("tags", DataType.ARRAY, array))
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4, "tags": ["a", "b"]}, {"id": 2, "v": [1.0] * 4, "tags": []}])
    assert target.keys(name, 'array_contains(tags, "a")') == [1]
    return None


@row("JSON")
def json_field(target: Target) -> None:
    name = target.made(("j", DataType.JSON))
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4, "j": {"a": {"b": 3}}}, {"id": 2, "v": [1.0] * 4, "j": {}}])
    assert target.keys(name, 'j["a"]["b"] > 2') == [1]


@row("dynamic fields")
def dynamic(target: Target) -> None:
    name = target.made(dynamic=True)
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4, "colour": "red"}, {"id": 2, "v": [1.0] * 4}])
    assert target.keys(name, 'colour == "red"') == [1]


@row("`auto_id` of an INT64 key")
def auto_number(target: Target) -> None:
    name = target.made(auto_id=True)
    (key,) = target.client.insert(name, [{"v": [1.0] * 4}])["ids"]
    assert target.keys(name, f"id == {key}") == [key]


@row("`auto_id` of a VARCHAR key", local=REFUSED, said="must be INT64")
def auto_text(target: Target) -> None:
    name = target.made(key=DataType.VARCHAR, auto_id=True)
    (key,) = target.client.insert(name, [{"v": [1.0] * 4}])["ids"]
    assert target.keys(name, f'id == "{key}"') == [key]


@row("nullable field", older=REFUSED, said="num_rows")
def nullable(target: Target) -> str | None:
    name = target.made(("n", DataType.INT64, {"nullable": True}))
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4, "n": None}, {"id": 2, "v": [1.0] * 4, "n": 5}])
    assert target.keys(name, "n is null") == [1]
    return None


@row("default value of a field", said="default|not exist|lost|mismatch")
def default_value(target: Target) -> None:
    name = target.made(("n", DataType.INT64, {"default_value": 7}))
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4}])
    assert target.keys(name, "n == 7") == [1]


@row("partition key")
def partition_key(target: Target) -> None:
    name = target.made(("tenant", DataType.VARCHAR, {"max_length": 9, "is_partition_key": True}))
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4, "tenant": "a"}, {"id": 2, "v": [1.0] * 4, "tenant": "b"}])
    assert target.keys(name, 'tenant == "b"') == [2]


@row("description of a collection", local="kept", older="kept", newer="kept")
def description(target: Target) -> str:
    name = target.made(load=False, description="words")
    return "kept" if target.client.describe_collection(name)["description"] == "words" else "lost"


@row("a field of TIMESTAMPTZ")
def timestamps(target: Target) -> None:
    target.made(("at", DataType.TIMESTAMPTZ), load=False)  # writing a row of a type that it does not know ends 2.3.5


@row("a field of GEOMETRY")
def geometry(target: Target) -> None:
    target.made(("place", DataType.GEOMETRY), load=False)


@row("ARRAY of STRUCT", local=REFUSED, older="left out", said=UNKNOWN)
def structs(target: Target) -> str | None:
    client, name = target.client, target.name()
    inner = client.create_struct_field_schema()
    inner.add_field("n", DataType.INT64)
    schema = client.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("v", DataType.FLOAT_VECTOR, dim=4)
    schema.add_field("parts", DataType.ARRAY, element_type=DataType.STRUCT, struct_schema=inner, max_capacity=4)
    client.create_collection(name, schema=schema)
    return None if "parts" in str(client.describe_collection(name)) else "left out"


@row("`add_collection_field`", local=MISSING, older=MISSING)
def add_field(target: Target) -> None:
    name = target.made()
    target.client.add_collection_field(name, "more", DataType.INT64, nullable=True)


@row("`alter_collection_field`", local=MISSING, older=MISSING)
def alter_field(target: Target) -> None:
    name = target.made(("t", DataType.VARCHAR, {"max_length": 9}), load=False)
    target.client.alter_collection_field(name, "t", {"max_length": 99})


@row("`alter_collection_properties` (time to live)")
def alter_properties(target: Target) -> None:
    name = target.made(load=False)
    target.client.alter_collection_properties(name, {"collection.ttl.seconds": 3600})
    assert target.client.describe_collection(name)["properties"]["collection.ttl.seconds"] == "3600"
