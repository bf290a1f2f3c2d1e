"""A manifest, and changes of it."""

import copy
from typing import Any

from operations.backup.manifest import Manifest

DOCUMENTS: dict[str, Any] = {
    "schema": {
        "fields": [
            {"name": "pk", "type": "INT64", "is_primary": True},
            {"name": "text", "type": "VARCHAR", "params": {"max_length": 100}},
            {"name": "vector", "type": "FLOAT_VECTOR", "params": {"dim": 2}},
        ],
        "consistency_level_name": "Strong",
        "enable_dynamic_field": True,
        "num_shards": 1,
    },
    "indexes": {"vector/vector": {"index_type": "HNSW", "metric_type": "L2", "M": "16"}},
    "loaded": True,
    "replicas": 1,
    "aliases": ["current"],
    "partitions": {"_default": 60, "archive": 40},
    "rows": {"least": 100, "most": 100, "read": 100, "digest": "aa"},
    "samples": [{"key": 1, "digest": "d1"}, {"key": 2, "digest": "d2"}, {"key": 3, "digest": "d3"}],
    "search": {
        "field": "vector",
        "vector": [0.0, 1.0],
        "params": {"ef": 512},
        "hits": [{"key": key, "distance": key / 10} for key in range(10)],
    },
    "unread": None,
}
MANIFEST: dict[str, Any] = {
    "manifest_version": "1",
    "source": "stack dev",
    "made_at": "2026-11-26T02:00:00+00:00",
    "server": {"version": "v2.6.22", "lite": False},
    "databases": ["default"],
    "collections": {"default.documents": DOCUMENTS},
    "access": {
        "users": {"app": ["default_rw"]},
        "roles": {"default_rw": [["Global", "*", "CollectionReadWrite", "default"]]},
    },
    "backup": None,
}


def manifest(*changes: tuple[str, Any]) -> Manifest:
    """The sample with values changed at paths such as `rows/least` of its collection, or `/access` of itself."""
    values = copy.deepcopy(MANIFEST)
    for path, value in changes:
        place: Any = values if path.startswith("/") else values["collections"]["default.documents"]
        *parents, last = path.strip("/").split("/")
        for parent in parents:
            place = place[int(parent) if isinstance(place, list) else parent]
        place[int(last) if isinstance(place, list) else last] = value
    return Manifest.model_validate(values)
