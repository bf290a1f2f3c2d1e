"""The emulated cloud: its resources, their dependencies, and the rules that decide what may be created and deleted.

AWS and Kubernetes share one store, kept in a journal of JSON lines, which outlives CLI operations and killed servers.
Left out are time (planning/timing/clock.py computes it afterwards) and the engine's protocol (provider.py).

A rule is a plain function, registered for a resource type and an event, with its source:

    @rule("aws:ec2/subnet:Subnet", "before_create", source="docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing")
    def a_subnet_lies_in_its_vpc(cloud: Cloud, subnet: Resource) -> None:
        vpc = cloud.need(subnet, "aws:ec2/vpc:Vpc", subnet["vpcId"])
        if not inside(subnet["cidrBlock"], vpc["cidrBlock"]):
            raise Refused(f"InvalidSubnet.Range: The CIDR '{subnet['cidrBlock']}' is invalid.")

Events are `before_create` (the API may refuse the call), `after_create` (AWS may create other resources), `ready` (the
provider waits; a refusal leaves the resource in the cloud, half created), `before_update` (the rule gets the resource
with its new inputs, `cloud.current(resource)` with the old ones), `before_delete` and `after_delete`. Rules for
`kubernetes:*` apply to every type of that package, and run first. All refusals of a type's rules are reported at once.

`cloud.need` and `cloud.relies` also note that one resource needs another. The runner checks that the program's own
dependencies guarantee that order, because here resources are created in an instant and may be in order by luck.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from rehearsal.cloud.resource import Reliance, Resource
from rehearsal.protocol.wire import Properties, Value

Event = Literal["before_create", "after_create", "ready", "before_update", "before_delete", "after_delete"]


class Refused(Exception):  # noqa: N818 - what AWS does, not a mistake in here
    """The API refuses a call; the message is the one that a user would see."""


Rule: TypeAlias = "Callable[[Cloud, Resource], None]"


@dataclass(frozen=True)
class Registered:
    check: Rule
    source: str

    def __str__(self) -> str:
        return f"{self.check.__name__} ({self.source})"


RULES: dict[tuple[str, Event], list[Registered]] = defaultdict(list)


def rule(type_: str, event: Event, *, source: str) -> Callable[[Rule], Rule]:
    """Registers a function for an event of a type. Rules are in rehearsal/rules/, one file for each service."""

    def register(function: Rule) -> Rule:
        RULES[type_, event].append(Registered(function, source))
        return function

    return register


class Cloud:
    """All resources that exist. Every method may be called from several threads.

    A forgiving cloud notes what it would refuse, and does it all the same. So one run reports everything that is wrong,
    where AWS reports one mistake after the other, each after minutes.
    """

    def __init__(self, journal: Path | None = None, *, forgiving: bool = False) -> None:
        self._journal, self.forgiving = journal, forgiving
        self._refusals: dict[str, None] = {}
        self._lock = threading.RLock()
        self._resources: dict[str, Resource] = {}
        self.reliances: dict[Reliance, None] = {}
        self._asked: Registered | None = None
        if journal and journal.exists():
            for line in journal.read_text().splitlines():
                with suppress(ValueError):  # the last line of a killed server
                    self._replay(*json.loads(line))

    # --- queries, for rules

    def get(self, type_: str, id_: Value) -> Resource | None:
        return self._resources.get(f"{type_}={id_}")

    def need(self, resource: Resource, type_: str, id_: Value, message: str | None = None) -> Resource:
        """Another resource that `resource` needs. Raises Refused, with the message, if it does not exist."""
        found = self.get(type_, id_)
        if found is None:
            raise Refused(message or f"{type_.split(':')[-1]} '{id_}' does not exist")
        self.relies(resource, found, message or f"{resource.name} refers to {found.name}")
        return found

    def all(self, type_: str, **equal: Value) -> list[Resource]:
        """Resources of a type with these properties, oldest first; `vpcConfig__vpcId` means the path
        vpcConfig.vpcId."""
        return [
            resource
            for resource in list(self._resources.values())
            if resource.type == type_ and all(resource[key.replace("__", ".")] == value for key, value in equal.items())
        ]

    def resources(self) -> Iterator[Resource]:
        return iter(list(self._resources.values()))

    def current(self, resource: Resource) -> Resource:
        """The resource as it is in the cloud, which in `before_update` means with its old inputs."""
        return self._resources[resource.key]

    def relies(self, resource: Resource, on: Resource, why: str) -> None:
        """Notes that `resource` works only after `on` was created, and until `on` is deleted."""
        owner = self._resources.get(on.owner)
        reliance = Reliance(resource.urn, owner.urn if owner else on.urn, why, str(self._asked or ""))
        if reliance.needing and reliance.needed and resource.urn != reliance.needed and reliance not in self.reliances:
            self.reliances[reliance] = None
            self._write("relies", asdict(reliance))

    # --- changes, by rules and by the provider

    def put(self, resource: Resource) -> Resource:
        """Adds or replaces a resource without asking any rule."""
        with self._lock:
            self._resources[resource.key] = resource
            self._write("put", asdict(resource))
        return resource

    def remove(self, resource: Resource) -> None:
        """Removes a resource, and everything that AWS created for it, without asking any rule."""
        with self._lock:
            for owned in [other for other in self._resources.values() if other.owner == resource.key]:
                self.remove(owned)
            if self._resources.pop(resource.key, None):
                self._write("remove", {"key": resource.key})

    def create(self, resource: Resource) -> None:
        """Raises Refused if the API refuses the call, NeverReadyError if the resource exists
        then but never becomes ready."""
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
        """Stands for the provider's waiting. Raises NeverReadyError if the resource never becomes ready."""
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
        """What the cloud would refuse, or what would never become ready, if all of our resources were created now.

        An update can remove what other resources rely on, and their rules do not run then. What is foreign was made
        by others, of whom the cloud knows only a part. The cloud itself is not changed.
        """
        copy = Cloud(forgiving=True)
        for resource in self.resources():
            copy.put(deepcopy(resource))
        for resource in [each for each in copy.resources() if not each.foreign]:
            del copy._resources[resource.key]
            copy._run("before_create", resource)
            copy._resources[resource.key] = resource
            copy._run("ready", resource)
        return copy.refusals

    def left(self) -> list[Resource]:
        """Resources that still exist and should not: nobody else's, and none that rightly outlive a destroy."""
        return [each for each in self._resources.values() if not (each.foreign or each.outlives)]

    def outliving(self) -> list[Resource]:
        """Resources that rightly stay after a destroy."""
        return [resource for resource in self._resources.values() if resource.outlives]

    def note(self, refusal: str) -> None:
        """Notes a request that the cloud would refuse if it were not forgiving."""
        if refusal not in self._refusals:
            self._refusals[refusal] = None
            self._write("refused", {"text": refusal})

    @property
    def refusals(self) -> list[str]:
        """Everything that a forgiving cloud would have refused, each with its rule."""
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
        if not self.forgiving:
            raise Refused("\n".join(reasons))
        for reason in reasons:
            self.note(f"{resource.name}: {reason}")

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
    """A resource was created, but on AWS one would wait for it until a timeout; the message says for what."""
