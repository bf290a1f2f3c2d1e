"""Runs the hello_milvus job from Milvus' documentation and the deployment guides, and checks every answer.

It inserts 3000 entities (key, random number, vector of 8 dimensions), flushes, builds an IVF_FLAT index with L2, loads,
searches without and with a filter, deletes, and drops the collection. Left out: connecting (smoke.py), and the ORM API,
which pymilvus 3.1 removes.
"""

import random
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

ENTITIES = 3000
DIMENSION = 8
STEP_SECONDS = 60
"""Timeout of one request. The first load on a new deployment takes up to half of it."""


class WrongAnswerError(Exception):
    """Milvus answered with something other than what was stored."""


class Step(NamedTuple):
    title: str
    run: Callable[[], object]


@contextmanager
def job(client: Any, collection: str, step_seconds: float = STEP_SECONDS) -> Generator[list[Step]]:
    """Steps of the job on a MilvusClient, to be run in order. The collection is dropped afterwards in any case."""
    numbers = random.Random(collection)  # the same numbers for the same name: a failure can be repeated  # noqa: S311
    rows = [
        {"pk": str(i), "random": numbers.random(), "embeddings": [numbers.random() for _ in range(DIMENSION)]}
        for i in range(ENTITIES)
    ]
    last = rows[-1]
    limit: dict[str, Any] = {"timeout": step_seconds}
    search: dict[str, Any] = {
        "anns_field": "embeddings",
        "data": [last["embeddings"]],
        "limit": 3,
        "search_params": {"metric_type": "L2", "params": {"nprobe": 128}},
        "output_fields": ["random"],
        **limit,
    }

    def create() -> None:
        from pymilvus import DataType

        schema = client.create_schema(auto_id=False)
        schema.add_field("pk", DataType.VARCHAR, is_primary=True, max_length=100)
        schema.add_field("random", DataType.DOUBLE)
        schema.add_field("embeddings", DataType.FLOAT_VECTOR, dim=DIMENSION)
        client.create_collection(collection, schema=schema, consistency_level="Strong", **limit)

    def insert() -> None:
        expect("rows acknowledged", client.insert(collection, rows, **limit)["insert_count"], ENTITIES)

    def index() -> None:
        parameters = client.prepare_index_params()
        parameters.add_index("embeddings", index_type="IVF_FLAT", metric_type="L2", params={"nlist": 128})
        client.create_index(collection, parameters, **limit)

    def find() -> None:
        hits = client.search(collection, **search)[0]
        key = hits[0].get("pk", hits[0].get("id"))  # Milvus before 2.4 does not return its name
        expect("nearest key to a stored vector", key, last["pk"])

    def find_filtered() -> None:
        hits = client.search(collection, filter="random > 0.5", **search)[0]
        if not hits or any(hit["entity"]["random"] <= 0.5 for hit in hits):
            raise WrongAnswerError(f"search with filter random > 0.5: {hits}")

    def delete() -> None:
        keys = ["0", "1"]
        client.delete(collection, ids=keys, **limit)
        expect("deleted rows still found", client.query(collection, ids=keys, output_fields=["pk"], **limit), [])

    try:
        yield [
            Step("create collection", create),
            Step(f"insert {ENTITIES} rows", insert),
            Step("flush", lambda: client.flush(collection, **limit)),
            Step("index IVF_FLAT, L2", index),
            Step("load", lambda: client.load_collection(collection, **limit)),
            Step("search", find),
            Step("search with filter", find_filtered),
            Step("delete by key", delete),
            Step("drop collection", lambda: client.drop_collection(collection, **limit)),
        ]
    finally:
        with suppress(Exception):  # an unreachable server must not hide the step's own error
            client.drop_collection(collection, timeout=10)  # no error if it does not exist


def expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise WrongAnswerError(f"{what}: {found!r}, expected {wanted!r}")
