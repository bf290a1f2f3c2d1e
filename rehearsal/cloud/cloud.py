"""The emulated cloud: what exists, what depends on it, and the rules that decide what may come and go.

One store for AWS and Kubernetes, kept in a journal of JSON lines, so that several CLI operations and a server that was
killed see the same cloud. Left out: time (clock.py works it out afterwards) and the engine's protocol (provider.py).

A rule is a plain function, registered for a resource type and an event, with its source:

    @rule("aws:ec2/subnet:Subnet", "before_create", source="docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing")
    def a_subnet_lies_in_its_vpc(cloud: Cloud, subnet: Resource) -> None:
        vpc = cloud.need(subnet, "aws:ec2/vpc:Vpc", subnet["vpcId"])
        if not inside(subnet["cidrBlock"], vpc["cidrBlock"]):
            raise Refused(f"InvalidSubnet.Range: The CIDR '{subnet['cidrBlock']}' is invalid.")

Events: `before_create` (the API refuses the call), `after_create` (what AWS makes by itself), `ready` (what it would
wait for; refusing here leaves the resource there, half made), `before_update` (sees the resource with its new inputs;
the old ones are `cloud.current(resource)`), `before_delete` (who still uses it), `after_delete`. A rule for
`kubernetes:*` holds for every type of that package, and is asked first; of the others each is asked, and all that
refuse are told at once, where AWS would name one after the other.

`cloud.need` and `cloud.relies` also note that one resource needs another: the runner checks that the program's own
dependencies guarantee the order, for here resources are made in an instant and may be in order by luck.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from rehearsal.protocol.wire import Properties, Value

Event = Literal["before_create", "after_create", "ready", "before_update", "before_delete", "after_delete"]


class Refused(Exception):  # noqa: N818 - what AWS does, not a mistake in here
    """What the API says; the message is the one that a person would see."""


@dataclass
class Resource:
    """One resource in the cloud, by the names of the provider's schema, without secret marks."""

    type: str
    id: str
    urn: str = ""
    """Of the resource in the program; empty for what was there before or what AWS made by itself."""
    inputs: Properties = field(default_factory=Properties)
    outputs: Properties = field(default_factory=Properties)
    region: str = ""
    account: str = ""
    server: str = ""
    """Kubernetes: address of the API server that it was sent to."""
    owner: str = ""
    """Key of the resource that AWS made this one for, and with which it goes."""
    foreign: bool = False
    """There before, and nobody's to delete."""

    @property
    def key(self) -> str:
        return f"{self.type}={self.id}"

    @property
    def name(self) -> str:
        """In the program; for messages."""
        return self.urn.rsplit("::", 1)[-1] or self.id

    def __getitem__(self, path: str) -> Value:
        """Output, or else input, by a path of keys with dots: None where any of them is missing."""
        for properties in (self.outputs, self.inputs):
            value = dig(properties, path)
            if value is not None:
                return value
        return None


def dig(value: Value, path: str) -> Value:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - JSON
    return value  # pyright: ignore[reportUnknownVariableType] - JSON


def parts(value: Value) -> Properties:
    """An object, or an empty one where there is none."""
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType] - JSON


Rule: TypeAlias = "Callable[[Cloud, Resource], None]"


@dataclass(frozen=True)
class Registered:
    check: Rule
    source: str

    def __str__(self) -> str:
        return f"{self.check.__name__} ({self.source})"


RULES: dict[tuple[str, Event], list[Registered]] = defaultdict(list)


def rule(type_: str, event: Event, *, source: str) -> Callable[[Rule], Rule]:
    """Registers a function for a type's event. Rules live in rehearsal/rules/, one file a service."""

    def register(function: Rule) -> Rule:
        RULES[type_, event].append(Registered(function, source))
        return function

    return register


@dataclass(frozen=True)
class Reliance:
    """That `needing` works only if `needed` was there before, and goes before it: both URNs."""

    needing: str
    needed: str
    why: str
    rule: str = ""
    """Which one says so, and its source."""


