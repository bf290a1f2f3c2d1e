"""The cheapest fleet of nodes on which everything runs, also while a version rolls out and when a node or zone is lost.

What is searched: the Milvus roles that need most room may have nodes of their own (queryNode; or queryNode and
streamingNode; or these and dataNode; or only the standalone pod; or none), everything else shares nodes of one or two
instance types. Every zone gets the same nodes. Among all these fleets the one with the lowest price is returned; of
equal prices the one with fewer nodes, then the first by name. tests/planning/test_capacity.py compares it with a brute
force.

What fits: placement.py. Autoscaling, spot and reserved instances are left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import ceil, inf

from planning.bounds import least_a_zone, slots, too_small
from planning.deployment import PodGroup
from planning.errors import TooMuchError
from planning.instances import ROOT_VOLUME_GIB, Architecture, Instance, catalogue
from planning.placement import ORDERS, Survives, misfit

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


@dataclass(frozen=True)
class _Choice:
    price: float
    groups: tuple[tuple[str, Instance, int], ...]
    """Pool, instance, nodes a zone."""

    @property
    def key(self) -> tuple[float, int]:
        return (round(self.price, 6), sum(count for _, _, count in self.groups))


def plan(
    pods: tuple[PodGroup, ...],
    zones: tuple[str, ...],
    usd_per_hour: Mapping[str, float],
    survives: Survives,
    architectures: tuple[Architecture, ...] = ("arm64", "x86_64"),
) -> Fleet:
    """`zones` are those that get nodes; `usd_per_hour` is the price of a node, root volume included, by instance
    type."""
    offered = [
        item for item in catalogue().values() if item.architecture in architectures and item.name in usd_per_hour
    ]
    useful = undominated(offered, usd_per_hour, disks=any(group.disk_gib for group in pods))
    best: _Choice | None = None
    # Most pools first: identical pods are counted, not placed, so a price to beat is found quickly.
    for own in reversed(list(layouts(pods))):
        dedicated = [_dedicated(group, len(zones), useful, usd_per_hour, survives) for group in own]
        fixed = [choice for choice in dedicated if choice]
        if len(fixed) < len(own):
            continue
        limit = best.price - sum(choice.price for choice in fixed) if best else inf
        rest = tuple(group for group in pods if group not in own)
        shared = _shared(rest, len(zones), useful, usd_per_hour, survives, limit)
        if shared:
            choice = _joined([*fixed, shared])
            best = choice if best is None or choice.key < best.key else best
    if best is None:
        raise TooMuchError(
            _nothing_fits(pods, useful),
            "use index IVF_RABITQ (least memory) or DISKANN (graph on local disk), fewer replicas, or more deployments",
        )
    groups = tuple(NodeGroup(pool, item.name, zones, count) for pool, item, count in best.groups)
    return Fleet(groups, best.price, tuple(_rejections(best, pods, len(zones), useful, usd_per_hour, survives)))


def layouts(pods: tuple[PodGroup, ...]) -> Iterator[tuple[PodGroup, ...]]:
    """The groups that get nodes of their own: none, the first of OWN_NODES, the first two, and so on."""
    present = tuple(group for name in OWN_NODES for group in pods if group.name == name)
    for count in range(len(present) + 1):
        if all(group.count <= MAX_SHARED_PODS for group in present[count:]):
            yield present[:count]


def undominated(offered: Iterable[Instance], price: Mapping[str, float], *, disks: bool) -> list[Instance]:
    """Without the types that another beats or equals in everything: they cannot be part of a cheaper fleet."""
    kept: list[Instance] = []
    for item in sorted(offered, key=lambda item: (price[item.name], item.name)):
        if not any(
            other.millicpu >= item.millicpu
            and other.mib >= item.mib
            and other.pods >= item.pods
            and (other.nvme_gib >= item.nvme_gib or not disks)
            for other in kept
        ):
            kept.append(item)
    return kept


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


def _dedicated(
    group: PodGroup, zones: int, useful: list[Instance], price: Mapping[str, float], survives: Survives
) -> _Choice | None:
    choices: list[_Choice] = []
    for item in useful:
        if room := slots(group, item):
            count = dedicated_nodes_a_zone(group, room, zones, survives)
            if count * zones <= MAX_GROUP_NODES:
                choices.append(_Choice(price[item.name] * count * zones, ((group.name, item, count),)))
    return min(choices, key=lambda choice: choice.key, default=None)


def _joined(parts: Iterable[_Choice]) -> _Choice:
    parts = tuple(parts)
    return _Choice(sum(part.price for part in parts), tuple(group for part in parts for group in part.groups))


def _shared(
    pods: tuple[PodGroup, ...],
    zones: int,
    useful: list[Instance],
    price: Mapping[str, float],
    survives: Survives,
    limit: float,
) -> _Choice | None:
    """The cheapest mix of at most two types, not dearer than `limit`, on which the pods really find a place."""
    millicpu, mib = least_a_zone(pods, zones, survives)
    cost = [price[item.name] * zones for item in useful]

    too_little = too_small(pods, useful, zones, survives)

    orders = list(range(ORDERS))

    def fits(*nodes_a_zone: tuple[Instance, int]) -> bool:
        if too_little(nodes_a_zone):
            return False
        trouble = misfit(pods, nodes_a_zone, zones, survives, orders)
        if trouble:
            # What one fleet failed in is where the next will, too.
            orders.remove(trouble.order)
            orders.insert(0, trouble.order)
        return trouble is None

    best: _Choice | None = None
    for item, each in zip(useful, cost, strict=True):
        # From the least number of nodes with enough CPU and memory in sum upwards, until they do or are too dear.
        for count in range(max(1, ceil(millicpu / item.millicpu), ceil(mib / item.mib)), MAX_SHARED_NODES_A_ZONE + 1):
            if count * each >= limit:
                break
            if fits((item, count)):
                best = _Choice(count * each, (("shared", item, count),))
                limit = best.price
                break

    # Pairs in the order of their prices; one that does not do is followed by itself with one more of the second type.
    queue: list[tuple[float, int, int, int, int]] = []
    for first, one in enumerate(useful):
        for count in range(1, min(MAX_SHARED_NODES_A_ZONE, int(limit / cost[first]) if limit < inf else 99) + 1):
            short_cpu, short_mib = millicpu - count * one.millicpu, mib - count * one.mib
            for second in range(first + 1, len(useful)):
                other = useful[second]
                more = max(1, ceil(short_cpu / other.millicpu), ceil(short_mib / other.mib))
                dollars = count * cost[first] + more * cost[second]
                if dollars < limit and more <= MAX_SHARED_NODES_A_ZONE:
                    queue.append((dollars, first, count, second, more))
    heapify(queue)
    while queue:
        dollars, first, count, second, more = heappop(queue)
        if fits((useful[first], count), (useful[second], more)):
            return _Choice(dollars, (("shared", useful[first], count), ("shared", useful[second], more)))
        dollars += cost[second]
        if dollars < limit and more < MAX_SHARED_NODES_A_ZONE:
            heappush(queue, (dollars, first, count, second, more + 1))
    return best


def _nothing_fits(pods: tuple[PodGroup, ...], useful: list[Instance]) -> str:
    for group in pods:
        if not any(slots(group, item) for item in useful):
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


def _rejections(
    best: _Choice,
    pods: tuple[PodGroup, ...],
    zones: int,
    useful: list[Instance],
    price: Mapping[str, float],
    survives: Survives,
) -> Iterator[str]:
    """For people: for each pool, what goes wrong on the next cheaper fleets of a single type."""
    for pool in dict.fromkeys(pool for pool, _, _ in best.groups):
        spent = sum(price[item.name] * count for name, item, count in best.groups if name == pool)
        own = [group for group in pods if group.name == pool]
        here = own or [group for group in pods if all(group.name != name for name, _, _ in best.groups)]
        cheaper: list[tuple[float, Instance, int]] = []
        for item in useful:
            if count := min(int((spent - 1e-6) / price[item.name]), MAX_SHARED_NODES_A_ZONE):
                cheaper.append((count * price[item.name], item, count))
        for _, item, count in sorted(cheaper, key=lambda entry: -entry[0])[:REASONS]:
            if why := misfit(here, [(item, count)], zones, survives):
                yield f"{pool}: not {count * zones} x {item.name}: {why.reason}"
