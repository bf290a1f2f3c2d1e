"""Decides whether pods fit on nodes: at rest, while every role rolls out at once, and after losing a node or zone.

Pods are placed as kube-scheduler does it: one after the other, each on the feasible node with the largest share of CPU
and memory left (NodeResourcesFit, LeastAllocated), and never moved again. Nobody controls the order in which pods
arrive, so several orders have to work: largest first, smallest first, and shuffled ones. A rollout needs room for a new
pod of every role at once, and it must finish: an old pod goes only when a new one has found a place. After a loss, all
lost pods compete for the room that is left, and of each group at least `needed` pods must run. Preferences
(ScheduleAnyway, image locality), which only choose between feasible nodes, and priorities are left out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Literal

from planning.deployment import PodGroup
from planning.fleet.instances import Instance

ORDERS = 16
"""In how many orders pods are placed."""

Survives = Literal["node", "zone"]


class _Node:
    """A node, with the resources that its pods have left."""

    __slots__ = ("cpu", "disk", "held", "mib", "per_cpu", "per_mib", "pods", "zone")

    def __init__(self, zone: int, item: Instance) -> None:
        self.zone = zone
        self.cpu, self.mib, self.pods, self.disk = item.millicpu, item.mib, item.pods, item.nvme_gib
        self.per_cpu, self.per_mib = 1 / item.millicpu, 1 / item.mib
        self.held: list[str] = []

    def copy(self) -> "_Node":
        twin = _Node.__new__(_Node)
        twin.zone, twin.cpu, twin.mib, twin.pods, twin.disk = self.zone, self.cpu, self.mib, self.pods, self.disk
        twin.per_cpu, twin.per_mib, twin.held = self.per_cpu, self.per_mib, self.held.copy()
        return twin

    def add(self, group: PodGroup) -> None:
        self.cpu -= group.millicpu
        self.mib -= group.mib
        self.disk -= group.disk_gib
        self.pods -= 1
        self.held.append(group.name)

    def remove(self, group: PodGroup) -> None:
        self.cpu += group.millicpu
        self.mib += group.mib
        self.disk += group.disk_gib
        self.pods += 1
        self.held.remove(group.name)


class Placement:
    """Tries several fleets for the same pods. An order in which one fleet failed is tried first on the next."""

    def __init__(self, pods: Sequence[PodGroup], zones: int, survives: Survives) -> None:
        self._pods, self._zones = pods, zones
        self._survives: Survives = survives
        self._orders = list(range(ORDERS))
        self._queues: dict[tuple[int, ...], list[PodGroup]] = {}

    def misfit(self, nodes_a_zone: Sequence[tuple[Instance, int]]) -> str | None:
        """The reason why the pods do not fit on these nodes of each zone; None if they fit."""
        empty = [_Node(zone, item) for item, count in nodes_a_zone for _ in range(count) for zone in range(self._zones)]
        at_rest: list[tuple[int, list[_Node]]] = []
        for order in self._orders:
            rest = [node.copy() for node in empty]
            at_rest.append((order, rest))
            if reason := self._trouble(rest, order):
                return self._first_next_time(order, reason)
        # Rollouts come last, because they take longest to try, and most fleets have failed before.
        for order, rest in at_rest:
            if stuck := _stuck(rest, self.queue(order, (min(group.surge, 1) for group in self._pods))):
                return self._first_next_time(order, f"rolling out {stuck} gets stuck")
        return None

    def _first_next_time(self, order: int, reason: str) -> str:
        """Moves an order to the front, and returns `reason`."""
        self._orders.remove(order)
        self._orders.insert(0, order)
        return reason

    def _trouble(self, rest: list[_Node], order: int) -> str | None:
        """Fills the nodes `rest`, and returns the reason why they fail then or after a loss; None if they do not."""
        if left := _place(rest, self.queue(order, (group.count for group in self._pods))):
            return f"a {left[0].name} pod finds no place"
        if order == 0:
            new = self.queue(order, (group.surge for group in self._pods))
            if left := _place([node.copy() for node in rest], new):
                return f"the new {left[0].name} pod finds no place while all roles roll out"
        for gone in _losses(rest, self._zones, self._survives):
            if missing := self._missing(order, rest, gone):
                return f"too few {missing} pods find a place after losing a {self._survives}"
        return None

    def queue(self, order: int, counts: Iterable[int]) -> list[PodGroup]:
        """All pods in one of the orders: 0 is largest first, 1 is smallest first, others are shuffled reproducibly.

        `counts` is the number of pods of each group.
        """
        key = (order, *counts)
        if key not in self._queues:
            queue = [group for group, count in zip(self._pods, key[1:], strict=True) for _ in range(count)]
            if order < 2:
                queue.sort(key=_bulk, reverse=order == 0)
            else:
                Random(order).shuffle(queue)  # noqa: S311 - no secret, and it must repeat
            self._queues[key] = queue
        return self._queues[key]

    def _missing(self, order: int, rest: list[_Node], gone: list[_Node]) -> str | None:
        """Places all lost pods again; the name of a group of which too few run then, or None."""
        lost = [name for node in gone for name in node.held]
        # A pod whose disk is in the lost zone waits for that zone. If only its node is lost, the disk is attached to
        # another node.
        waiting = [lost.count(group.name) if group.bound and self._survives == "zone" else 0 for group in self._pods]
        moved = (0 if waits else lost.count(group.name) for group, waits in zip(self._pods, waiting, strict=True))
        left = [node.copy() for node in rest if node not in gone]
        pending = [group.name for group in _place(left, self.queue(order, moved))]
        for group, waits in zip(self._pods, waiting, strict=True):
            if group.count - waits - pending.count(group.name) < group.needed:
                return group.name
        return None


def without_a_node(pods: Sequence[PodGroup], nodes_a_zone: Sequence[tuple[Instance, int]], zones: int) -> Counter[str]:
    """The most pods of each group that find no place while a node is away, whichever it is."""
    tried = Placement(pods, zones, "node")
    empty = [_Node(zone, item) for item, count in nodes_a_zone for _ in range(count) for zone in range(zones)]
    worst: Counter[str] = Counter()
    for order in range(ORDERS):
        rest = [node.copy() for node in empty]
        _place(rest, tried.queue(order, (group.count for group in pods)))
        for gone in _losses(rest, zones, "node"):
            lost = Counter(name for node in gone for name in node.held)
            left = [node.copy() for node in rest if node not in gone]
            worst |= Counter(
                group.name for group in _place(left, tried.queue(order, (lost[group.name] for group in pods)))
            )
    return worst


def hopeless(pods: Sequence[PodGroup], item: Instance, count: int, zones: int, survives: Survives) -> bool:
    """Whether nodes of one type, `count` in a zone, fail whatever other nodes there are.

    `pods` are those that fit on no other node and, when the largest arrive first, arrive before all others. misfit()
    would find the same, but once for each fleet.
    """
    rest = [_Node(zone, item) for _ in range(count) for zone in range(zones)]
    if _place(rest, (group for group in largest_first(pods) for _ in range(group.count))):
        return True
    if _overfull(rest, [(group, group.surge) for group in pods]):
        return True
    for gone in _losses(rest, zones, survives):
        lost = [name for node in gone for name in node.held]
        again = [(group, lost.count(group.name) - (group.count - group.needed)) for group in pods]
        if _overfull([node for node in rest if node not in gone], [(group, more) for group, more in again if more > 0]):
            return True
    return False


def _overfull(nodes: Sequence[_Node], wanted: Sequence[tuple[PodGroup, int]]) -> bool:
    """Whether these pods cannot fit on the nodes however they are placed.

    They are counted in units of the memory of one of them, and in units of its memory and CPU together.
    """
    for unit, _ in wanted:
        room = [(node.mib // unit.mib, node.cpu // unit.millicpu) for node in nodes]
        size = [(count, group.mib // unit.mib, group.millicpu // unit.millicpu) for group, count in wanted]
        if sum(mib for mib, _ in room) < sum(count * mib for count, mib, _ in size):
            return True
        if sum(map(min, room)) < sum(count * min(mib, cpu) for count, mib, cpu in size):
            return True
    return False


def largest_first(pods: Iterable[PodGroup]) -> list[PodGroup]:
    return sorted(pods, key=_bulk, reverse=True)


def _bulk(group: PodGroup) -> tuple[int, int, str]:
    return group.mib, group.millicpu, group.name


def _stuck(nodes: list[_Node], rolling: list[PodGroup]) -> str | None:
    """Replaces all pods of all groups, each by a new one that must find a place first.

    Returns the name of a group that never finishes; None if all do.
    """
    old = {group.name: [node for node in nodes for held in node.held if held == group.name] for group in rolling}
    waiting = rolling
    while waiting:
        progress: list[PodGroup] = []
        for group in waiting:
            if _place(nodes, (group,)):
                continue
            # The ReplicaSet removes pods first from the node that holds most of them.
            crowded = max(old[group.name], key=lambda node: node.held.count(group.name))
            old[group.name].remove(crowded)
            crowded.remove(group)
            progress.append(group)
        if not progress:
            return waiting[0].name
        waiting = [group for group in waiting if old[group.name]]
    return None


def _losses(nodes: list[_Node], zones: int, survives: Survives) -> Iterator[list[_Node]]:
    """The sets of nodes that may be lost at once."""
    if survives == "zone":
        return ([node for node in nodes if node.zone == zone] for zone in range(zones))
    # Losing one of several nodes with the same pods and the same room is like losing another. The largest node comes
    # first, because its pods find a place least easily.
    unlike = {(node.cpu, node.mib, node.disk, *sorted(node.held)): node for node in nodes}.values()
    return ([node] for node in sorted(unlike, key=lambda node: node.per_mib))


def _place(nodes: list[_Node], queue: Iterable[PodGroup]) -> list[PodGroup]:
    """Puts the pods on the nodes, and returns those that found no place."""
    in_zones: dict[str, dict[int, int]] = {}
    pending: list[PodGroup] = []
    for group in queue:
        in_zone = None
        if group.spread:
            in_zone = in_zones.get(group.name)
            if in_zone is None:
                in_zone = in_zones[group.name] = dict.fromkeys((node.zone for node in nodes), 0)
                for node in nodes:
                    in_zone[node.zone] += node.held.count(group.name)
        node = _best(nodes, group, in_zone)
        if node is None:
            pending.append(group)
            continue
        node.add(group)
        if in_zone:
            in_zone[node.zone] += 1
    return pending


def _best(nodes: list[_Node], group: PodGroup, in_zone: dict[int, int] | None) -> _Node | None:
    """The node on which kube-scheduler would put a pod; None if it fits nowhere.

    `in_zone` is the number of the group's pods by zone, for a group that must be spread.
    """
    cpu, mib, disk = group.millicpu, group.mib, group.disk_gib
    fewest = min(in_zone.values(), default=0) if in_zone else 0
    best, most = None, -1.0
    for node in nodes:
        if node.mib < mib or node.cpu < cpu or node.pods < 1 or node.disk < disk:
            continue
        # PodTopologySpread, maxSkew 1:
        # https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
        if in_zone and in_zone[node.zone] > fewest:
            continue
        share = (node.cpu - cpu) * node.per_cpu + (node.mib - mib) * node.per_mib
        if share > most:
            best, most = node, share
    return best
