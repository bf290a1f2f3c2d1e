"""Do these pods find a place on these nodes: at rest, while every role rolls out at once, and after a loss?

Placed as kube-scheduler does: one pod after the other, each on the feasible node with the largest share of CPU and memory
left (NodeResourcesFit, LeastAllocated), never moved again. As nobody controls the order in which pods arrive, two extremes
have to work: largest first and smallest first. After the loss of a zone all lost pods compete for
what is left, and of each group at least `needed` must run. Left out: preferences (ScheduleAnyway, image locality), which only choose
between feasible nodes, and priorities.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from planning.deployment import PodGroup
from planning.instances import Instance

Survives = Literal["node", "zone"]


class _Node:
    __slots__ = ("cpu", "disk", "held", "mib", "per_cpu", "per_mib", "pods", "zone")

    def __init__(self, zone: int, item: Instance) -> None:
        self.zone = zone
        self.cpu, self.mib, self.pods, self.disk = item.millicpu, item.mib, item.pods, item.nvme_gib
        self.per_cpu, self.per_mib = 1 / item.millicpu, 1 / item.mib
        self.held: list[PodGroup] = []

    def copy(self) -> "_Node":
        twin = _Node.__new__(_Node)
        twin.zone, twin.cpu, twin.mib, twin.pods, twin.disk = self.zone, self.cpu, self.mib, self.pods, self.disk
        twin.per_cpu, twin.per_mib, twin.held = self.per_cpu, self.per_mib, self.held.copy()
        return twin


def shared_fits(
    pods: Sequence[PodGroup], nodes_a_zone: Sequence[tuple[Instance, int]], zones: int, survives: Survives
) -> bool:
    empty = [_Node(zone, item) for item, count in nodes_a_zone for _ in range(count) for zone in range(zones)]
    for largest_first in (True, False):
        groups = sorted(pods, key=lambda group: (group.mib, group.millicpu, group.name), reverse=largest_first)
        rest = _copies(empty)
        if any(_place(rest, group, group.count) < group.count for group in groups):
            return False
        rolling = _copies(rest)
        if any(_place(rolling, group, group.surge) < group.surge for group in groups):
            return False
        if not all(_recovers(groups, rest, gone, survives) for gone in _losses(rest, zones, survives)):
            return False
    return True


def _losses(nodes: list[_Node], zones: int, survives: Survives) -> Iterator[list[_Node]]:
    if survives == "zone":
        return ([node for node in nodes if node.zone == zone] for zone in range(zones))
    return ([node] for node in nodes)


def _recovers(groups: Sequence[PodGroup], rest: list[_Node], gone: list[_Node], survives: Survives) -> bool:
    """All lost pods look for a new place; of every group as many as are needed have to run in the end."""
    left = _copies(node for node in rest if node not in gone)
    enough = True
    for group in groups:
        lost = sum(node.held.count(group) for node in gone)
        # A pod whose disk is in the lost zone waits for that zone; if only its node is lost, the disk moves to the next one.
        again = 0 if group.bound and survives == "zone" else _place(left, group, lost)
        enough = enough and group.count - lost + again >= group.needed
    return enough


def _copies(nodes: Iterable[_Node]) -> list[_Node]:
    return [node.copy() for node in nodes]


def _place(nodes: list[_Node], group: PodGroup, count: int) -> int:
    """How many of `count` more pods of the group found a place."""
    in_zone = dict.fromkeys((node.zone for node in nodes), 0)
    if group.spread:
        for node in nodes:
            in_zone[node.zone] += node.held.count(group)
    for placed in range(count):
        node = _best(nodes, group, in_zone)
        if node is None:
            return placed
        node.cpu -= group.millicpu
        node.mib -= group.mib
        node.disk -= group.disk_gib
        node.pods -= 1
        node.held.append(group)
        in_zone[node.zone] += 1
    return count


def _best(nodes: list[_Node], group: PodGroup, in_zone: dict[int, int]) -> _Node | None:
    cpu, mib, disk = group.millicpu, group.mib, group.disk_gib
    fewest = min(in_zone.values(), default=0)
    best, most = None, -1.0
    for node in nodes:
        if node.mib < mib or node.cpu < cpu or node.pods < 1 or node.disk < disk:
            continue
        # PodTopologySpread, maxSkew 1: https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
        if group.spread and in_zone[node.zone] > fewest:
            continue
        share = (node.cpu - cpu) * node.per_cpu + (node.mib - mib) * node.per_mib
        if share > most:
            best, most = node, share
    return best
