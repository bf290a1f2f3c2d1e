"""Sums and counts that rule out most fleets before any pod is placed. They never rule out a fleet that fits."""

from collections.abc import Iterable, Sequence
from math import inf

from planning.deployment import PodGroup
from planning.fleet.instances import Instance
from planning.fleet.placement import Survives

UNITS = 3
"""How many pod sizes, from the largest on, serve as units of counting; more of them rule out few further fleets."""


def slots(group: PodGroup, item: Instance) -> int:
    """Number of these pods that fit on one node when nothing else runs there."""
    return min(_times(item.millicpu, item.mib, item.nvme_gib, group), item.pods)


def _times(millicpu: int, mib: int, disk_gib: int, unit: PodGroup) -> int:
    """Number of pods of one kind that fit into these resources."""
    times = min(millicpu // unit.millicpu, mib // unit.mib)
    return min(times, disk_gib // unit.disk_gib) if unit.disk_gib else times


class Bounds:
    """Compares what the pods need with what nodes offer, in several units.

    The units are MiB, millicores, pods, the memory or the CPU of one pod, and one whole pod. Of the last three kinds a
    bigger pod takes, and a node offers, as many as fit into it.
    """

    def __init__(self, pods: Sequence[PodGroup], items: Iterable[Instance], zones: int, survives: Survives) -> None:
        self._zones = zones
        whole = sorted({(group.mib, group.millicpu, group.disk_gib): group for group in pods}.items(), reverse=True)
        units = [group for _, group in whole[:UNITS]]
        mibs, millicpus = ({getattr(unit, what) for unit in units} for what in ("mib", "millicpu"))
        taken = [
            [group.mib for group in pods],
            [group.millicpu for group in pods],
            [1 for _ in pods],
            *([group.mib // unit for group in pods] for unit in mibs),
            *([group.millicpu // unit for group in pods] for unit in millicpus),
            *([_times(group.millicpu, group.mib, group.disk_gib, unit) for group in pods] for unit in units),
        ]

        def total(counts: Iterable[int], each: Iterable[int]) -> int:
            return sum(count * size for count, size in zip(counts, each, strict=True))

        rolling, needed = [group.count + group.surge for group in pods], [group.needed for group in pods]
        self._wanted = [(total(rolling, each), total(needed, each)) for each in taken]
        if survives == "zone":  # depends on the zones only; the loss of a node depends on which node it is
            self._wanted = [(max(-(-at_rest // zones), -(-left // (zones - 1))), 0) for at_rest, left in self._wanted]
        else:
            self._wanted = [(-(-at_rest // zones), left) for at_rest, left in self._wanted]
        self.mib_and_millicpu = self._wanted[0][0], self._wanted[1][0]
        """Memory (MiB) and CPU (millicores) that the nodes of one zone must offer at least, in sum."""
        self._offered = {
            item.name: (
                item.mib,
                item.millicpu,
                item.pods,
                *(item.mib // unit for unit in mibs),
                *(item.millicpu // unit for unit in millicpus),
                *(_times(item.millicpu, item.mib, item.nvme_gib, unit) for unit in units),
            )
            for item in items
        }

    def least(self, first: Instance | None, count: int, second: Instance) -> float:
        """Least number of nodes of the second type in a zone, beside `count` of the first;
        infinite if none is enough."""
        zones, most = self._zones, 1
        one = self._offered[first.name] if first else (0,) * len(self._wanted)
        for (a_zone, left), beside, each in zip(self._wanted, one, self._offered[second.name], strict=True):
            # Written without max(), which would take as long as all the rest: this runs thousands of times.
            short = left + (beside if beside > each else each)
            if zones > 1:
                short = -(-short // zones)
            if short < a_zone:
                short = a_zone
            short -= beside * count
            if short > each * most:
                if not each:
                    return inf
                most = -(-short // each)
        return most
