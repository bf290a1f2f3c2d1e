"""The engine's protocol with a resource provider, in everything that is the same for all packages.

It is faithful where programs notice: inputs are checked against the SDK's schema, unknowns stay unknown in previews,
secrets stay secret, and generated names are kept. The behaviour in which packages differ (package.py) is in aws.py,
kubernetes.py, random.py and eks.py; cloud/ and the rules decide whether the cloud accepts a change. Parameterized
providers and calls are left out.
"""
# ruff: noqa: N802 - gRPC's method names

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from rehearsal.cloud.cloud import Cloud, NeverReadyError, Refused
from rehearsal.cloud.resource import Resource
from rehearsal.faults import Faults
from rehearsal.protocol import schema
from rehearsal.protocol.difference import changes
from rehearsal.protocol.wire import (
    UNKNOWN,
    Properties,
    decode,
    encode,
    name_of,
    plain,
    plain_properties,
    secret,
    type_of,
)
from rehearsal.providers import answers
from rehearsal.providers.package import Configuration, Package

NEUTRAL: Properties = {"text": "", "flag": False, "number": 0, "list": [], "map": {}, "object": {}, "any": None}
"""Values, by kind, for outputs about which nothing else is known: as AWS reports properties that are not set."""


class Provider(Package, provider_pb2_grpc.ResourceProviderServicer):
    """Serves one package. Several explicit providers use the same address, each with a connection of its own."""

    def __init__(self, cloud: Cloud, faults: Faults | None = None) -> None:
        self.cloud, self.faults = cloud, faults
        self._configurations: dict[str, Configuration] = {}

    # --- configuration

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=True, accept_outputs=True, supports_autonaming_configuration=True
        )

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=schema.sdk_version(self.package))

    def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema="{}")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        old = plain_properties(decode(request.old_inputs) or decode(request.olds))
        new = plain_properties(decode(request.news))
        found = [each for each in changes(old, new) if each.top != "version"]
        return answers.difference(found, self.elsewhere(old, new))

    def Configure(self, request: Any, context: Any) -> Any:
        try:
            self._configurations[context.peer()] = self.configuration(plain_properties(decode(request.args)))
        except Refused as refusal:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            acceptResources=True,
            supportsPreview=True,
            acceptOutputs=True,
            supports_autonaming_configuration=True,
        )

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    # --- resources

    def Check(self, request: Any, context: Any) -> Any:
        type_, old_inputs, new_inputs = type_of(request.urn), decode(request.olds), decode(request.news)
        problems = schema.problems(type_, {key: plain(value) for key, value in new_inputs.items()})
        if not problems:
            try:
                self.complete(type_, name_of(request.urn), new_inputs, old_inputs, _suffix(request))
                judged = self.judged(type_, new_inputs, self._configuration(context))
                problems = self._unforgiven(name_of(request.urn), judged)
            except Refused as refusal:
                problems = [("", str(refusal))]
        failures = [provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in problems]
        return provider_pb2.CheckResponse(inputs=encode(new_inputs), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        type_, old_inputs, new_inputs = type_of(request.urn), decode(request.old_inputs), decode(request.news)
        old, new = plain_properties(old_inputs), plain_properties(new_inputs)
        found = changes(old, new, ignored=list(request.ignoreChanges), forcing=self.forcing(type_, old, new))
        replacing = [each.top for each in found if each.replaces]
        return answers.difference(
            found, replacing, bool(replacing) and self.takes_its_name(type_, old_inputs, new_inputs)
        )

    def Create(self, request: Any, context: Any) -> Any:
        inputs = decode(request.properties)
        configuration = self._configuration(context)
        if request.preview:
            early = self._early(type_of(request.urn), inputs, configuration)
            return provider_pb2.CreateResponse(properties=encode(early))
        resource = self._resource(request.urn, inputs, configuration)
        resource.id = self.identify(resource)
        resource.outputs = self._late(resource, configuration)
        with self._answering(context, resource, inputs):
            self._perform("create", resource, self.cloud.create)
        return provider_pb2.CreateResponse(id=resource.id, properties=encode(answers.marked(resource, inputs)))

    def Update(self, request: Any, context: Any) -> Any:
        state, inputs, type_ = decode(request.olds), decode(request.news), type_of(request.urn)
        configuration = self._configuration(context)
        gone = decode(request.old_inputs).keys() - inputs.keys()
        outputs = {key: value for key, value in state.items() if key not in gone} | answers.program_inputs(inputs)
        outputs |= self.known_early(plain_properties(inputs), configuration)
        for key, below in self.partly_computed(type_).items():
            if answers.is_open(outputs.get(key)) and answers.is_open(state.get(key)):
                outputs[key] = {name: state[key].get(name) for name in below} | outputs[key]
        for key in self.on_update.get(type_, ()):
            old = plain(state.get(key))
            outputs[key] = UNKNOWN if request.preview else old + 1 if isinstance(old, int) else old
        if request.preview:
            return provider_pb2.UpdateResponse(properties=encode(outputs))
        resource = self._resource(request.urn, inputs, configuration)
        resource.id, resource.outputs = request.id, plain_properties(outputs)
        with self._answering(context, resource, inputs):
            self._perform("update", resource, self.cloud.update)
        return provider_pb2.UpdateResponse(properties=encode(answers.marked(resource, inputs)))

    def Read(self, request: Any, context: Any) -> Any:
        type_, state, inputs = type_of(request.urn), decode(request.properties), decode(request.inputs)
        resource = self.cloud.get(type_, request.id)
        if resource is None:
            if not state:  # SomeType.get() in a program, for which the resource must exist
                context.abort(grpc.StatusCode.NOT_FOUND, f"{type_.split(':')[-1]} '{request.id}' does not exist")
            return provider_pb2.ReadResponse(id="")
        live: Properties = {
            key: state[key] if key in state and plain(state[key]) == value else value
            for key, value in resource.outputs.items()
        }
        known = schema.of(type_)
        seen: Properties = (
            {
                key: value if key.startswith("__") else answers.in_program_shape(value, resource.inputs.get(key))
                for key, value in inputs.items()
            }
            if inputs
            else {key: value for key, value in resource.inputs.items() if known is None or key in known.inputs}
        )
        return provider_pb2.ReadResponse(id=resource.id, properties=encode(live), inputs=encode(seen))

    def Delete(self, request: Any, context: Any) -> Any:
        type_ = type_of(request.urn)
        resource = self.cloud.get(type_, request.id)
        with self._answering(context, resource or Resource(type_, request.id), {}):
            if resource:
                self._perform("delete", resource, self.cloud.delete)
            else:
                self.delete_again(type_, request.id)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        arguments = plain_properties(decode(request.args))
        try:
            answer = self.invoke(request.tok, arguments, self._configuration(context))
        except LookupError:
            # It answers with a failure, because the engine would take an exception for a broken plugin.
            failure = provider_pb2.CheckFailure(reason=f"the rehearsal knows no function {request.tok}")
            return provider_pb2.InvokeResponse(failures=[failure])
        except Refused as refusal:
            return provider_pb2.InvokeResponse(failures=[provider_pb2.CheckFailure(reason=str(refusal))])
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(encode(answer))  # `return` is a keyword in Python
        return response

    # --- helpers

    def _perform(self, operation: str, resource: Resource, effect: Callable[[Resource], None]) -> None:
        """Changes the cloud. All changes pass through here, so that faults can strike before and after each."""
        if self.faults:
            self.faults.strike(operation, resource.urn, "before")
        effect(resource)
        if self.faults:
            self.faults.strike(operation, resource.urn, "after")

    def _unforgiven(self, name: str, problems: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Problems to report. A forgiving cloud notes them instead, because AWS would report one after the other."""
        if not self.cloud.forgiving:
            return problems
        for _, reason in problems:
            self.cloud.note(f"{name}: {reason}")
        return []

    def _configuration(self, context: Any) -> Configuration:
        return self._configurations.get(context.peer()) or Configuration()

    def _resource(self, urn: str, inputs: Properties, configuration: Configuration) -> Resource:
        return Resource(
            type=type_of(urn),
            id="",
            urn=urn,
            inputs=plain_properties(inputs),
            # A resource of pulumi-aws 7 may be in another region than its provider.
            region=configuration.region and str(plain(inputs.get("region")) or configuration.region),
            account=configuration.account,
            server=configuration.server,
        )

    def _early(self, type_: str, inputs: Properties, configuration: Configuration) -> Properties:
        """Outputs in a preview: the program's inputs, and unknowns."""
        outputs = answers.program_inputs(inputs)
        known = schema.of(type_)
        for key, output in known.outputs.items() if known else ():
            if not output.optional and outputs.get(key) is None:
                outputs[key] = UNKNOWN
            if known and key in known.secret and key in outputs:
                outputs[key] = secret(outputs[key])
        for key, below in self.partly_computed(type_).items():
            if answers.is_open(outputs.get(key)):
                outputs[key] = outputs[key] | dict.fromkeys(below, UNKNOWN)
        return outputs | self.known_early(plain_properties(inputs), configuration)

    def _late(self, resource: Resource, configuration: Configuration) -> Properties:
        """Outputs after creation, without marks: the program's inputs, computed outputs, and
        neutral values for the rest."""
        computed = self.computed(resource, configuration)
        known = schema.of(resource.type)
        neutral: Properties = {
            key: NEUTRAL[output.kind]
            for key, output in (known.outputs.items() if known else ())
            if not output.optional and resource.inputs.get(key) is None
        }
        return neutral | resource.inputs | self.known_early(resource.inputs, configuration) | computed

    @contextmanager
    def _answering(self, context: Any, resource: Resource, inputs: Properties) -> Any:
        """Turns the cloud's errors into answers that the engine understands."""
        try:
            yield
        except Refused as refusal:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(refusal))
        except NeverReadyError as reason:
            answers.abort_half_made(context, resource, inputs, str(reason))


def _suffix(request: Any) -> Callable[[int], str]:
    """A function for hexadecimal digits from the engine's seed, so that every call gives the same name."""

    def digits(count: int) -> str:
        return (request.randomSeed or request.urn.encode()).hex()[:count]

    return digits
