"""Computes how long a deployment takes, and what it waits for, from the engine's state and durations.json.

All functions are pure. They assume that as many operations run at a time as the dependencies allow, and leave out
throttling by AWS and the time that the engine itself needs.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

State = Sequence[Mapping[str, Any]]
"""Resources of an exported stack, in the order in which they were created."""

# The steps of the guides (Zilliz' "Deploy Milvus on EKS" and Milvus' own page), taken one after the other.
GUIDE = (
    "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/natGateway:NatGateway", "aws:s3/bucket:Bucket", "aws:kms/key:Key", "aws:secretsmanager/secret:Secret",
    "aws:msk/configuration:Configuration", "aws:ec2/securityGroup:SecurityGroup", "aws:msk/cluster:Cluster",
    "aws:msk/scramSecretAssociation:ScramSecretAssociation", "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup",
    "aws:eks/addon:Addon", "aws:iam/policy:Policy", "aws:iam/role:Role", "kubernetes:storage.k8s.io/v1:StorageClass",
    "aws-load-balancer-controller", "milvus", "aws:lb/loadBalancer:LoadBalancer",
)  # fmt: skip


@dataclass(frozen=True)
class Span:
    """When the creation of a resource starts and finishes, in minutes from the start of the deployment."""

    start: float
    finish: float
    after: str | None
    """URN of the resource that it waited for last; None if it waited for nothing."""


@dataclass(frozen=True)
class Level:
    """Resources that the engine deletes at the same time: how long the slowest takes, and its URN."""

    minutes: float
    slowest: str


@cache
def _durations() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "durations.json").read_text())


def minutes(resource: Mapping[str, Any], deleting: bool = False) -> float:
    """Minutes to create or delete one resource; components and providers take none."""
    if not resource.get("custom") or resource.get("external") or resource["type"].startswith("pulumi:"):
        return 0.0
    if deleting and (resource.get("retainOnDelete") or resource.get("deletedWith")):
        return 0.0
    inputs: dict[str, Any] = resource.get("inputs") or {}
    chart = str(inputs.get("chart"))
    return _minutes(chart if chart in _durations()["charts"] else resource["type"], deleting)


def _minutes(what: str, deleting: bool = False) -> float:
    """Minutes to create or delete a resource of a type, or a Helm release of a chart."""
    table = _durations()
    both = table["charts"].get(what) or table["types"].get(what) or table["default"]
    return both[1 if deleting else 0]


def guide_minutes() -> float:
    """Minutes that the guides' steps take, one after the other."""
    return sum(_minutes(step) for step in GUIDE)


class Graph:
    """The dependencies between the resources of a stack, by URN."""

    def __init__(self, state: State) -> None:
        self.resources = {str(resource["urn"]): resource for resource in state if not resource.get("delete")}
        packages = {
            resource["type"].rsplit(":", 1)[-1]
            for resource in self.resources.values()
            if resource["type"].startswith("pulumi:providers:")
        } - {"pulumi"}  # the engine's own package; the stack itself is not one of its components
        self.remote = {
            urn
            for urn, resource in self.resources.items()
            if not resource.get("custom") and resource["type"].split(":")[0] in packages
        }
        """Components that a provider creates. Their outputs become known all at once, when Construct returns."""
        self.ancestors = {urn: self._ancestors(urn) for urn in self.resources}
        self.dependencies = {urn: self._dependencies(urn) for urn in self.resources}

    def parent(self, urn: str) -> str | None:
        """The parent's URN; None for the stack, and for a parent that is not in the state."""
        parent = self.resources[urn].get("parent")
        return parent if parent in self.resources else None

    def _ancestors(self, urn: str) -> list[str]:
        found: list[str] = []
        at = self.parent(urn)
        while at:
            found.append(at)
            at = self.parent(at)
        return found

    def _dependencies(self, urn: str) -> list[str]:
        resource = self.resources[urn]
        named: list[str] = [*(resource.get("dependencies") or ())]
        of_properties: dict[str, list[str] | None] = resource.get("propertyDependencies") or {}
        for urns in of_properties.values():
            named += urns or ()
        if provider := resource.get("provider"):
            named.append(provider.rsplit("::", 1)[0])
        return [other for other in dict.fromkeys(named) if other in self.resources and other != urn]

    def guarantees(self, needing: str, needed: str) -> bool:
        """Whether the program's dependencies ensure on every run that `needed` is created before `needing`."""
        seen = {needing}
        open_ = [needing]
        while open_:
            urn = open_.pop()
            if urn == needed:
                return True
            nexts = [*self.dependencies.get(urn, ()), *self.ancestors.get(urn, ())]
            for other in [*nexts, *(kin for each in nexts if each in self.remote for kin in self._inside(each))]:
                if other not in seen:
                    seen.add(other)
                    open_.append(other)
        return False

    def _inside(self, component: str) -> list[str]:
        return [urn for urn, above in self.ancestors.items() if component in above]