class Cloud:
    """All that exists. Every method may be called from several threads.

    A forgiving cloud notes what it would refuse, and does it all the same: so one run tells everything that is wrong,
    where AWS tells one mistake after the other, each after its minutes.
    """

    def __init__(self, journal: Path | None = None, *, forgiving: bool = False) -> None:
        self._journal, self._forgiving = journal, forgiving
        self._refusals: dict[str, None] = {}
        self._lock = threading.RLock()
        self._resources: dict[str, Resource] = {}
        self.reliances: dict[Reliance, None] = {}
        self._asked: Registered | None = None
        if journal and journal.exists():
            for line in journal.read_text().splitlines():
                with suppress(ValueError):  # the last line of a killed server
                    self._replay(*json.loads(line))

    # --- what rules ask

    def get(self, type_: str, id_: Value) -> Resource | None:
        return self._resources.get(f"{type_}={id_}")

    def need(self, resource: Resource, type_: str, id_: Value, message: str | None = None) -> Resource:
        """What `resource` cannot be without; Refused, with the message, if it does not exist."""
        found = self.get(type_, id_)
        if found is None:
            raise Refused(message or f"{type_.split(':')[-1]} '{id_}' does not exist")
        self.relies(resource, found, message or f"{resource.name} refers to {found.name}")
        return found

    def all(self, type_: str, **equal: Value) -> list[Resource]:
        """Resources of a type whose properties are as given, oldest first; `vpcConfig__vpcId` means vpcConfig.vpcId."""
        return [
            resource
            for resource in list(self._resources.values())
            if resource.type == type_ and all(resource[key.replace("__", ".")] == value for key, value in equal.items())
        ]

    def resources(self) -> Iterator[Resource]:
        return iter(list(self._resources.values()))

    def current(self, resource: Resource) -> Resource:
        """As it is in the cloud: in `before_update` the one with the old inputs."""
        return self._resources[resource.key]

    def relies(self, resource: Resource, on: Resource, why: str) -> None:
        """Notes that `resource` works only after `on`, and until `on` goes."""
        owner = self._resources.get(on.owner)
        reliance = Reliance(resource.urn, owner.urn if owner else on.urn, why, str(self._asked or ""))
        if reliance.needing and reliance.needed and resource.urn != reliance.needed and reliance not in self.reliances:
            self.reliances[reliance] = None
            self._write("relies", asdict(reliance))

    # --- what rules and the provider do

    def put(self, resource: Resource) -> Resource:
        with self._lock:
            self._resources[resource.key] = resource
            self._write("put", asdict(resource))
        return resource

    def remove(self, resource: Resource) -> None:
        """With everything that AWS made for it."""
        with self._lock:
            for owned in [other for other in self._resources.values() if other.owner == resource.key]:
                self.remove(owned)
            if self._resources.pop(resource.key, None):
                self._write("remove", {"key": resource.key})

    def create(self, resource: Resource) -> None:
        """Raises Refused if the API would refuse it, NeverReadyError if it would be made and never be ready."""
        with self._lock:
            if resource.key in self._resources:
                self._refuse(
                    resource, [f"AlreadyExists: {resource.type.split(':')[-1]} '{resource.id}' exists already"]
                )
            self._run("before_create", resource)
            self.put(resource)
            self._run("after_create", resource)
            self.settle(resource)
            self.put(resource)

    def settle(self, resource: Resource) -> None:
        """Waits, so to speak, until the resource is ready."""
        try:
            self._run("ready", resource)
        except Refused as refusal:
            self.put(resource)
            raise NeverReadyError(str(refusal)) from refusal

    def update(self, resource: Resource) -> None:
        with self._lock:
            self._run("before_update", resource)
            self.put(resource)
            self.settle(resource)
            self.put(resource)

    def delete(self, resource: Resource) -> None:
        with self._lock:
            self._run("before_delete", resource)
            self.remove(resource)
            self._run("after_delete", resource)

    def judged(self) -> list[str]:
        """What the cloud would refuse of all that stands, and what would not become ready, if it were made only now.

        An update can take away what running resources rely on, and no rule of theirs is asked then. Nothing is changed.
        """
        copy = Cloud(forgiving=True)
        for resource in self.resources():
            copy.put(deepcopy(resource))
        for resource in copy.resources():
            del copy._resources[resource.key]
            copy._run("before_create", resource)
            copy._resources[resource.key] = resource
            copy._run("ready", resource)
        return copy.refusals

    def left(self) -> list[Resource]:
        """What would still be there, and cost money."""
        return [resource for resource in self._resources.values() if not resource.foreign]

    @property
    def refusals(self) -> list[str]:
        """What a forgiving cloud would have refused."""
        return list(self._refusals)

    def _run(self, event: Event, resource: Resource) -> None:
        for type_ in (f"{resource.type.split(':')[0]}:*", resource.type):
            refusals: dict[str, None] = {}
            for registered in RULES[type_, event]:
                self._asked = registered
                try:
                    registered.check(self, resource)
                except Refused as refusal:
                    refusals[f"{refusal}\n  rule: {registered}"] = None
                finally:
                    self._asked = None
            if refusals:
                self._refuse(resource, list(refusals))

    def _refuse(self, resource: Resource, reasons: Sequence[str]) -> None:
        if not self._forgiving:
            raise Refused("\n".join(reasons))
        for reason in reasons:
            self._refusals[f"{resource.name}: {reason}"] = None
            self._write("refused", {"text": f"{resource.name}: {reason}"})

    def _write(self, what: str, content: Properties) -> None:
        if self._journal:
            with self._lock, self._journal.open("a") as journal:
                journal.write(json.dumps([what, content]) + "\n")

    def _replay(self, what: str, content: Properties) -> None:
        if what == "put":
            resource = Resource(**content)
            self._resources[resource.key] = resource
        elif what == "remove":
            self._resources.pop(content["key"], None)
        elif what == "refused":
            self._refusals[content["text"]] = None
        else:
            self.reliances[Reliance(**content)] = None


class NeverReadyError(Exception):
    """It was made, and on AWS one would wait for it until a timeout; the message says what for."""
