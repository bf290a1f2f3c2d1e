"""Converts the engine's values between protobuf structs and Python, with secrets, unknowns and references.

google.protobuf.json_format is not used, because it is five times slower. Assets and archives are left out, because
nothing here has any.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias, TypeGuard

from google.protobuf import struct_pb2

Value: TypeAlias = Any
"""A JSON value. A dict with the key SIGNATURE is a value of one of the engine's own kinds, such as a secret."""
Properties: TypeAlias = dict[str, Value]

# pulumi/pulumi, sdk/go/common/resource/properties.go and sdk/go/common/resource/plugin/rpc.go
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = {
    UNKNOWN,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}


def is_object(value: Value) -> TypeGuard[Properties]:
    return isinstance(value, dict)


def is_list(value: Value) -> TypeGuard[list[Value]]:
    return isinstance(value, list)


def decode(struct: struct_pb2.Struct) -> Properties:
    """Properties out of a protobuf struct."""
    return {key: _decode(value) for key, value in struct.fields.items()}


def _decode(value: struct_pb2.Value) -> Value:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "struct_value":
            return decode(value.struct_value)
        case "list_value":
            return [_decode(each) for each in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number == int(number) else number
        case "bool_value":
            return value.bool_value
        case _:
            return None


def encode(properties: Properties) -> struct_pb2.Struct:
    """Properties as a protobuf struct."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _encode(struct.fields[key], value)
    return struct


def _encode(into: struct_pb2.Value, value: Value) -> None:
    if isinstance(value, str):
        into.string_value = value
    elif isinstance(value, bool):
        into.bool_value = value
    elif value is None:
        into.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, int | float):
        into.number_value = value
    elif isinstance(value, dict):
        into.struct_value.SetInParent()
        for key, each in _items(value):
            _encode(into.struct_value.fields[key], each)
    else:
        into.list_value.SetInParent()
        for each in value:
            _encode(into.list_value.values.add(), each)


def _items(value: Value) -> Iterator[tuple[str, Value]]:
    return iter(value.items())


def secret(value: Value) -> Value:
    """The value, marked as secret."""
    return value if kind(value) == SECRET else {SIGNATURE: SECRET, "value": value}


def reference(urn: str, identifier: str, version: str) -> Value:
    """A reference to a resource."""
    return {SIGNATURE: REFERENCE, "urn": urn, "id": identifier, "packageVersion": version}


def kind(value: Value) -> str | None:
    """Signature of the value if it is of one of the engine's own kinds; None for a plain value."""
    return value.get(SIGNATURE) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - JSON


def plain(value: Value) -> Value:
    """The value without marks: secrets and outputs become their content, references the resource's id."""
    if isinstance(value, dict):
        match kind(value):
            case str() as mark if mark in (SECRET, OUTPUT):
                return plain(value["value"]) if "value" in value else UNKNOWN
            case str() as mark if mark == REFERENCE:
                return value.get("id") or value["urn"]  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - JSON
            case _:
                return {key: plain(each) for key, each in _items(value)}
    return [plain(each) for each in value] if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType] - JSON


def plain_properties(properties: Properties) -> Properties:
    """Properties without marks, and without the internal properties of bridged providers (`__defaults`)."""
    return {key: plain(value) for key, value in properties.items() if not key.startswith("__")}


def unknown(value: Value) -> bool:
    """Whether any part of the value is unknown yet."""
    if isinstance(value, str):
        return value in UNKNOWNS
    if isinstance(value, dict):
        if kind(value) == OUTPUT and "value" not in value:
            return True
        return any(unknown(each) for _, each in _items(value))
    return isinstance(value, list) and any(unknown(each) for each in value)  # pyright: ignore[reportUnknownVariableType] - JSON


def hidden(value: Value) -> bool:
    """Whether any part of the value is secret."""
    return next(secrets(value), None) is not None


def secrets(value: Value) -> Iterator[Value]:
    """Each secret part of the value, without its mark."""
    if isinstance(value, dict):
        if kind(value) == SECRET or (kind(value) == OUTPUT and value.get("secret")):  # pyright: ignore[reportUnknownMemberType] - JSON
            yield plain(value)  # pyright: ignore[reportUnknownArgumentType] - JSON
        else:
            for _, each in _items(value):
                yield from secrets(each)
    elif isinstance(value, list):
        for each in value:  # pyright: ignore[reportUnknownVariableType] - JSON
            yield from secrets(each)


def references(value: Value) -> Iterator[str]:
    """URNs of the resources to which the value refers."""
    if kind(value) == REFERENCE:
        yield value["urn"]
    elif isinstance(value, dict):
        for _, each in _items(value):
            yield from references(each)
    elif isinstance(value, list):
        for each in value:  # pyright: ignore[reportUnknownVariableType] - JSON
            yield from references(each)


def type_of(urn: str) -> str:
    """The type in a URN, which has the form `urn:pulumi:stack::project::parent$type::name`."""
    return urn.split("::")[2].split("$")[-1]


def name_of(urn: str) -> str:
    """The resource's name in a URN."""
    return urn.split("::", 3)[3]