def creation(graph: Graph, minutes: Callable[[Mapping[str, Any]], float] = minutes) -> dict[str, Span]:
    """When each resource is created, by URN.

    Resources inside a provider's component do not wait for the component; resources outside that depend on it wait for
    everything in it. `minutes` gives the duration of one resource's operation: updates take other times than creations.
    """
    spans: dict[str, Span] = {}
    inside: dict[str, tuple[float, str]] = {urn: (0.0, urn) for urn in graph.remote}
    for urn, resource in graph.resources.items():
        waits: list[tuple[float, str]] = []
        for other in graph.dependencies[urn]:
            waits.append((spans[other].finish, other))
            for component in (other, *graph.ancestors[other]):
                if component in graph.remote and component not in graph.ancestors[urn]:
                    waits.append(inside[component])
        if parent := graph.parent(urn):
            of_parent = spans[parent]
            waits.append((of_parent.finish if graph.resources[parent].get("custom") else of_parent.start, parent))
        start, after = max(waits, default=(0.0, None), key=lambda wait: wait[0])
        spans[urn] = Span(start, start + minutes(resource), after if start else None)
        for component in graph.ancestors[urn]:
            if component in graph.remote:
                inside[component] = max(inside[component], (spans[urn].finish, urn))
    return spans


def critical_path(spans: Mapping[str, Span]) -> list[str]:
    """URNs of the chain of resources that finishes last, in the order of their creation."""
    at: str | None = max(spans, key=lambda urn: spans[urn].finish, default=None)
    path: list[str] = []
    while at:
        path.append(at)
        at = spans[at].after
    return path[::-1]


def lower_bound(graph: Graph, reliances: Iterable[tuple[str, str]]) -> float:
    """Minutes of the longest chain of resources that the cloud requires, whatever the program's dependencies say.

    `reliances` are pairs of URNs: a resource, and another one that it needs.
    """
    needs: dict[str, set[str]] = defaultdict(set)
    for needing, needed in reliances:
        needs[needing].add(needed)
    finished: dict[str, float] = {}

    def finish(urn: str) -> float:
        if urn not in finished:
            finished[urn] = 0.0  # ends the recursion if the pairs form a cycle
            before = [finish(other) for other in needs[urn] if other in graph.resources]
            finished[urn] = max(before, default=0.0) + minutes(graph.resources[urn])
        return finished[urn]

    return max((finish(urn) for urn in graph.resources), default=0.0)


def destruction(graph: Graph) -> list[Level]:
    """The levels of a deletion, first to last.

    The engine deletes all resources of one depth at once, and finishes each depth before it begins the next one:

    pulumi/pulumi, pkg/resource/deploy/step_generator.go: ScheduleDeletes.
    """
    depth: dict[str, int] = {}
    order = {urn: index for index, urn in enumerate(graph.resources)}
    below: dict[str, list[str]] = defaultdict(list)
    for urn, ancestors in graph.ancestors.items():
        for ancestor in ancestors:
            below[ancestor].append(urn)
    for urn in graph.resources:
        above = set(graph.dependencies[urn])
        for other in graph.dependencies[urn]:
            if not graph.resources[other].get("custom"):
                above |= {child for child in below[other] if order[child] < order[urn]}
        if parent := graph.parent(urn):
            above.add(parent)
        depth[urn] = 1 + max((depth[other] for other in above if other in depth and other != urn), default=0)
    levels: dict[int, tuple[float, str]] = {}
    for urn, resource in graph.resources.items():
        levels[depth[urn]] = max(levels.get(depth[urn], (0.0, "")), (minutes(resource, deleting=True), urn))
    return [Level(*levels[at]) for at in sorted(levels, reverse=True)]
