"""What the engine gets to hear: outputs with their marks, differences, failures that leave something behind."""

from collections.abc import Sequence
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import provider_pb2

from rehearsal.cloud.cloud import Resource
from rehearsal.protocol import schema
from rehearsal.protocol.difference import Change
from rehearsal.protocol.wire import SIGNATURE, Properties, Value, encode, kind, plain, secret


def is_open(value: Value) -> bool:
    """Neither secret as a whole nor unknown."""
    return isinstance(value, dict) and kind(value) is None  # pyright: ignore[reportUnknownArgumentType] - JSON


def given(inputs: Properties) -> Properties:
    return {key: value for key, value in inputs.items() if not key.startswith("__")}


def marked(resource: Resource, inputs: Properties) -> Properties:
    """The outputs, with the marks that the inputs had and those that the schema asks for."""
    known = schema.of(resource.type)
    marked: Properties = {}
    for key, value in resource.outputs.items():
        given = inputs.get(key)
        value = given if given is not None and plain(given) == value else value
        marked[key] = secret(value) if known and key in known.secret else value
    return marked


def as_given(given: Value, live: Value) -> Value:
    """The live value of an input, in the shape of the program's: what AWS adds by itself is no drift."""
    bare = plain(given)
    if bare == live:
        return given
    if isinstance(bare, dict) and isinstance(live, dict) and SIGNATURE not in given:
        return {key: as_given(given[key], live.get(key)) for key in given}  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] - JSON
    return live  # pyright: ignore[reportUnknownVariableType] - JSON


def difference(found: Sequence[Change], replacing: Sequence[str], delete_first: bool = False) -> Any:
    kinds = provider_pb2.PropertyDiff
    detailed = {
        each.path: kinds(kind=_KINDS[each.old is None, each.new is None, each.replaces], inputDiff=True)
        for each in found
    }
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=sorted({each.top for each in found}),
        replaces=sorted(set(replacing)),
        deleteBeforeReplace=delete_first,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


_KINDS = {  # added, removed, replaces
    (True, False, False): provider_pb2.PropertyDiff.ADD,
    (True, False, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (False, True, False): provider_pb2.PropertyDiff.DELETE,
    (False, True, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (False, False, False): provider_pb2.PropertyDiff.UPDATE,
    (False, False, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def abort_half_made(context: Any, resource: Resource, inputs: Properties, reason: str) -> NoReturn:
    """As bridged providers and Kubernetes do: the resource is in the state, and the next `up` takes it from there.

    pulumi/pulumi, sdk/go/common/resource/plugin/provider_plugin.go: ErrorResourceInitFailed in the status' details.
    """
    details = provider_pb2.ErrorResourceInitFailed(
        id=resource.id, properties=encode(marked(resource, inputs)), reasons=[reason], inputs=encode(inputs)
    )
    packed = any_pb2.Any()
    packed.Pack(details)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[packed])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, reason)
    raise AssertionError("abort raises")
