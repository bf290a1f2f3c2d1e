"""A MilvusClient that refuses what a local stack and Milvus on AWS do differently: code that works runs on both.

The differences are those of the table in docs/consumers.md; a test tries every one of them on this client. What no
client can notice stays: a local stack passes over passwords, and has no REST interface.
"""

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from milvus_contract.contract import ContractError

ABSENT = re.compile(
    r"user|role|privilege|password|resource_group|(load|release)_partitions|(add|alter)_collection_field|run_analyzer"
)
"""Methods that a local stack does not have."""
TYPES = ("BINARY_VECTOR", "FLOAT16_VECTOR", "BFLOAT16_VECTOR", "INT8_VECTOR")
FILTER = re.compile(r"\*\*|\b(?:random_sample|phrase_match)\s*\(", re.I)
QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|' + r"'(?:\\.|[^'\\])*'")
APPROXIMATE = ("drop_ratio_build", "drop_ratio_search", "inverted_index_algo")


class NotPortableError(ContractError):
    """A local stack and Milvus on AWS answer this call differently; the message says how, and what to do."""


Arguments = Mapping[str, Any]


def portable(client_type: type) -> type:
    """A subclass of MilvusClient whose methods check their arguments first."""
    overridden = {
        name: _checked(name, method)
        for name, method in inspect.getmembers(client_type, inspect.isfunction)
        if not name.startswith("_")
    }
    return type("PortableMilvusClient", (client_type,), overridden)


def _checked(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @functools.wraps(method)
    def call(*positional: Any, **named: Any) -> Any:
        if ABSENT.search(name):
            raise NotPortableError(
                f"{name}: a local stack has it not; `make grant` makes users, on stacks that have them"
            )
        bound = signature.bind(*positional, **named).arguments
        arguments = {**bound, **bound.get("kwargs", {})}
        for check in (_schema, _consistency, _replicas, _filters, _indexes, _keys):
            check(name, arguments)
        return method(*positional, **named)

    return call


def _schema(name: str, arguments: Arguments) -> None:
    for field in getattr(arguments.get("schema"), "fields", ()):
        if field.dtype.name in TYPES:
            raise NotPortableError(
                f"{name}: field {field.name} is {field.dtype.name}; a local stack has FLOAT_VECTOR alone"
            )
        if field.is_primary and field.auto_id and field.dtype.name == "VARCHAR":
            raise NotPortableError(f"{name}: auto_id of the VARCHAR {field.name}; a local stack makes INT64 keys alone")
        if getattr(field, "element_type", None) is not None and getattr(field.element_type, "name", "") == "STRUCT":
            raise NotPortableError(f"{name}: field {field.name} is an array of structs, which a local stack has not")
    for field in getattr(arguments.get("schema"), "struct_fields", ()):
        raise NotPortableError(f"{name}: field {field.name} is an array of structs, which a local stack has not")


def _consistency(name: str, arguments: Arguments) -> None:
    level = arguments.get("consistency_level")
    if level not in (None, "Strong", 0):
        raise NotPortableError(
            f"{name}: consistency {level}; a local stack is always Strong: ask for Strong, or no level"
        )


def _replicas(name: str, arguments: Arguments) -> None:
    if int(arguments.get("replica_number") or 1) > 1:
        raise NotPortableError(
            f"{name}: more replicas than one; a local stack takes any number, and a cluster needs the nodes"
        )


def _filters(name: str, arguments: Arguments) -> None:
    for text in (arguments.get("filter"), arguments.get("expr")):
        if isinstance(text, str) and (found := FILTER.search(QUOTED.sub("", text))):
            raise NotPortableError(f"{name}: `{found[0].rstrip('( ')}` in a filter, which a local stack does not know")


def _indexes(name: str, arguments: Arguments) -> None:
    for settings in _settings(arguments):
        if found := next((key for key in APPROXIMATE if key in settings), None):
            raise NotPortableError(
                f"{name}: {found} trades recall for speed on Milvus; a local stack finds all: leave it out"
            )


def _settings(arguments: Arguments) -> Iterator[Mapping[str, Any]]:
    """Parameters of searches and indexes, wherever clients put them."""
    search: dict[str, Any] = arguments.get("search_params") or {}
    yield search
    yield search.get("params") or {}
    for index in arguments.get("index_params") or ():
        described: dict[str, Any] = index.to_dict() if hasattr(index, "to_dict") else {}
        yield described
        yield described.get("params") or {}


def _keys(name: str, arguments: Arguments) -> None:
    """Rows with keys of their own are to be upserted."""
    if name != "insert":
        return
    client, rows = arguments["self"], arguments.get("data")
    described = client.describe_collection(arguments["collection_name"])
    if not described.get("auto_id") and rows:
        raise NotPortableError(
            "insert: of a key that is there Milvus keeps both rows, and a local stack the new one: call upsert"
        )
