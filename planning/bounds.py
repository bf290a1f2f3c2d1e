"""Plain sums and counts that rule out most fleets before any pod is placed. They never rule out one that fits."""

from collections.abc import Callable, Sequence
from operator import mul
from typing import Literal

from planning.deployment import PodGroup
from planning.instances import Instance
from planning.placement import Survives


def slots(group: PodGroup, item: Instance) -> int:
    """How many of these pods one node takes when nothing else runs there."""
    rooms = [item.millicpu // group.millicpu, item.mib // group.mib, item.pods]
    if group.disk_gib:
        rooms.append(item.nvme_gib // group.disk_gib)
    return min(rooms)


def least_a_zone(pods: tuple[PodGroup, ...], zones: int, survives: Survives) -> tuple[float, float]:
    """CPU and memory that a zone must have at least, as plain sums."""

    def total(attribute: Literal["millicpu", "mib"]) -> float:
        rolling = sum((group.count + group.surge) * getattr(group, attribute) for group in pods) / zones
        if survives == "node":
            return rolling
        left = sum(group.needed * getattr(group, attribute) for group in pods)
        return max(rolling, left / (zones - 1))

    return total("millicpu"), total("mib")


def too_small(
    pods: tuple[PodGroup, ...], useful: list[Instance], zones: int, survives: Survives
) -> Callable[[Sequence[tuple[Instance, int]]], bool]:
    """A quick test that never rejects what fits: are the nodes enough, counted in places for one group alone, and in
    units of one pod's memory or CPU, of which a pod takes and a node offers as many as fit into it?
    """
    wanted: list[tuple[int, int]] = []
    offered: dict[str, list[int]] = {item.name: [] for item in useful}
    for group in pods:
        wanted.append((group.count + group.surge, group.needed))
        for item in useful:
            offered[item.name].append(slots(group, item))
    for attribute in ("mib", "millicpu"):
        sizes: list[int] = [getattr(group, attribute) for group in pods]
        for unit in {1, *sorted(set(sizes), reverse=True)[:6]}:
            rolling = sum((group.count + group.surge) * (size // unit) for group, size in zip(pods, sizes, strict=True))
            wanted.append(
                (rolling, sum(group.needed * (size // unit) for group, size in zip(pods, sizes, strict=True)))
            )
            for item in useful:
                offered[item.name].append(getattr(item, attribute) // unit)

    def too_little(nodes_a_zone: Sequence[tuple[Instance, int]]) -> bool:
        columns = [offered[item.name] for item, _ in nodes_a_zone]
        counts = [count for _, count in nodes_a_zone]
        for (rolling, needed), *places in zip(wanted, *columns, strict=True):
            a_zone = sum(map(mul, places, counts))
            left = a_zone * (zones - 1) if survives == "zone" else a_zone * zones - max(places)
            if a_zone * zones < rolling or left < needed:
                return True
        return False

    return too_little
