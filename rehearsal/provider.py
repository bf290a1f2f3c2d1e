"""The engine's protocol with a resource provider, the same for every package: what is checked, compared, made and read.

Faithful where programs notice: inputs are checked against the SDK's schema, unknowns stay unknown in previews, secrets
stay secret, names that nobody gave are kept. What a package knows of its types is in aws.py, kubernetes.py, random.py
and eks.py; whether the cloud would have it, in cloud.py and the rules. Left out: parameterized providers and calls.
"""
# ruff: noqa: N802 - gRPC's method names

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from rehearsal import answers, limits, schema
from rehearsal.cloud import Cloud, NeverReadyError, Refused, Thing
from rehearsal.difference import changes
from rehearsal.faults import Faults
from rehearsal.wire import (
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

NEUTRAL: Properties = {"text": "", "flag": False, "number": 0, "list": [], "map": {}, "object": {}, "any": None}
"""Outputs that nobody described: as AWS reports what is not set."""


@dataclass
class Configuration:
    """Of one explicit or default provider."""

    values: Properties = field(default_factory=Properties)
    region: str = ""
    account: str = ""
    server: str = ""
    default_tags: dict[str, str] = field(default_factory=dict[str, str])


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One package. Several explicit providers of it come by the same address: each by a connection of its own."""

    package: str
    on_update: dict[str, Sequence[str]] = {}
    """By type: outputs that every update changes."""

    def __init__(self, cloud: Cloud, faults: Faults | None = None) -> None:
        self.cloud, self.faults = cloud, faults
        self._configurations: dict[str, Configuration] = {}

    # --- what a package says of its types

    def configuration(self, values: Properties) -> Configuration:
        """Raises Refused if nothing can be done with it."""
        return Configuration(values)

    def complete(self, type_: str, name: str, news: Properties, olds: Properties, suffix: Callable[[int], str]) -> None:
        """Puts defaults and names into the inputs; `suffix(digits)` is random, and the same when it is asked again."""

    def forcing(self, type_: str, olds: Properties, news: Properties) -> Sequence[str]:
        """Paths whose change replaces."""
        return ()

    def elsewhere(self, olds: Properties, news: Properties) -> Sequence[str]:
        """Keys of the configuration that now mean another place: everything by it is made anew."""
        return ()

    def takes_its_name(self, type_: str, olds: Properties, news: Properties) -> bool:
        """Whether a replacement cannot stand beside the old one, for both would have the same name."""
        return False

    def identify(self, thing: Thing) -> str:
        raise NotImplementedError

    def computed(self, thing: Thing, configuration: Configuration) -> Properties:
        """Outputs that are not inputs, plain."""
        return {}

    def partly_computed(self, type_: str) -> dict[str, Sequence[str]]:
        """By property: what the cloud adds inside of an object that the program gives."""
        return {}

    def known_early(self, inputs: Properties, configuration: Configuration) -> Properties:
        """Outputs that a preview knows."""
        return {}

    def delete_again(self, type_: str, id_: str) -> None:
        """Of what is gone already: "not found" is what was wanted. Raises Refused where a provider minds."""

    def invoke(self, token: str, arguments: Properties, configuration: Configuration) -> Properties:
        """Raises LookupError for a function that is not emulated, Refused for what the cloud refuses."""
        raise LookupError(token)

    # --- starting

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
        type_, olds, news = type_of(request.urn), decode(request.olds), decode(request.news)
        problems = schema.problems(type_, {key: plain(value) for key, value in news.items()})
        if not problems:
            try:
                self.complete(type_, name_of(request.urn), news, olds, _suffix(request))
                problems = limits.problems(type_, plain_properties(news))
            except Refused as refusal:
                problems = [("", str(refusal))]
        failures = [provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in problems]
        return provider_pb2.CheckResponse(inputs=encode(news), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        type_, olds, news = type_of(request.urn), decode(request.old_inputs), decode(request.news)
        old, new = plain_properties(olds), plain_properties(news)
        found = changes(old, new, ignored=list(request.ignoreChanges), forcing=self.forcing(type_, old, new))
        replacing = [each.top for each in found if each.replaces]
        return answers.difference(found, replacing, bool(replacing) and self.takes_its_name(type_, olds, news))

    def Create(self, request: Any, context: Any) -> Any:
        inputs = decode(request.properties)
        configuration = self._configuration(context)
        if request.preview:
            early = self._early(type_of(request.urn), inputs, configuration)
            return provider_pb2.CreateResponse(properties=encode(early))
        thing = self._thing(request.urn, inputs, configuration)
        thing.id = self.identify(thing)
        thing.outputs = self._late(thing, configuration)
        with self._answering(context, thing, inputs):
            self._perform("create", thing, self.cloud.create)
        return provider_pb2.CreateResponse(id=thing.id, properties=encode(answers.marked(thing, inputs)))

    def Update(self, request: Any, context: Any) -> Any:
        olds, inputs, type_ = decode(request.olds), decode(request.news), type_of(request.urn)
        configuration = self._configuration(context)
        gone = decode(request.old_inputs).keys() - inputs.keys()
        outputs = {key: value for key, value in olds.items() if key not in gone} | answers.given(inputs)
        outputs |= self.known_early(plain_properties(inputs), configuration)
        for key, below in self.partly_computed(type_).items():
            if answers.is_open(outputs.get(key)) and answers.is_open(olds.get(key)):
                outputs[key] = {name: olds[key].get(name) for name in below} | outputs[key]
        for key in self.on_update.get(type_, ()):
            old = plain(olds.get(key))
            outputs[key] = UNKNOWN if request.preview else old + 1 if isinstance(old, int) else old
        if request.preview:
            return provider_pb2.UpdateResponse(properties=encode(outputs))
        thing = self._thing(request.urn, inputs, configuration)
        thing.id, thing.outputs = request.id, plain_properties(outputs)
        with self._answering(context, thing, inputs):
            self._perform("update", thing, self.cloud.update)
        return provider_pb2.UpdateResponse(properties=encode(answers.marked(thing, inputs)))

    def Read(self, request: Any, context: Any) -> Any:
        type_, state, inputs = type_of(request.urn), decode(request.properties), decode(request.inputs)
        thing = self.cloud.get(type_, request.id)
        if thing is None:
            if not state:  # SomeType.get() in a program: it must be there
                context.abort(grpc.StatusCode.NOT_FOUND, f"{type_.split(':')[-1]} '{request.id}' does not exist")
            return provider_pb2.ReadResponse(id="")
        live: Properties = {
            key: state[key] if key in state and plain(state[key]) == value else value
            for key, value in thing.outputs.items()
        }
        known = schema.of(type_)
        seen: Properties = (
            {
                key: given if key.startswith("__") else answers.as_given(given, thing.inputs.get(key))
                for key, given in inputs.items()
            }
            if inputs
            else {key: value for key, value in thing.inputs.items() if known is None or key in known.inputs}
        )
        return provider_pb2.ReadResponse(id=thing.id, properties=encode(live), inputs=encode(seen))

    def Delete(self, request: Any, context: Any) -> Any:
        type_ = type_of(request.urn)
        thing = self.cloud.get(type_, request.id)
        with self._answering(context, thing or Thing(type_, request.id), {}):
            if thing:
                self._perform("delete", thing, self.cloud.delete)
            else:
                self.delete_again(type_, request.id)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        arguments = plain_properties(decode(request.args))
        try:
            answer = self.invoke(request.tok, arguments, self._configuration(context))
        except LookupError:
            # A failure, not an exception: the engine would take that for a broken plugin.
            failure = provider_pb2.CheckFailure(reason=f"the rehearsal knows no function {request.tok}")
            return provider_pb2.InvokeResponse(failures=[failure])
        except Refused as refusal:
            return provider_pb2.InvokeResponse(failures=[provider_pb2.CheckFailure(reason=str(refusal))])
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(encode(answer))  # a word that Python keeps to itself
        return response

    # --- inside

    def _perform(self, operation: str, thing: Thing, effect: Callable[[Thing], None]) -> None:
        """Every change of the cloud passes here, and so every fault."""
        if self.faults:
            self.faults.strike(operation, thing.urn, "before")
        effect(thing)
        if self.faults:
            self.faults.strike(operation, thing.urn, "after")

    def _configuration(self, context: Any) -> Configuration:
        return self._configurations.get(context.peer()) or Configuration()

    def _thing(self, urn: str, inputs: Properties, configuration: Configuration) -> Thing:
        return Thing(
            type=type_of(urn),
            id="",
            urn=urn,
            inputs=plain_properties(inputs),
            region=configuration.region,
            account=configuration.account,
            server=configuration.server,
        )

    def _early(self, type_: str, inputs: Properties, configuration: Configuration) -> Properties:
        """Outputs in a preview: what the program gave, and unknowns."""
        outputs = answers.given(inputs)
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

    def _late(self, thing: Thing, configuration: Configuration) -> Properties:
        """Outputs after creation, plain: what the program gave, what AWS computes, something neutral for the rest."""
        computed = self.computed(thing, configuration)
        known = schema.of(thing.type)
        neutral: Properties = {
            key: NEUTRAL[output.kind]
            for key, output in (known.outputs.items() if known else ())
            if not output.optional and thing.inputs.get(key) is None
        }
        return neutral | thing.inputs | self.known_early(thing.inputs, configuration) | computed

    @contextmanager
    def _answering(self, context: Any, thing: Thing, inputs: Properties) -> Any:
        """Turns what the cloud says into what the engine understands."""
        try:
            yield
        except Refused as refusal:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(refusal))
        except NeverReadyError as reason:
            answers.abort_half_made(context, thing, inputs, str(reason))


def _suffix(request: Any) -> Callable[[int], str]:
    """Digits from the engine's seed, so that asking again gives the same name."""

    def digits(count: int) -> str:
        return (request.randomSeed or request.urn.encode()).hex()[:count]

    return digits
