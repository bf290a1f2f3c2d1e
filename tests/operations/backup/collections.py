"""Collections of each kind that a test fills: by a partition key with dynamic fields, with partitions, with texts as
keys that need care in filters."""

import random
from typing import Any, cast

from pymilvus import DataType, MilvusClient

from milvus_contract.connecting import ON_THIS_MACHINE


def client(uri: str, token: str = "", database: str = "") -> Any:
    return cast(Any, MilvusClient)(uri, token=token, db_name=database, grpc_options=ON_THIS_MACHINE)


def numbers_of(name: str) -> random.Random:
    """Random numbers that are the same in each run."""
    return random.Random(name)  # noqa: S311


def index(client: Any, name: str, field: str = "vector", kind: str = "FLAT", metric: str = "L2", **params: int) -> None:
    wanted = client.prepare_index_params()
    wanted.add_index(field, index_name=field, index_type=kind, metric_type=metric, params=params)
    client.create_index(name, wanted)


def documents(client: Any, rows: int, name: str = "documents") -> None:
    """Dynamic fields, JSON, arrays and a partition key; a tenth is deleted, one row replaced; an alias."""
    schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
    schema.add_field("pk", DataType.INT64, is_primary=True)
    schema.add_field("tenant", DataType.VARCHAR, max_length=50, is_partition_key=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=8)
    schema.add_field("facts", DataType.JSON)
    schema.add_field("numbers", DataType.ARRAY, element_type=DataType.INT64, max_capacity=5)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    numbers = numbers_of(name)

    def row(key: int, more: str = "") -> dict[str, Any]:
        return {
            "pk": key, "tenant": f"t{key % 7}", "vector": [numbers.random() for _ in range(8)],
            "facts": {"a": key, "b": ["x", None]}, "numbers": [key], "note": f"n{key}{more}",
        }  # fmt: skip

    for start in range(0, rows, 5000):
        client.insert(name, [row(key) for key in range(start, min(rows, start + 5000))])
    index(client, name, kind="HNSW", metric="COSINE", M=16, efConstruction=100)
    client.load_collection(name)
    client.delete(name, ids=list(range(0, rows, 10)))
    client.upsert(name, [row(1, " again")])
    client.create_alias(name, f"{name}_now")


def parts(client: Any, rows: int, name: str = "parts") -> None:
    """Two partitions beside the default one, and not loaded."""
    schema = client.create_schema(auto_id=False)
    schema.add_field("pk", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=8)
    client.create_collection(name, schema=schema)
    numbers = numbers_of(name)
    for position, partition in enumerate(("a", "b")):
        client.create_partition(name, partition)
        keys = range(position * rows, (position + 1) * rows, 2)
        for start in range(0, len(keys), 5000):
            batch = [{"pk": key, "vector": [numbers.random() for _ in range(8)]} for key in keys[start : start + 5000]]
            client.insert(name, batch, partition_name=partition)
    index(client, name, kind="IVF_FLAT", nlist=16)
    client.release_collection(name)


def texts(client: Any, rows: int, name: str = "texts") -> None:
    """Keys with quotes, backslashes and letters beyond ASCII."""
    schema = client.create_schema(auto_id=False)
    schema.add_field("name", DataType.VARCHAR, max_length=40, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=4)
    client.create_collection(name, schema=schema)
    numbers = numbers_of(name)
    for start in range(0, rows, 5000):
        keys = range(start, min(rows, start + 5000))
        batch = [{"name": f'é"{key}\\', "vector": [numbers.random() for _ in range(4)]} for key in keys]
        client.insert(name, batch)
    index(client, name)
    client.load_collection(name)


def generated(client: Any, rows: int, name: str = "generated") -> None:
    """Keys that Milvus generates."""
    schema = client.create_schema(auto_id=True)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=4)
    client.create_collection(name, schema=schema)
    numbers = numbers_of(name)
    client.insert(name, [{"vector": [numbers.random() for _ in range(4)]} for _ in range(rows)])
    index(client, name)
    client.load_collection(name)
