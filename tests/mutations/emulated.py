"""Deploys the program in this process, into the emulated cloud and without the engine: in a second instead of twenty.

It stands for the engine in as few words as will do: Check, Diff, then Create, Update or a replacement of each resource
as it is registered, and in the end the deletion of what is gone. Left out are previews, retries and state files: a
rehearsal on the real engine hears all that this hears, and more.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from unittest import mock

from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2

from rehearsal import rules
from rehearsal.cloud.cloud import Cloud
from rehearsal.protocol import construct
from rehearsal.protocol.wire import decode, encode, name_of, plain_properties
from rehearsal.providers.server import PACKAGES
from tests.components.recording import Recording, RecordingMonitor, Resource, record
from tests.components.wire import read

KINDS = provider_pb2.PropertyDiff.Kind


@dataclass
class Deployed:
    """A resource of a stack, in the shape of an exported state."""

    state: dict[str, Any]
    inputs: dict[str, Any]
    """With the marks of secrets, which `state` does not have."""
    outputs: dict[str, Any]


@dataclass
class Up:
    """The result of one deployment."""

    cloud: Cloud
    resources: dict[str, Deployed] = field(default_factory=dict[str, Deployed])
    recording: Recording = field(default_factory=Recording)
    problems: list[str] = field(default_factory=list[str])
    """What the providers refuse before a resource is made."""
    steps: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """As `pulumi preview --json` lists them."""

    @property
    def changes(self) -> list[str]:
        return [f"{each['op']} {name_of(each['urn'])}" for each in self.steps if each["op"] != "same"]


def _refuse(code: object, message: str) -> None:
    raise RuntimeError(message)


def _call(provider: str) -> Any:
    """The context of a call. `provider` stands for its connection."""
    return SimpleNamespace(peer=lambda: provider, abort=_refuse, set_trailing_metadata=lambda _: None)


class Emulator(RecordingMonitor):
    """The engine's resource monitor, in front of the emulated providers."""

    def __init__(self, up: Up, before: Mapping[str, Deployed], stack: str) -> None:
        super().__init__({}, {}, stack_name=stack, preview=False)
        self.up, self.before = up, before
        self.recording = up.recording
        self._requests: dict[str, Any] = {}
        self._providers: dict[str, Any] = {each.package: each(up.cloud) for each in PACKAGES}

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:  # noqa: N802
        if request.remote:
            return self._construct(request)
        self._requests[self.make_urn(request.parent, request.type, request.name)] = request
        return super().RegisterResource(request)

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        if request.tok == "pulumi:pulumi:getResource":
            return super().Invoke(request)
        question = provider_pb2.InvokeRequest(tok=request.tok, args=request.args)
        answer = self._providers[request.tok.split(":")[0]].Invoke(question, _call(request.provider.rsplit("::", 1)[0]))
        response = resource_pb2.ResourceInvokeResponse(failures=answer.failures)
        getattr(response, "return").CopyFrom(getattr(answer, "return"))
        return response

    def _construct(self, request: Any) -> resource_pb2.RegisterResourceResponse:
        question = provider_pb2.ConstructRequest(
            type=request.type,
            name=request.name,
            parent=request.parent,
            inputs=request.object,
            inputDependencies={
                key: provider_pb2.ConstructRequest.PropertyDependencies(urns=dependencies.urns)
                for key, dependencies in request.propertyDependencies.items()
            },
            providers=request.providers,
            dependencies=request.dependencies,
            protect=request.protect,
            monitorEndpoint="127.0.0.1:1",  # never called: its stub is this object
        )
        with mock.patch.object(construct.resource_pb2_grpc, "ResourceMonitorStub", return_value=self):
            answer = self._providers["eks"].Construct(question, _call(""))
        response = resource_pb2.RegisterResourceResponse(urn=answer.urn, object=answer.state)
        for key, dependencies in answer.stateDependencies.items():
            response.propertyDependencies[key].urns.extend(dependencies.urns)
        return response

    def _create(
        self, resource: Resource, secrets: tuple[str, ...], *, custom: bool = True, id_: str = ""
    ) -> tuple[str, struct_pb2.Struct]:
        request = self._requests[resource.urn]
        state: dict[str, Any] = {
            "urn": resource.urn,
            "type": resource.type,
            "custom": custom,
            "parent": request.parent,
            "dependencies": list(request.dependencies),
            "propertyDependencies": {key: list(each.urns) for key, each in request.propertyDependencies.items()},
            "provider": request.provider,
            "protect": self._protected(request),
            "deletedWith": request.deletedWith,
            "retainOnDelete": request.retainOnDelete,
        }
        made = Deployed(state, {}, {})
        if custom:
            made = self._made(request, resource.urn, state)
        state["inputs"], state["outputs"] = plain_properties(made.inputs), plain_properties(made.outputs)
        self.up.resources[resource.urn] = made
        self.recording.resources.append(replace(resource, inputs=state["inputs"], protect=state["protect"]))
        properties = encode(made.outputs)
        self.resources[resource.urn] = self.ResourceRegistration(resource.urn, state.get("id", ""), read(properties))
        return state.get("id", ""), properties

    def _protected(self, request: Any) -> bool:
        """A child of a component inherits its protection, unless it says otherwise."""
        parent = self.up.resources.get(request.parent)
        return request.protect if request.HasField("protect") else bool(parent and parent.state["protect"])

    def _made(self, request: Any, urn: str, state: dict[str, Any]) -> Deployed:
        """Does what a registration asks for, and notes the step."""
        if request.type.startswith("pulumi:providers:"):
            return self._configured(request, urn, state)
        provider, call = self._providers[request.type.split(":")[0]], _call(request.provider.rsplit("::", 1)[0])
        old = self.before.get(urn)
        inputs = self._checked(provider, call, urn, request.object, old)
        operation, detailed = "create", {}
        if old:
            operation, detailed, delete_first = self._compared(provider, call, request, old, inputs)
            if operation == "replace":
                inputs = self._checked(provider, call, urn, request.object, None, "again")
                if delete_first:
                    self.delete(old)
        if old and operation == "same":
            state["id"], outputs = old.state["id"], encode(old.outputs)
        elif old and operation == "update":
            state["id"] = old.state["id"]
            question = provider_pb2.UpdateRequest(
                id=old.state["id"], urn=urn, olds=encode(old.outputs), old_inputs=encode(old.inputs), news=inputs
            )
            outputs = provider.Update(question, call).properties
        else:
            answer = provider.Create(provider_pb2.CreateRequest(urn=urn, properties=inputs), call)
            state["id"], outputs = answer.id, answer.properties
        made = Deployed(state, decode(inputs), decode(outputs))
        self._note(operation, urn, detailed, old, {**state, "inputs": plain_properties(made.inputs)})
        return made

    def _checked(
        self, provider: Any, call: Any, urn: str, inputs: Any, old: Deployed | None, life: str = ""
    ) -> struct_pb2.Struct:
        seed = hashlib.sha256(f"{urn}{life}".encode()).digest()
        olds = encode(old.inputs) if old else None
        answer = provider.Check(provider_pb2.CheckRequest(urn=urn, olds=olds, news=inputs, randomSeed=seed), call)
        self.up.problems += [f"{name_of(urn)}: {each.property} {each.reason}" for each in answer.failures]
        return answer.inputs

    def _compared(
        self, provider: Any, call: Any, request: Any, old: Deployed, inputs: Any
    ) -> tuple[str, dict[str, Any], bool]:
        question = provider_pb2.DiffRequest(
            id=old.state["id"],
            urn=old.state["urn"],
            olds=encode(old.outputs),
            old_inputs=encode(old.inputs),
            news=inputs,
            ignoreChanges=request.ignoreChanges,
        )
        answer = provider.Diff(question, call)
        detailed = {
            path: {"kind": KINDS.Name(each.kind).lower().replace("_", "-")}
            for path, each in answer.detailedDiff.items()
        }
        if not detailed:
            return "same", {}, False
        forced = [each for each in request.replaceOnChanges if any(path.startswith(each) for path in detailed)]
        operation = "replace" if answer.replaces or forced else "update"
        return operation, detailed, answer.deleteBeforeReplace or request.deleteBeforeReplace

    def _configured(self, request: Any, urn: str, state: dict[str, Any]) -> Deployed:
        """An explicit provider. A moved one replaces everything that it has made."""
        provider = self._providers[request.type.rsplit(":", 1)[1]]
        provider.Configure(provider_pb2.ConfigureRequest(args=request.object), _call(urn))
        state["id"] = "provider"
        old, new = self.before.get(urn), decode(request.object)
        if old:
            question = provider_pb2.DiffRequest(old_inputs=encode(old.inputs), news=request.object)
            if provider.DiffConfig(question, _call(urn)).replaces:
                self.up.problems.append(f"{name_of(urn)}: moves, and replaces everything that it has made")
        return Deployed(state, new, new)

    def _note(self, operation: str, urn: str, detailed: Any, old: Deployed | None, new: dict[str, Any] | None) -> None:
        states = {"oldState": old.state if old else None, "newState": new}
        self.up.steps.append({"op": operation, "urn": urn, "detailedDiff": detailed, **states})

    def delete(self, old: Deployed) -> None:
        if old.state["retainOnDelete"] or not old.state["custom"] or old.state["type"].startswith("pulumi:"):
            return
        provider = self._providers[old.state["type"].split(":")[0]]
        provider.Delete(provider_pb2.DeleteRequest(id=old.state["id"], urn=old.state["urn"]), _call(""))

    def sweep(self) -> None:
        """Deletes what the program no longer registers, and what was replaced."""
        for urn, old in reversed(list(self.before.items())):
            now = self.up.resources.get(urn)
            if now is None:
                self._note("delete", urn, {}, old, None)
            if now is None or now.state.get("id") != old.state.get("id"):
                self.delete(old)


def up(
    run: Any, stack: str, configuration: Mapping[str, str], cloud: Cloud, before: Mapping[str, Deployed] | None = None
) -> Up:
    """Deploys `run` into the cloud, where the resources `before` are those of the stack. Errors of the program are
    raised."""
    rules.register()
    result = Up(cloud)
    emulator = Emulator(result, before or {}, stack)
    record(run, configuration=configuration, stack_name=stack, monitor=emulator)
    emulator.sweep()
    return result


def destroy(deployed: Up, stack: str) -> None:
    """Deletes everything, last made first; what goes with another resource is not deleted by itself."""
    emulator = Emulator(Up(deployed.cloud), {}, stack)
    for each in reversed(deployed.resources.values()):
        if not each.state["deletedWith"]:
            emulator.delete(each)
