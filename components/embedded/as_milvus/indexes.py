"""Which indexes there are, with what parameters, and what the engine makes of them."""

from typing import Any

from components.embedded.as_milvus import keeping
from components.embedded.as_milvus.messages import RefusedError, parameters, put

VECTORS = (
    "AUTOINDEX", "FLAT", "IVF_FLAT", "IVF_SQ8", "IVF_PQ", "IVF_RABITQ", "HNSW", "HNSW_SQ", "HNSW_PQ", "HNSW_PRQ",
    "SCANN", "DISKANN", "GPU_CAGRA", "GPU_IVF_FLAT", "GPU_IVF_PQ", "GPU_BRUTE_FORCE",
)  # fmt: skip
"""Milvus' indexes of float vectors (milvus.io/docs/index-explained.md). The engine takes every name."""
FALLBACKS = {"SPARSE_WAND": "SPARSE_INVERTED_INDEX", "STL_SORT": "INVERTED", "TRIE": "INVERTED", "BITMAP": "INVERTED"}
"""Indexes that the engine does not know, and the ones that find the same."""
RANGES = {"M": (2, 2048), "efConstruction": (1, 2**31 - 1), "nlist": (1, 65_536)}
"""Least and most of parameters (milvus.io/docs/hnsw.md, ivf-flat.md)."""


def translate(request: Any, collection: Any) -> str:
    """Fills in what Milvus would choose, and translates indexes that find the same. Returns the type as asked for."""
    given = parameters(request.extra_params)
    kinds = [field.dtype.name for field in collection.schema.fields if field.name == request.field_name]
    vector, sparse = "FLOAT_VECTOR" in kinds, "SPARSE_FLOAT_VECTOR" in kinds
    asked = str(given.get("index_type", ""))
    if vector and asked and asked.upper() not in VECTORS:
        raise RefusedError(f"invalid parameter[expected=valid index][actual=invalid index type: {asked}]")
    for key, (least, most) in RANGES.items():
        if vector and key in given and not least <= int(given[key]) <= most:
            raise RefusedError(
                f"Out of range in json: param '{key}' ({given[key]}) should be in range [{least}, {most}]"
            )
    chosen = FALLBACKS.get(asked.upper(), asked.upper() or "AUTOINDEX")
    if chosen == "AUTOINDEX" and not vector:
        chosen = "SPARSE_INVERTED_INDEX" if sparse else "INVERTED"
    put(request.extra_params, "index_type", chosen)
    if (vector or sparse) and not given.get("metric_type"):
        put(request.extra_params, "metric_type", collection.resolve_search_metric(request.field_name))
    return asked


def field_of(name: str, collection: Any) -> str | None:
    """The field that an index of this name is of. Without a name of its own it has its field's."""
    names = keeping.said(collection).get("names", {})
    return next((field for field in collection._index_specs if names.get(field, field) == name), None)


def check_metric(asked: str, field: str, collection: Any) -> None:
    """Refuses a search by another metric than that of the field's index."""
    index = collection.get_index_info(field)
    if asked and index and asked.upper() != index["metric_type"]:
        raise RefusedError(
            f"fail to search: metric type not match: invalid [expected={index['metric_type']}][actual={asked}]"
        )
