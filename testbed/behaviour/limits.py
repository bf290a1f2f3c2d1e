"""Limits: what is refused for its size, its name or its content."""

import math
from functools import partial
from typing import Any

from pymilvus import DataType

from testbed.behaviour.operation import REFUSED, Room, Target

row = Room("Limits")
refused = partial(row, local=REFUSED, older=REFUSED, newer=REFUSED)


@refused("a text longer than its field in bytes", said="length")
def long_text(target: Target) -> None:
    name = target.made(("t", DataType.VARCHAR, {"max_length": 5}))
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4, "t": "äöüä"}])


@refused("VARCHAR of 65,536", said="65535")
def long_field(target: Target) -> None:
    target.made(("t", DataType.VARCHAR, {"max_length": 65_536}), load=False)


@refused("a vector with NaN", said="NaN|not a number")
def not_a_number(target: Target) -> None:
    target.client.insert(target.made(), [{"id": 1, "v": [math.nan, 0.0, 0.0, 0.0]}])


@refused("a vector of another dimension", said="dim|not divisible|length")
def other_dimension(target: Target) -> None:
    target.client.insert(target.made(), [{"id": 1, "v": [1.0] * 3}])


@refused("dimension 32,769", said="32768|dimension")
def many_dimensions(target: Target) -> None:
    target.client.create_collection(target.name(), dimension=32_769)


@row("dimension 1", local=REFUSED, older="taken", newer=REFUSED, said="dimension")
def one_dimension(target: Target) -> None:
    target.client.create_collection(target.name(), dimension=1)


@refused("a collection called `my-collection`", said="invalid collection name")
def name_of_collection(target: Target) -> None:
    target.client.create_collection("my-collection", dimension=4)


@refused("a field called `my field`", said="invalid field name")
def name_of_field(target: Target) -> None:
    target.made(("my field", DataType.INT64), load=False)


@refused("65 fields", said="maximum field|64")
def many_fields(target: Target) -> None:
    target.made(*((f"f{number}", DataType.INT64) for number in range(64)), load=False)


@refused("two keys", said="primary")
def two_keys(target: Target) -> None:
    client = target.client
    schema = client.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("v", DataType.FLOAT_VECTOR, dim=4)
    schema.fields[1].is_primary = True
    client.create_collection(target.name(), schema=schema)


@refused("a row without one of its fields", said="missed|missing|lost|fields|not match")
def missing_field(target: Target) -> None:
    name = target.made(("n", DataType.INT64))
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4}])


@refused("a field that the schema has not", said="unexpected|not exist|dynamic|extra|unknown")
def unknown_field(target: Target) -> None:
    target.client.insert(target.made(), [{"id": 1, "v": [1.0] * 4, "n": 1}])


@refused("a message of 65 MiB", said="larger than max")
def message(target: Target) -> None:
    name = target.made(("t", DataType.VARCHAR, {"max_length": 65_535}))
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4, "t": "x" * (65 << 20)}])


@refused("`query` with limit 16,385", said="16384")
def wide_query(target: Target) -> None:
    target.client.query(target.made(), filter="id > 0", limit=16_385)


@refused("`query` without filter and limit", said="empty|limit")
def boundless_query(target: Target) -> None:
    target.client.query(target.made(), filter="")


@refused("`search` with limit 16,385", said="16384")
def wide_search(target: Target) -> None:
    target.client.search(target.made(), data=[[1.0] * 4], limit=16_385)


@refused("`search` with 16,385 vectors", said="16384")
def many_searches(target: Target) -> None:
    target.client.search(target.made(), data=[[1.0] * 4] * 16_385, limit=1)


@refused("`search` with a vector of another dimension", said="dim|size")
def other_search(target: Target) -> None:
    name = target.made()
    target.client.insert(name, [{"id": 1, "v": [1.0] * 4}])
    target.client.search(name, data=[[1.0] * 3], limit=1)


@refused("a collection that is there, with other fields", said="exist|duplicate")
def twice(target: Target) -> None:
    client, name = target.client, target.made(load=False)
    schema: Any = client.create_schema()
    schema.add_field("key", DataType.INT64, is_primary=True)
    schema.add_field("v", DataType.FLOAT_VECTOR, dim=8)
    client.create_collection(name, schema=schema)


@refused("`insert` into a collection that is none", said="not found|not exist|find")
def nowhere(target: Target) -> None:
    target.client.insert(target.name(), [{"id": 1, "v": [1.0] * 4}])
