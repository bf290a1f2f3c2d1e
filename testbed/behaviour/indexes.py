"""Indexes and metrics."""

from functools import partial
from typing import Any

from pymilvus import DataType

from testbed.behaviour.operation import REFUSED, Room, Target

row = Room("Indexes")
NONE = "index|not supported|invalid|unsupported"


def built(target: Target, kind: str, parameters: dict[str, Any]) -> str | None:
    """Builds an index of vectors, and says which one it became if it is another."""
    name = target.made(load=False)
    target.client.insert(name, [{"id": key, "v": [float(key), 0.0, 0.0, 1.0]} for key in range(300)])
    target.index(name, index_type=kind, metric_type="L2", params=parameters)
    target.client.load_collection(name)
    assert len(target.client.search(name, data=[[1.0, 0.0, 0.0, 1.0]], limit=3)[0]) == 3
    made = target.client.describe_index(name, "v")["index_type"]
    return None if made == kind else f"is {made}"


for kind, parameters in {
    "FLAT": {},
    "IVF_FLAT": {"nlist": 4},
    "IVF_SQ8": {"nlist": 4},
    "IVF_PQ": {"nlist": 4, "m": 4, "nbits": 8},
    "HNSW": {"M": 8, "efConstruction": 64},
    "SCANN": {"nlist": 4},
    "DISKANN": {},
    "AUTOINDEX": {},
}.items():
    row(f"index {kind}")(partial(built, kind=kind, parameters=parameters))
for kind, parameters in {
    "HNSW_SQ": {"M": 8, "efConstruction": 64, "sq_type": "SQ8"},
    "HNSW_PQ": {"M": 8, "efConstruction": 64, "m": 2, "nbits": 8},
    "IVF_RABITQ": {"nlist": 4},
}.items():
    row(f"index {kind}", older=REFUSED, said=NONE)(partial(built, kind=kind, parameters=parameters))
row("index of a name that is none", local=REFUSED, older=REFUSED, newer=REFUSED, said=NONE)(
    partial(built, kind="MAGIC", parameters={})
)


@row("metric of a name that is none", local=REFUSED, older=REFUSED, newer=REFUSED, said="metric")
def no_metric(target: Target) -> None:
    target.made(index={"index_type": "FLAT", "metric_type": "MANHATTAN"})


@row("index without type and metric", local="AUTOINDEX, COSINE", older="AUTOINDEX, IP", newer="AUTOINDEX, COSINE")
def no_type(target: Target) -> str:
    name = target.made(load=False)
    target.index(name)
    found = target.client.describe_index(name, "v")
    return f"{found['index_type']}, {found['metric_type']}"


@row("HNSW with M 5000", local=REFUSED, older=REFUSED, newer=REFUSED, said="M|range")
def large_m(target: Target) -> None:
    target.made(index={"index_type": "HNSW", "metric_type": "L2", "params": {"M": 5000, "efConstruction": 64}})


@row("search by another metric than the index's", local=REFUSED, older=REFUSED, newer=REFUSED, said="metric")
def other_metric(target: Target) -> None:
    name = target.made()
    target.client.search(name, data=[[1.0] * 4], search_params={"metric_type": "IP"})


@row("COSINE: distance of equal vectors", local="1", older="1", newer="1")
def cosine(target: Target) -> str:
    name = target.made(index={"index_type": "FLAT", "metric_type": "COSINE"})
    target.client.insert(name, [{"id": 1, "v": [2.0, 0.0, 0.0, 0.0]}])
    (hit,) = target.client.search(name, data=[[1.0, 0.0, 0.0, 0.0]])[0]
    return f"{hit['distance']:.4g}"


def scalar(target: Target, kind: str) -> str | None:
    name = target.made(("n", DataType.INT64), load=False)
    target.index(name, "n", index_type=kind)
    made = target.client.describe_index(name, "n")["index_type"]
    return None if made == kind else f"is {made}"


for kind, local, older in (
    ("INVERTED", "taken", REFUSED),
    ("STL_SORT", "taken", "taken"),
    ("BITMAP", "taken", REFUSED),
):
    row(f"index {kind} of a number", local=local, older=older, said=NONE)(partial(scalar, kind=kind))


@row("index Trie of a text")
def trie(target: Target) -> str | None:
    name = target.made(("t", DataType.VARCHAR, {"max_length": 9}), load=False)
    target.index(name, "t", index_type="Trie")
    made = target.client.describe_index(name, "t")["index_type"]
    return None if made == "Trie" else f"is {made}"


@row("sparse: `drop_ratio_search`", local="exact", older=REFUSED, newer="approximate", said="not support|invalid")
def sparse(target: Target) -> str:
    client, name = target.client, target.name()
    schema = client.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("v", DataType.SPARSE_FLOAT_VECTOR)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    target.index(name, index_type="SPARSE_INVERTED_INDEX", metric_type="IP", params={"drop_ratio_build": 0.2})
    client.load_collection(name)
    client.insert(name, [{"id": 1, "v": {1: 1.0, 2: 0.1}}])
    search = {"metric_type": "IP", "params": {"drop_ratio_search": 0.9}}
    (hit,) = client.search(name, data=[{1: 1.0, 2: 0.1}], anns_field="v", search_params=search)[0]
    return "exact" if abs(hit["distance"] - 1.01) < 1e-4 else "approximate"


@row("a second index of the same field", local=REFUSED, older=REFUSED, newer=REFUSED, said="index|distinct")
def second(target: Target) -> None:
    name = target.made(load=False)
    target.index(name, index_type="FLAT", metric_type="L2")
    target.index(name, index_type="HNSW", metric_type="L2", params={"M": 8, "efConstruction": 64})


@row("dropping the index of a loaded collection", local=REFUSED, older=REFUSED, newer=REFUSED, said="load|release")
def dropped(target: Target) -> None:
    target.client.drop_index(target.made(), "v")
