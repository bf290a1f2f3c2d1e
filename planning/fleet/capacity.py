"""The cheapest fleet of nodes on which everything runs, also while a version rolls out and when a node or zone is lost.

What is searched: the Milvus roles that need most room may have nodes of their own (queryNode; or queryNode and
streamingNode; or these and dataNode; or only the standalone pod; or none), everything else shares nodes of one or two
instance types (shared.py). Every zone gets the same nodes. Among all these fleets the one with the lowest price is
returned; of equal prices the one with fewer nodes, then the one with more pools. tests/planning/test_capacity.py
compares it with a brute force.

What fits: placement.py. Autoscaling, spot and reserved instances are left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from planning.deployment import PodGroup
from planning.errors import PlanningError, TooMuchError
from planning.fleet.bounds import slots
from planning.fleet.instances import ROOT_VOLUME_GIB, Architecture, Instance, catalogue
from planning.fleet.placement import Survives
from planning.fleet.shared import Layout, cheapest

OWN_NODES = ("standalone", "queryNode", "streamingNode", "dataNode")
"""Roles that may get nodes of their own, in the order in which they do."""
MAX_SHARED_NODES_A_ZONE = 12
"""Of each of the two shared types."""
MAX_SHARED_PODS = 12
"""A role with more pods always has nodes of its own."""
MAX_GROUP_NODES = 450
"""Quota "Nodes per managed node group", the same everywhere and not adjustable at once: EKS user guide, service
quotas."""

REASONS = 3
"""Rejected alternatives that are explained, for each pool."""

LABEL = "milvus-on-aws/pool"


@dataclass(frozen=True)
class NodeGroup:
    """A managed node group: `nodes_a_zone` machines of one type in each of `zones`."""

    pool: str
    """`shared`, or the one role that runs here: label and, for a role, taint (NoSchedule) `milvus-on-aws/pool`."""
    instance: str
    zones: tuple[str, ...]
    nodes_a_zone: int
    root_volume_gib: int = ROOT_VOLUME_GIB

    @property
    def nodes(self) -> int:
        return self.nodes_a_zone * len(self.zones)

    @property
    def labels(self) -> dict[str, str]:
        return {LABEL: self.pool}

    @property
    def taints(self) -> dict[str, str]:
        """Key and value; the effect is NoSchedule."""
        return {} if self.pool == "shared" else {LABEL: self.pool}


@dataclass(frozen=True)
class Fleet:
    groups: tuple[NodeGroup, ...]
    usd_per_hour: float
    rejected: tuple[str, ...]
    """Why cheaper or smaller choices do not do."""


class _Pool(NamedTuple):
    """Nodes of one role; the cheapest compares lowest."""

    usd_per_hour: float
    nodes_a_zone: int
    instance: Instance


def plan(
    pods: tuple[PodGroup, ...],
    zones: tuple[str, ...],
    usd_per_hour: Mapping[str, float],
    survives: Survives,
    architectures: tuple[Architecture, ...] = ("arm64", "x86_64"),
) -> Fleet:
    """`zones` are those that get nodes; `usd_per_hour` is the price of a node, root volume included, by instance
    type."""
    for group in pods:
        # Not even nodes without end would help: found out here, and not by trying them all.
        left = group.count - ceil(group.count / len(zones))
        if survives == "zone" and group.bound and left < group.needed:
            raise PlanningError(
                f"{group.name}: of {group.count} pods that their disks keep in their zones, {left} are left when one of"
                f" {len(zones)} zones is lost, and {group.needed} are needed: use more pods, or more zones"
            )
    offered = sorted(
        (item for item in catalogue().values() if item.architecture in architectures and item.name in usd_per_hour),
        key=lambda item: (usd_per_hour[item.name], item.name),
    )
    pools: list[dict[PodGroup, _Pool]] = []
    shared: list[Layout] = []
    for own in reversed(list(layouts(pods))):
        found = {group: _pool(group, len(zones), offered, usd_per_hour, survives) for group in own}
        made = {group: pool for group, pool in found.items() if pool}
        if len(made) < len(own):
            continue
        rest = tuple(group for group in pods if group not in own)
        beside = (sum(pool.usd_per_hour for pool in made.values()), sum(pool.nodes_a_zone for pool in made.values()))
        useful = undominated(offered, usd_per_hour, rest)
        shared.append(
            Layout(len(pools), rest, beside, useful, usd_per_hour, len(zones), survives, MAX_SHARED_NODES_A_ZONE)
        )
        pools.append(made)
    best = cheapest(shared)
    if best is None:
        raise TooMuchError(
            _nothing_fits(pods, offered),
            "use index IVF_RABITQ (least memory) or DISKANN (graph on local disk), fewer replicas, or more deployments",
        )
    layout, own = shared[best.layout], pools[best.layout]
    groups = [NodeGroup(group.name, pool.instance.name, zones, pool.nodes_a_zone) for group, pool in own.items()]
    groups += [NodeGroup("shared", item.name, zones, count) for item, count in layout.nodes(best)]
    why_not: dict[str, Callable[[Instance, int], str | None]] = {
        group.name: lambda item, _, group=group: _why_too_few(group, item, len(zones), survives) for group in own
    }
    why_not["shared"] = layout.why_not
    rejected = [
        f"{pool}: not {count * len(zones)} x {item.name}: {reason}"
        for pool, why in why_not.items()
        for item, count in _cheaper([group for group in groups if group.pool == pool], offered, usd_per_hour)
        if (reason := why(item, count))
    ]
    return Fleet(tuple(groups), sum(usd_per_hour[group.instance] * group.nodes for group in groups), tuple(rejected))


def layouts(pods: tuple[PodGroup, ...]) -> Iterator[tuple[PodGroup, ...]]:
    """The groups that get nodes of their own: none, the first of OWN_NODES, the first two, and so on."""
    present = tuple(group for name in OWN_NODES for group in pods if group.name == name)
    for count in range(len(present) + 1):
        if all(group.count <= MAX_SHARED_PODS for group in present[count:]):
            yield present[:count]


def undominated(offered: Sequence[Instance], price: Mapping[str, float], pods: Sequence[PodGroup]) -> list[Instance]:
    """Without the types that another beats or equals in everything that these pods can use: they cannot be part of a
    cheaper fleet, unless that needs more nodes of one size than MAX_SHARED_NODES_A_ZONE."""
    on_disk = [group for group in pods if group.disk_gib]
    usable = _usable_mib(pods, offered)
    kept: list[Instance] = []
    for item in offered:
        if not any(
            other.millicpu >= item.millicpu
            and other.mib >= usable[item.mib]
            and other.pods >= item.pods
            and all(slots(group, other) >= slots(group, item) for group in on_disk)
            for other in kept
        ):
            kept.append(item)
    return kept


def _usable_mib(pods: Sequence[PodGroup], offered: Sequence[Instance]) -> dict[int, int]:
    """Of the memory of a type, the most that some of the pods can take together: m6i has 59 MiB more than m7g, which
    hardly ever hold another pod."""
    sizes = {item.mib for item in offered}
    within = (1 << max(sizes, default=0) + 1) - 1
    sums = 1  # bit n is set: some pods take n MiB together
    for group in pods:
        for _ in range(group.count + group.surge):
            sums |= (sums << group.mib) & within
    return {mib: (sums & ((1 << mib + 1) - 1)).bit_length() - 1 for mib in sizes}


def dedicated_nodes_a_zone(group: PodGroup, slots_a_node: int, zones: int, survives: Survives) -> int:
    """Identical pods fill their nodes in any order, so counting places is exact.

    With surge, the pods spread evenly over the zones. After the loss of a node all pods run again, after the loss of a
    zone as many as are needed.
    """
    rolling = group.count + group.surge
    if survives == "node":
        nodes = max(ceil(rolling / slots_a_node), ceil(group.count / slots_a_node) + 1)
        return ceil(nodes / zones)
    return ceil(max(ceil(rolling / zones), ceil(group.needed / (zones - 1))) / slots_a_node)


def _pool(
    group: PodGroup, zones: int, offered: Sequence[Instance], price: Mapping[str, float], survives: Survives
) -> _Pool | None:
    choices: list[_Pool] = []
    for item in offered:
        if room := slots(group, item):
            count = dedicated_nodes_a_zone(group, room, zones, survives)
            if count * zones <= MAX_GROUP_NODES:
                choices.append(_Pool(price[item.name] * count * zones, count, item))
    return min(choices, key=lambda pool: (round(pool.usd_per_hour, 6), pool.nodes_a_zone), default=None)


def _nothing_fits(pods: tuple[PodGroup, ...], offered: Sequence[Instance]) -> str:
    for group in pods:
        if not any(slots(group, item) for item in offered):
            disk = f" and {group.disk_gib} GiB of local disk" if group.disk_gib else ""
            return (
                f"one {group.name} pod needs {group.millicpu / 1000:g} CPU, {group.mib / 1024:g} GiB{disk}, "
                f"more than any instance type offered has"
            )
    biggest = max(pods, key=lambda group: group.count * group.mib)
    return (
        f"{biggest.count} {biggest.name} pods of {biggest.mib / 1024:g} GiB need more than the "
        f"{MAX_GROUP_NODES} nodes a managed node group may have"
    )


def _cheaper(
    groups: Sequence[NodeGroup], offered: Sequence[Instance], price: Mapping[str, float]
) -> list[tuple[Instance, int]]:
    """Nodes a zone of a single type that cost a little less than those of a pool: what people ask about."""
    spent = sum(price[group.instance] * group.nodes_a_zone for group in groups)
    most = ((item, min(int((spent - 1e-6) / price[item.name]), MAX_SHARED_NODES_A_ZONE)) for item in offered)
    cheaper = [(item, count) for item, count in most if count]
    return sorted(cheaper, key=lambda choice: -price[choice[0].name] * choice[1])[:REASONS]


def _why_too_few(group: PodGroup, item: Instance, zones: int, survives: Survives) -> str:
    room = slots(group, item)
    if not room:
        return "no pod fits"
    return f"{room} pods fit on each, which takes {dedicated_nodes_a_zone(group, room, zones, survives) * zones} nodes"
