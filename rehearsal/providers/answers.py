"""Builds answers for the engine: outputs with their marks, differences, and failures that leave a resource behind."""

from collections.abc import Sequence
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import provider_pb2

from rehearsal.cloud.resource import Resource
from rehearsal.protocol import schema
from rehearsal.protocol.difference import Change
from rehearsal.protocol.wire import SIGNATURE, Properties, Value, encode, kind, plain, secret


def is_open(value: Value) -> bool:
    """Whether a value is an object that is neither unknown nor secret as a whole."""
    return isinstance(value, dict) and kind(value) is None  # pyright: ignore[reportUnknownArgumentType] - JSON


def program_inputs(inputs: Properties) -> Properties:
    """The program's inputs, without the provider's own keys such as `__defaults`."""
    return {key: value for key, value in inputs.items() if not key.startswith("__")}


def marked(resource: Resource, inputs: Properties) -> Properties:
    """The resource's outputs, with the inputs' marks, and marked as secret where the schema says so."""
    known = schema.of(resource.type)
    marked: Properties = {}
    for key, value in resource.outputs.items():
        program_value = inputs.get(key)
        value = program_value if program_value is not None and plain(program_value) == value else value
        marked[key] = secret(value) if known and key in known.secret else value
    return marked


def in_program_shape(program_value: Value, live: Value) -> Value:
    """The live value of an input, with only the keys that the program gives: additions by AWS are no drift."""
    bare = plain(program_value)
    if bare == live:
        return program_value
    if isinstance(bare, dict) and isinstance(live, dict) and SIGNATURE not in program_value:
        return {key: in_program_shape(program_value[key], live.get(key)) for key in program_value}  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] - JSON
    return live  # pyright: ignore[reportUnknownVariableType] - JSON


def difference(found: Sequence[Change], replacing: Sequence[str], delete_first: bool = False) -> Any:
    """The answer to Diff. `replacing` are the properties that force a replacement."""
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
    """Fails as bridged providers and Kubernetes do: the resource is kept in the state, and the
    next `up` continues with it.

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
