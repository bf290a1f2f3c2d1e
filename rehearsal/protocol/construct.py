"""Registers a remote component and its children with the engine, for a provider that answers Construct."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
from pulumi.runtime.proto import resource_pb2, resource_pb2_grpc

from rehearsal.protocol.wire import (
    REFERENCE,
    UNKNOWN,
    Properties,
    Value,
    decode,
    encode,
    kind,
    plain,
    reference,
    references,
)

Dependencies: TypeAlias = Mapping[str, Sequence[str]]
"""URNs of the resources from which a property's value comes, by property."""
Built: TypeAlias = tuple[Properties, dict[str, list[str]]]
"""Outputs of a component, and the URNs from which each of them comes."""


@dataclass(frozen=True)
class Child:
    """A registered resource, with the outputs that the engine returned."""

    urn: str
    id: str
    outputs: Properties
    version: str

    @property
    def reference(self) -> Value:
        """The resource as a value that other properties can hold."""
        return reference(self.urn, self.id, self.version)


class Composer:
    """One call of Construct. The children's outputs come from the engine, and are unknown in a preview."""

    def __init__(self, request: Any, versions: Mapping[str, str]) -> None:
        """`versions` are the versions, by package, of the SDKs with which the component was written."""
        self.name: str = request.name
        self.inputs = decode(request.inputs)
        self.plain: Properties = {key: plain(value) for key, value in self.inputs.items()}
        self._versions = versions
        self._providers = dict(request.providers)
        self._channel = grpc.insecure_channel(request.monitorEndpoint)
        self._monitor: Any = resource_pb2_grpc.ResourceMonitorStub(self._channel)
        self._dependencies = {
            # A reference comes without dependencies, but depends on the resource itself.
            key: sorted({*request.inputDependencies[key].urns, *references(value)})
            for key, value in self.inputs.items()
        }
        self.urn: str = self._monitor.RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=request.type,
                name=request.name,
                parent=request.parent,
                providers=self._providers,
                acceptSecrets=True,
                acceptResources=True,
                aliases=list(request.aliases),
                dependencies=list(request.dependencies),
                protect=request.protect if request.HasField("protect") else None,
            )
        ).urn

    def sources_of(self, *inputs: str) -> list[str]:
        """URNs of the resources from which some of the component's inputs come."""
        return sorted({urn for key in inputs for urn in self._dependencies.get(key, ())})

    def look_up(self, value: Value) -> Value:
        """Outputs of the resource that a reference means, without marks; any other value itself, without marks."""
        if kind(value) != REFERENCE:
            return plain(value)
        return self.invoke("pulumi:pulumi:getResource", urn=value["urn"]).get("state") or {}

    def invoke(self, token: str, **arguments: Value) -> Properties:
        """What a function answers, by the provider passed to the component."""
        package = token.split(":")[0]
        answer = self._monitor.Invoke(
            resource_pb2.ResourceInvokeRequest(
                tok=token,
                args=encode(arguments),
                acceptResources=True,
                provider=self._providers.get(package, ""),
                version=self._versions.get(package, ""),
            )
        )
        return decode(getattr(answer, "return"))

    def component(self, type_: str, name: str, parent: str = "") -> str:
        """Registers a component below this one, and returns its URN."""
        answer = self._monitor.RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=type_, name=name, parent=parent or self.urn, providers=self._providers, acceptSecrets=True
            )
        )
        return answer.urn

    def child(
        self,
        type_: str,
        name: str,
        properties: Properties,
        comes_from: Dependencies,
        *,
        parent: str = "",
        depends_on: Sequence[str] = (),
        ignore_changes: Sequence[str] = (),
    ) -> Child:
        """Registers a resource, with the provider passed to the component or else a default one of the SDK's version.

        `comes_from` are the resources from which each property comes.
        """
        is_provider = type_.startswith("pulumi:providers:")
        package = type_.split(":")[-1 if is_provider else 0]
        version = self._versions.get(package, "")
        comes_from = {key: sorted(set(urns)) for key, urns in comes_from.items() if urns}
        answer = self._monitor.RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=type_,
                name=name,
                parent=parent or self.urn,
                custom=True,
                object=encode({key: value for key, value in properties.items() if value is not None}),
                acceptSecrets=True,
                acceptResources=True,
                supportsPartialValues=True,
                provider="" if is_provider else self._providers.get(package, ""),
                version=version,
                ignoreChanges=list(ignore_changes),
                dependencies=sorted({*depends_on, *(urn for urns in comes_from.values() for urn in urns)}),
                propertyDependencies={
                    key: resource_pb2.RegisterResourceRequest.PropertyDependencies(urns=urns)
                    for key, urns in comes_from.items()
                },
            )
        )
        return Child(answer.urn, answer.id or UNKNOWN, decode(answer.object), version)

    def finish(self, outputs: Properties) -> None:
        """Registers the component's outputs, and ends the connection."""
        self._monitor.RegisterResourceOutputs(
            resource_pb2.RegisterResourceOutputsRequest(urn=self.urn, outputs=encode(outputs))
        )
        self._channel.close()
