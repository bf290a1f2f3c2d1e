"""Do these pods find a place on these nodes: at rest, while every role rolls out at once, and after a loss?

Placed as kube-scheduler does: one pod after the other, each on the feasible node with the largest share of CPU and
memory left (NodeResourcesFit, LeastAllocated), never moved again. Nobody controls the order in which pods arrive, so
several have to work: largest first, smallest first, and shuffled ones. A roll-out has room for a new pod of every role
at once, and finishes: a new pod finds a place, then an old one goes. After a loss all lost pods compete for what is
left, and of each group at least `needed` must run. Left out: preferences (ScheduleAnyway, image locality), which only
choose between feasible nodes, and priorities.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Literal, NamedTuple

from planning.deployment import PodGroup
from planning.instances import Instance

ORDERS = 16

Survives = Literal["node", "zone"]


class _Node:
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


class Misfit(NamedTuple):
    order: int
    """In which the pods arrived, see _queue."""
    reason: str


def misfit(
    pods: Sequence[PodGroup],
    nodes_a_zone: Sequence[tuple[Instance, int]],
    zones: int,
    survives: Survives,
    orders: Iterable[int] = range(ORDERS),
) -> Misfit | None:
    """What goes wrong on these nodes, or None."""
    empty = [_Node(zone, item) for item, count in nodes_a_zone for _ in range(count) for zone in range(zones)]
    for order in orders:
        if reason := _trouble(pods, empty, zones, survives, order):
            return Misfit(order, reason)
    return None


def _trouble(pods: Sequence[PodGroup], empty: list[_Node], zones: int, survives: Survives, order: int) -> str | None:
    rest = _copies(empty)
    if left := _place(rest, _queue(order, ((group, group.count) for group in pods))):
        return f"a {left[0].name} pod finds no place"
    if order == 0 and (left := _place(_copies(rest), _queue(order, ((group, group.surge) for group in pods)))):
        return f"the new {left[0].name} pod finds no place while all roles roll out"
    for gone in _losses(rest, zones, survives):
        if missing := _missing(order, pods, rest, gone, survives):
            return f"too few {missing} pods find a place after losing a {survives}"
    if stuck := _stuck(_copies(rest), _queue(order, ((group, 1) for group in pods if group.surge))):
        return f"rolling out {stuck} gets stuck"
    return None


def _queue(order: int, wanted: Iterable[tuple[PodGroup, int]]) -> list[PodGroup]:
    """One entry a pod, in the given one of the orders: largest first, smallest first, then shuffled, always the
    same."""
    queue = [group for group, count in wanted for _ in range(count)]
    if order < 2:
        return sorted(queue, key=lambda group: (group.mib, group.millicpu, group.name), reverse=order == 0)
    Random(order).shuffle(queue)  # noqa: S311 - no secret, and it must repeat
    return queue


def _stuck(nodes: list[_Node], rolling: list[PodGroup]) -> str | None:
    """Replaces all pods of all groups, each by a new one that must find a place first; a group that never finishes."""
    old = {group.name: [node for node in nodes for held in node.held if held == group.name] for group in rolling}
    waiting = rolling
    while waiting:
        progress: list[PodGroup] = []
        for group in waiting:
            if _place(nodes, (group,)):
                continue
            # The ReplicaSet removes first where the pods are most crowded.
            crowded = max(old[group.name], key=lambda node: node.held.count(group.name))
            old[group.name].remove(crowded)
            crowded.remove(group)
            progress.append(group)
        if not progress:
            return waiting[0].name
        waiting = [group for group in waiting if old[group.name]]
    return None


def _losses(nodes: list[_Node], zones: int, survives: Survives) -> Iterator[list[_Node]]:
    if survives == "zone":
        return ([node for node in nodes if node.zone == zone] for zone in range(zones))
    # Of several nodes with the same pods and the same room, losing one is like losing another.
    return ([node] for node in {(node.cpu, node.mib, node.disk, *sorted(node.held)): node for node in nodes}.values())


def _missing(
    order: int, pods: Sequence[PodGroup], rest: list[_Node], gone: list[_Node], survives: Survives
) -> str | None:
    """All lost pods look for a new place; the group of which fewer run in the end than are needed."""
    lost = Counter(name for node in gone for name in node.held)
    # A pod whose disk is in the lost zone waits for that zone; if only its node is lost, the disk moves to the next
    # one.
    moved = ((group, 0 if group.bound and survives == "zone" else lost[group.name]) for group in pods)
    pending = Counter(
        group.name for group in _place(_copies(node for node in rest if node not in gone), _queue(order, moved))
    )
    for group in pods:
        waiting = lost[group.name] if group.bound and survives == "zone" else pending[group.name]
        if group.count - waiting < group.needed:
            return group.name
    return None


def _copies(nodes: Iterable[_Node]) -> list[_Node]:
    return [node.copy() for node in nodes]


def _place(nodes: list[_Node], queue: Iterable[PodGroup]) -> list[PodGroup]:
    """Puts the pods on the nodes; those that found no place."""
    in_zones: dict[str, dict[int, int]] = {}
    pending: list[PodGroup] = []
    for group in queue:
        in_zone = in_zones.get(group.name)
        if in_zone is None:
            in_zone = in_zones[group.name] = dict.fromkeys((node.zone for node in nodes), 0)
            if group.spread:
                for node in nodes:
                    in_zone[node.zone] += node.held.count(group.name)
        node = _best(nodes, group, in_zone)
        if node is None:
            pending.append(group)
            continue
        node.add(group)
        in_zone[node.zone] += 1
    return pending


def _best(nodes: list[_Node], group: PodGroup, in_zone: dict[int, int]) -> _Node | None:
    cpu, mib, disk = group.millicpu, group.mib, group.disk_gib
    fewest = min(in_zone.values(), default=0)
    best, most = None, -1.0
    for node in nodes:
        if node.mib < mib or node.cpu < cpu or node.pods < 1 or node.disk < disk:
            continue
        # PodTopologySpread, maxSkew 1:
        # https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
        if group.spread and in_zone[node.zone] > fewest:
            continue
        share = (node.cpu - cpu) * node.per_cpu + (node.mib - mib) * node.per_mib
        if share > most:
            best, most = node, share
    return best
