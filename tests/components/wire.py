"""Values in the engine's protocol: secrets, references to resources, and values that a preview does not know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

# How the engine marks values on the wire (pulumi/pulumi, sdk/go/common/resource/sig).
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


@dataclass(frozen=True)
class Secret:
    """A value that the engine would encrypt in its state."""

    value: Any


@dataclass(frozen=True)
class Reference:
    """A whole resource given as a value, as remote components take and return them."""

    urn: str
    id: str | None = None


class Unknown:
    """A value that a preview does not know yet."""


UNKNOWN = Unknown()


def _decode(value: Any) -> Any:
    """A wire value as Python, with secrets and resource references still marked."""
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        match mapping.get(SIGNATURE):
            case str(signature) if signature == SECRET:
                return Secret(_decode(mapping["value"]))
            case str(signature) if signature == REFERENCE:
                return Reference(mapping["urn"], _decode(mapping.get("id")))
            case str(signature) if signature == OUTPUT:
                inner = _decode(mapping["value"]) if "value" in mapping else UNKNOWN
                return Secret(inner) if mapping.get("secret") else inner
            case _:
                return {key: _decode(item) for key, item in mapping.items()}
    if isinstance(value, list):
        return [_decode(item) for item in cast("list[Any]", value)]
    if value == rpc.UNKNOWN:
        return UNKNOWN
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _encode(value: Any) -> Any:
    match value:
        case Secret():
            return {SIGNATURE: SECRET, "value": _encode(value.value)}
        case Reference():
            identity = {} if value.id is None else {"id": value.id}
            return {SIGNATURE: REFERENCE, "urn": value.urn, **identity}
        case Unknown():
            return rpc.UNKNOWN
        case dict():
            return {k: _encode(v) for k, v in cast("dict[str, Any]", value).items() if v is not None}
        case list():
            return [_encode(item) for item in cast("list[Any]", value)]
        case _:
            return value


def read(struct: struct_pb2.Struct) -> dict[str, Any]:
    return _decode(json_format.MessageToDict(struct))


def write(values: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(_encode(dict(values)), struct_pb2.Struct())


def plain(value: Any) -> Any:
    """The value with its secret marks taken off, for comparing."""
    match value:
        case Secret():
            return plain(value.value)
        case dict():
            return {key: plain(item) for key, item in cast("dict[str, Any]", value).items()}
        case list():
            return [plain(item) for item in cast("list[Any]", value)]
        case _:
            return value


def references(value: Any) -> list[str]:
    """URNs of resources passed whole: remote components take them without naming them as dependencies."""
    match value:
        case Reference():
            return [value.urn]
        case Secret():
            return references(value.value)
        case dict():
            return [urn for item in cast("dict[str, Any]", value).values() for urn in references(item)]
        case list():
            return [urn for item in cast("list[Any]", value) for urn in references(item)]
        case _:
            return []
