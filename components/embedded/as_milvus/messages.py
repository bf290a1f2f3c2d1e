"""The messages of Milvus' interface, and Milvus Lite's servicer and collection, which have no types of their own."""

import json
from importlib import import_module
from typing import Any

common: Any = import_module("pymilvus.grpc_gen.common_pb2")
messages: Any = import_module("pymilvus.grpc_gen.milvus_pb2")
schemas: Any = import_module("pymilvus.grpc_gen.schema_pb2")
lite: Any = import_module("milvus_lite.adapter.grpc.servicer")
Collection: Any = import_module("milvus_lite.engine.collection").Collection


class RefusedError(Exception):
    """Milvus refuses such a request; the message is Milvus' own."""


def values(pairs: Any) -> dict[str, str]:
    """The pairs of a request's list."""
    return {each.key: each.value for each in pairs}


def parameters(pairs: Any) -> dict[str, Any]:
    """The pairs of a request's list, with those that stand as JSON under `params`."""
    given: dict[str, Any] = values(pairs)
    try:
        inner = json.loads(given.get("params") or "{}")
    except ValueError:
        return given
    return {**given, **inner} if isinstance(inner, dict) else given


def put(pairs: Any, key: str, value: str) -> None:
    """Sets a pair of a request's list."""
    for each in pairs:
        if each.key == key:
            each.value = value
            return
    pairs.add(key=key, value=value)
