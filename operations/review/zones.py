"""Finds zones that lose the nodes of etcd's pods. Their volumes are on EBS and never leave their zone: without a node
there, the pods stay pending ("volume node affinity conflict"), whatever nodes there are elsewhere.

Why nodes leave does not matter: another list of zones, another subnet, a group that is gone, empty or reserved for
others. Which member's volume is in which zone is in no preview, so that every zone with nodes may hold one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from policies.rule import UNKNOWN, at

NODES = "aws:eks/nodeGroup:NodeGroup"
SUBNET = "aws:ec2/subnet:Subnet"
GONE = ("delete", "delete-replaced", "discard")

Step = Mapping[str, Any]
State = Mapping[str, Any]


class Emptied(NamedTuple):
    """Places in which no node is left on which etcd's pods can run."""

    places: tuple[str, ...]
    """Zones, or subnets where the preview does not tell their zones."""
    certain: bool
    """Whether the preview lists all node groups, those that stay as they are, too."""


def emptied(steps: Sequence[Step], urn: str) -> Emptied | None:
    """The places that a change of one node group empties; None if it empties none."""
    if any(step["op"] == "create" and at(step.get("newState") or {}, "inputs.chart") == "milvus" for step in steps):
        return None  # there are no volumes yet
    zones = _zones(steps)
    before = set(_places((step for step in steps if step["urn"] == urn), "oldState", zones))
    after = set(_places((step for step in steps if step["op"] not in GONE), "newState", zones))
    lost = tuple(sorted(before - after))
    return Emptied(lost, any(step["op"] == "same" for step in steps)) if lost else None


def _zones(steps: Sequence[Step]) -> dict[str, str]:
    """Zones of subnets, by their ids; by their URNs as they will be, for those whose id is not known yet."""
    found: dict[str, str] = {}
    for step in steps:
        for which, key in (("newState", "urn"), ("oldState", "id"), ("newState", "id")):
            state: State = step.get(which) or {}
            zone = at(state.get("inputs") or {}, "availabilityZone")
            same = step["op"] in ("same", "update") or which == "oldState"  # a replacement has another id
            if state.get("type") == SUBNET and zone and state.get(key) and (key == "urn" or same):
                found[state[key]] = str(zone)
    return found


def _places(steps: Iterator[Step], which: str, zones: Mapping[str, str]) -> Iterator[str]:
    """Where the node groups of these steps have nodes on which etcd's pods, which tolerate no taint, can run."""
    for step in steps:
        state: State = step.get(which) or {}
        inputs: Mapping[str, Any] = state.get("inputs") or {}
        if state.get("type") != NODES or inputs.get("taints") or at(inputs, "scalingConfig.desiredSize") == 0:
            continue
        ids: str | Sequence[str] = inputs.get("subnetIds") or ()
        sources: Sequence[str] = at(state, "propertyDependencies.subnetIds") or ()
        for id_ in (ids,) if isinstance(ids, str) else ids:
            if id_ == UNKNOWN:
                yield from (zones[urn] for urn in sources if urn in zones)
            else:
                yield zones.get(id_, id_)
