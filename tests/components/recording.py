"""Runs a Pulumi program in this process, without an engine, and records every request it makes.

Pulumi's own mocks show inputs only. Here each registration keeps its parent, dependencies, secrets and options, so that
a test sees what the engine would see: which resource waits for which, and what is protected or encrypted. Left out:
rules of AWS and Kubernetes, updates, and deletions, which a rehearsal covers.
"""

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from unittest import mock

import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import config, mocks, settings, stack
from pulumi.runtime.proto import resource_pb2

from tests.components.wire import UNKNOWN, Secret, plain, read, references, write

PROJECT = "milvus-on-aws"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registration, as the engine would receive it."""

    urn: str
    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    """Plain values; `raw` keeps the marks."""
    raw: dict[str, Any]
    depends_on: frozenset[str]
    """URNs: explicit dependencies, those by data, and the provider."""
    by_data: frozenset[str] = frozenset()
    """Those of them that inputs are made from: one that a preview replaces leaves such inputs unknown."""
    provider: str
    providers: dict[str, str] = field(default_factory=dict[str, str])
    protect: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    ignore_changes: tuple[str, ...] = ()
    delete_before_replace: bool | None = None
    timeouts: dict[str, str] = field(default_factory=dict[str, str])
    import_id: str = ""
    """Id of a resource that exists and is taken over; empty: it is created."""
    read: bool = False
    """Looked up, not managed (`Resource.get`)."""

    def is_secret(self, key: str) -> bool:
        """Whether the engine would encrypt this input."""
        return isinstance(self.raw.get(key), Secret)


Outputs = Mapping[str, Any] | Callable[[Resource], Mapping[str, Any]]
"""Outputs of a resource type in addition to its inputs."""
Answer = Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]]
"""Answers of invokes. An invoke without an answer is an error."""


@dataclass
class Recording:
    """Everything a program asked for, in the order of its requests."""

    resources: list[Resource] = field(default_factory=list[Resource])
    invokes: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    stack_outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    component_outputs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def all(self, type_: str) -> list[Resource]:
        return [resource for resource in self.resources if resource.type == type_]

    def one(self, type_: str, name: str | None = None) -> Resource:
        """The only resource of this type (and name)."""
        found = [resource for resource in self.all(type_) if name in (None, resource.name)]
        if len(found) != 1:
            raise LookupError(f"{len(found)} of {type_} {name or ''}: {[r.name for r in self.all(type_)]}")
        return found[0]

    def depends(self, dependent: Resource, dependency: Resource) -> bool:
        """Whether the engine creates `dependency` first, directly or through others."""
        return dependency.urn in self.ancestors(dependent)

    def ancestors(self, resource: Resource) -> set[str]:
        """URNs of everything that must exist before this resource, parents excepted (they order deletes only)."""
        by_urn = {each.urn: each for each in self.resources}
        seen: set[str] = set()
        todo = set(resource.depends_on)
        while todo:
            urn = todo.pop()
            if urn not in seen:
                seen.add(urn)
                todo |= by_urn[urn].depends_on if urn in by_urn else frozenset()
        return seen

    def descendants(self, root: Resource) -> list[Resource]:
        """Every resource below a component."""
        below = {root.urn}
        found: list[Resource] = []
        for resource in self.resources:  # a parent is always registered before its children
            if resource.parent in below:
                below.add(resource.urn)
                found.append(resource)
        return found


class RecordingMonitor(mocks.MockMonitor):
    """Stands in for the engine's resource monitor."""

    def __init__(
        self, outputs: Mapping[str, Outputs], answers: Mapping[str, Answer], *, stack_name: str, preview: bool
    ) -> None:
        self.resources: dict[str, mocks.MockMonitor.ResourceRegistration] = {}
        self._stack_name = stack_name
        self.recording = Recording()
        self._outputs = outputs
        self._answers = answers
        self._preview = preview
        self._stack_urn = ""

    def GetDeploymentInfo(self, request: Any) -> resource_pb2.DeploymentInfo:  # noqa: N802, the protocol's name
        stock: resource_pb2.DeploymentInfo = super().GetDeploymentInfo(request)  # pyright: ignore[reportUnknownMemberType] - untyped in the SDK
        features = list(stock.supportedFeatures)
        # Real engines have it; without it a remote component's secret inputs would not be marked one by one.
        features.append(resource_pb2.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES)
        return resource_pb2.DeploymentInfo(supportedFeatures=features)

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The engine's rule: the types of all ancestors but the stack (MockMonitor drops grandparents)."""
        qualified = parent.split("::")[2] if parent else ""
        chain = type_ if qualified in ("", "pulumi:pulumi:Stack") else f"{qualified}${type_}"
        return f"urn:pulumi:{self._stack_name}::{PROJECT}::{chain}::{name}"

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:  # noqa: N802
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == "pulumi:pulumi:Stack":
            self._stack_urn = urn
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if urn in self.resources:
            raise RuntimeError(f"duplicate resource URN {urn}")  # the engine refuses it, too
        raw = read(request.object)
        by_data = [dependency for key in request.propertyDependencies.values() for dependency in key.urns]
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            inputs=plain(raw),
            raw=raw,
            depends_on=frozenset([*request.dependencies, *by_data, *references(raw), *_urn(request.provider)]),
            by_data=frozenset(by_data),
            provider=request.provider,
            providers=dict(request.providers),
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            import_id=request.importId,
            deleted_with=request.deletedWith,
            ignore_changes=tuple(request.ignoreChanges),
            delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
            timeouts={k: v for k in ("create", "update", "delete") if (v := getattr(request.customTimeouts, k))},
        )
        id_, state = self._create(resource, tuple(request.additionalSecretOutputs), custom=request.custom)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=id_, object=state)

    def ReadResource(self, request: Any) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        urn = self.make_urn(request.parent, request.type, request.name)
        raw = read(request.properties)
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            inputs=plain(raw),
            raw=raw,
            depends_on=frozenset(request.dependencies),
            provider=request.provider,
            read=True,
        )
        _, state = self._create(resource, tuple(request.additionalSecretOutputs), id_=request.id)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=state)

    def _create(
        self, resource: Resource, secrets: tuple[str, ...], *, custom: bool = True, id_: str = ""
    ) -> tuple[str, struct_pb2.Struct]:
        self.recording.resources.append(resource)
        given = self._outputs.get(resource.type, {})
        computed: dict[str, Any] = {"arn": f"arn:{resource.name}", **(given(resource) if callable(given) else given)}
        id_ = computed.pop("id", id_ or f"{resource.name}-id") if custom else ""
        if self._preview and custom and not resource.read:
            id_, computed = "", dict.fromkeys(computed, UNKNOWN)
        state = {**computed, **resource.raw} if custom else computed
        for key in secrets:  # the engine encrypts these; secret inputs come back as they went
            if not isinstance(state.get(key), Secret):
                state[key] = Secret(state.get(key))
        self.resources[resource.urn] = self.ResourceRegistration(resource.urn, id_, state)
        return id_, write(state)

    def Invoke(self, request: Any) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        arguments = plain(read(request.args))
        if request.tok == "pulumi:pulumi:getResource":
            found = self.resources[arguments["urn"]]
            identity = {"urn": found.urn, "id": found.id}
            return _returned({**identity, "state": cast("dict[str, Any]", found.state)})  # pyright: ignore[reportUnknownMemberType] - a bare dict in the SDK
        self.recording.invokes.append((request.tok, arguments))
        if request.tok not in self._answers:
            raise LookupError(f"no answer for the invoke {request.tok} {arguments}")
        answer = self._answers[request.tok]
        return _returned(answer(arguments) if callable(answer) else answer)

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        outputs = read(request.outputs)
        if request.urn == self._stack_urn:
            self.recording.stack_outputs.update(outputs)
        else:
            self.recording.component_outputs[request.urn] = outputs
        return empty_pb2.Empty()


