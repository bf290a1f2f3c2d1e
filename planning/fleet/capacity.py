"""Finds the cheapest fleet of nodes on which everything runs, also during a rollout and after losing a node or zone.

The search covers these fleets: the Milvus roles that need most room may have nodes of their own (queryNode; or
queryNode and streamingNode; or these and dataNode; or only the standalone pod; or none), and everything else shares
nodes of one or two instance types (shared.py). Every zone gets the same nodes. Among all these fleets the one with the
lowest price is returned; of equal prices the one with fewer nodes, then the one with more pools.
tests/planning/fleet/test_capacity.py compares it with a brute force.

placement.py decides whether pods fit. Autoscaling, spot and reserved instances are left out.
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
"""Roles that may get nodes of their own, in the order in which they get them."""
MAX_SHARED_NODES_A_ZONE = 12
"""Most nodes of each of the two shared types in a zone."""
MAX_SHARED_PODS = 12
"""A role with more pods always has nodes of its own."""
MAX_GROUP_NODES = 450
"""AWS' quota "Nodes per managed node group". It is the same in all regions and takes time to raise (EKS user guide,
service quotas)."""

REASONS = 3
"""How many rejected alternatives are explained for each pool."""

LABEL = "milvus-on-aws/pool"


@dataclass(frozen=True)
class NodeGroup:
    """A managed node group: `nodes_a_zone` machines of one type in each of `zones`."""

    pool: str
    """`shared`, or the one role that runs here. It is the value of the nodes' label `milvus-on-aws/pool` and, for a
    role, of a taint (NoSchedule) of the same key."""
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
        """Values of taints by key; the effect is NoSchedule. Shared nodes have none."""
        return {} if self.pool == "shared" else {LABEL: self.pool}


@dataclass(frozen=True)
class Fleet:
    """All nodes of the cluster."""

    groups: tuple[NodeGroup, ...]
    usd_per_hour: float
    rejected: tuple[str, ...]
    """Sentences that say why cheaper fleets do not work."""

    def nodes_of(self, pods: PodGroup) -> tuple[NodeGroup, ...]:
        """The nodes on which a group of pods runs: its own, or else the shared ones."""
        own = tuple(group for group in self.groups if group.pool == pods.name)
        return own or tuple(group for group in self.groups if group.pool == "shared")

    def most_on_a_node(self, pods: PodGroup) -> int:
        """How many pods of a group one node may hold at most, however they were scheduled while all zones stand."""
        groups = self.nodes_of(pods)
        in_a_zone = ceil(pods.count / len(groups[0].zones)) if pods.spread else pods.count
        return min(in_a_zone, max(slots(pods, catalogue()[group.instance]) for group in groups))


class _Pool(NamedTuple):
    """Nodes of one role. Pools sort by price, the cheapest first."""

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
    """The cheapest fleet for these pods.

    `zones` are the zones that get nodes. `usd_per_hour` is the price of a node, root volume included, by instance type;
    only these types are considered. Raises TooMuchError if no fleet works, and PlanningError if too few pods of a group
    that cannot leave their zones remain after the loss of one.
    """
    for group in pods:
        # No number of nodes would help, so this is checked here and not found out by trying all fleets.
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
    """All choices of groups that get nodes of their own: none, the first of OWN_NODES, the first two, and so on."""
    present = tuple(group for name in OWN_NODES for group in pods if group.name == name)
    for count in range(len(present) + 1):
        if all(group.count <= MAX_SHARED_PODS for group in present[count:]):
            yield present[:count]


def undominated(offered: Sequence[Instance], price: Mapping[str, float], pods: Sequence[PodGroup]) -> list[Instance]:
    """The instance types without those that a cheaper type equals or beats in everything that these pods can use.

    `offered` is sorted by price. A type left out can only be part of a cheaper fleet if that fleet needs more nodes of
    one type than MAX_SHARED_NODES_A_ZONE.
    """
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
    """The most memory that any set of these pods can use on a node, by the node's memory.

    m6i has 59 MiB more than m7g, for example, but these hardly ever hold another pod.
    """
    sizes = {item.mib for item in offered}
    within = (1 << max(sizes, default=0) + 1) - 1
    sums = 1  # bit n is set: some pods take n MiB together
    for group in pods:
        for _ in range(group.count + group.surge):
            sums |= (sums << group.mib) & within
    return {mib: (sums & ((1 << mib + 1) - 1)).bit_length() - 1 for mib in sizes}


def dedicated_nodes_a_zone(group: PodGroup, slots_a_node: int, zones: int, survives: Survives) -> int:
    """Number of nodes that a zone needs for one role alone. Counting is exact, because its pods are all alike.

    The pods, including those of a rollout, spread evenly over the zones. After the loss of a node all pods run again,
    after the loss of a zone as many as are needed.
    """
    rolling = group.count + group.surge
    if survives == "node":
        nodes = max(ceil(rolling / slots_a_node), ceil(group.count / slots_a_node) + 1)
        return ceil(nodes / zones)
    return ceil(max(ceil(rolling / zones), ceil(group.needed / (zones - 1))) / slots_a_node)


def _pool(
    group: PodGroup, zones: int, offered: Sequence[Instance], price: Mapping[str, float], survives: Survives
) -> _Pool | None:
    """The cheapest nodes for one role alone; None if its pods fit on no type, or need too many nodes."""
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
    """Alternatives of a single type that cost a little less than a pool, with their nodes a zone.

    These are the ones of which people ask why they were not chosen.
    """
    spent = sum(price[group.instance] * group.nodes_a_zone for group in groups)
    most = ((item, min(int((spent - 1e-6) / price[item.name]), MAX_SHARED_NODES_A_ZONE)) for item in offered)
    cheaper = [(item, count) for item, count in most if count]
    return sorted(cheaper, key=lambda choice: -price[choice[0].name] * choice[1])[:REASONS]


def _why_too_few(group: PodGroup, item: Instance, zones: int, survives: Survives) -> str:
    room = slots(group, item)
    if not room:
        return "no pod fits"
    return f"{room} pods fit on each, which takes {dedicated_nodes_a_zone(group, room, zones, survives) * zones} nodes"