def _returned(values: Mapping[str, Any]) -> resource_pb2.ResourceInvokeResponse:
    field_named_by_a_keyword: dict[str, Any] = {"return": write(values)}
    return resource_pb2.ResourceInvokeResponse(**field_named_by_a_keyword)


def _drain(loop: asyncio.AbstractEventLoop) -> None:
    """Ends what a failed program left behind. Else it is reported whenever it is collected, perhaps in another test, or
    in the midst of a parse ("AST constructor recursion depth mismatch" of CPython 3.11)."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))


def _urn(provider: str) -> list[str]:
    """A provider reference is `<urn>::<id>`."""
    return [provider.rsplit("::", 1)[0]] if provider else []


class _AllAtOnce:
    """asyncio for the SDK's end of a program, which would wait for hundreds of outputs one by one, all over again for
    each: half of the time of a recording. An error still ends the wait."""

    FIRST_COMPLETED = asyncio.FIRST_EXCEPTION

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)


def record(
    program: Callable[[], None],
    *,
    outputs: Mapping[str, Outputs] | None = None,
    answers: Mapping[str, Answer] | None = None,
    preview: bool = False,
    configuration: Mapping[str, str] | None = None,
    stack_name: str = "test",
    monitor: RecordingMonitor | None = None,
) -> Recording:
    """Run `program` in a context and an event loop of its own, so that nothing leaks into the next test.

    Every resource answers its inputs, an `arn` of `arn:<name>`, an id of `<name>-id`, and what `outputs` holds for its
    type; a `monitor` of one's own answers what it likes. Errors of the program are raised here.
    """
    monitor = monitor or RecordingMonitor(outputs or {}, answers or {}, stack_name=stack_name, preview=preview)

    def run() -> Recording:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            config.set_all_config(dict(configuration or {}), [])
            settings.configure(
                mocks.MockSettings(
                    monitor=monitor,
                    monitor_features=set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures),
                    engine=mocks.MockEngine(None),
                    project=PROJECT,
                    stack=stack_name,
                    organization="organization",
                    root_directory=".",
                    dry_run=preview,
                    legacy_apply_enabled=False,
                    parallel=None,
                    callbacks=None,
                    outputs=set[pulumi.Output[Any]](),
                    package_refs={},
                    base_providers_by_ref={},
                )
            )
            settings.ROOT.set(None)
            with mock.patch.object(stack, "asyncio", _AllAtOnce()):
                loop.run_until_complete(stack.run_in_stack(program))
        finally:
            _drain(loop)
            loop.close()
            asyncio.set_event_loop(None)
        return monitor.recording

    return contextvars.copy_context().run(run)
