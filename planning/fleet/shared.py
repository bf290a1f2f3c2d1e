"""The cheapest nodes for all pods that have no nodes of their own: fleets of one or two types, cheapest first.

Left out: what fits (placement.py), who has nodes of their own and what those cost (capacity.py).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from heapq import heappop, heappush
from math import inf
from typing import NamedTuple

from planning.deployment import PodGroup
from planning.fleet.bounds import Bounds, slots
from planning.fleet.instances import Instance
from planning.fleet.placement import Placement, Survives, hopeless, largest_first


class Fleets(NamedTuple):
    """In each zone `fewest` to `most` nodes of a first type, and `more` or more of a second one. They are looked at in
    the order of the cheapest among them, and divided until it is found."""

    usd: float
    """Of the cheapest, or less. Rounded, as the same sum in another order is the same price."""
    nodes: int
    layout: int
    first: int
    """Index of the type; -1: there is only the second."""
    fewest: int
    most: int
    second: int
    """-1: all fleets of the layout."""
    more: int
    """0: not counted yet."""


class Layout:
    """Which pods share nodes, and the fleets that they might share."""

    def __init__(
        self,
        number: int,
        pods: Sequence[PodGroup],
        beside: tuple[float, int],
        useful: Sequence[Instance],
        price: Mapping[str, float],
        zones: int,
        survives: Survives,
        limit: int,
    ) -> None:
        """`beside`: price and nodes a zone of what has nodes of its own. `limit`: nodes of one type in a zone."""
        self._number, self._pods, self._beside, self._useful, self._limit = number, pods, beside, useful, limit
        self._usd = [price[item.name] * zones for item in useful]
        bounds, self._placement = Bounds(pods, useful, zones, survives), Placement(pods, zones, survives)
        sizes = ([item.mib for item in useful], [item.millicpu for item in useful])
        self._resources = [
            (want, [usd / size for usd, size in zip(self._usd, each, strict=True)])
            for want, each in zip(bounds.mib_and_millicpu, sizes, strict=True)
        ]
        bulky = largest_first(pods)
        too_bulky = [next((n for n, group in enumerate(bulky) if slots(group, item)), len(pods)) for item in useful]

        @cache
        def least(first: int, count: int, second: int) -> float:
            return bounds.least(useful[first] if count else None, count, useful[second])

        @cache
        def fails(index: int, count: int, alone: int) -> bool:
            return bool(alone) and hopeless(bulky[:alone], useful[index], count, zones, survives)

        self._least, self._fails, self._too_bulky = least, fails, too_bulky

    def whole(self) -> Fleets:
        usd = self._beside[0] + max(want * min(each, default=inf) for want, each in self._resources)
        return Fleets(round(usd, 6), 0, self._number, -1, 0, 0, -1, 0)

    def parts(self, fleets: Fleets) -> Iterator[Fleets]:
        """The same fleets in smaller sets, or without the cheapest if that is known."""
        _, _, _, first, fewest, most, second, more = fleets
        if second < 0:
            yield from self._all()
        elif not more:
            yield from self._counted(first, fewest, most, second)
        elif self.is_one(fleets):
            yield from self._counted(first, fewest, fewest, second, more + 1)
            if fewest < most:
                yield from self._counted(first, fewest + 1, most, second)
        else:
            middle = (fewest + most) // 2
            yield from self._counted(first, fewest, middle, second)
            yield from self._counted(first, middle + 1, most, second)

    def is_one(self, fleets: Fleets) -> bool:
        """Whether the price is that of the fleet with the lowest counts: more of the first type do not save any of the
        second."""
        _, _, _, first, fewest, most, second, more = fleets
        return bool(more) and (fewest == most or self._least(first, fewest, second) <= more)

    def fits(self, fleets: Fleets) -> bool:
        _, _, _, first, fewest, _, second, more = fleets
        if fewest and (
            self._fails(first, fewest, self._too_bulky[second]) or self._fails(second, more, self._too_bulky[first])
        ):
            return False
        return self._placement.misfit(self.nodes(fleets)) is None

    def why_not(self, item: Instance, count: int) -> str | None:
        """What goes wrong on nodes of this type alone."""
        return self._placement.misfit([(item, count)])

    def nodes(self, fleets: Fleets) -> list[tuple[Instance, int]]:
        """The fleet with the lowest counts: types and nodes a zone."""
        parts = ((fleets.first, fleets.fewest), (fleets.second, fleets.more))
        return [(self._useful[index], count) for index, count in parts if count]

    def _all(self) -> Iterator[Fleets]:
        if not all(any(slots(group, item) for item in self._useful) for group in self._pods):
            return
        (mib, usd_a_mib), (millicpu, usd_a_millicpu) = self._resources
        for second in range(len(self._useful)):
            yield from self._counted(-1, 0, 0, second)
            for first in range(second):
                by_mib = mib * min(usd_a_mib[first], usd_a_mib[second])
                by_millicpu = millicpu * min(usd_a_millicpu[first], usd_a_millicpu[second])
                usd = self._beside[0] + (by_mib if by_mib > by_millicpu else by_millicpu)
                yield Fleets(round(usd, 6), 0, self._number, first, 1, self._limit, second, 0)

    def _counted(self, first: int, fewest: int, most: int, second: int, more: float = 0) -> Iterator[Fleets]:
        more = more or self._least(first, most, second)
        if more <= self._limit:
            usd = self._beside[0] + self._usd[second] * more + (self._usd[first] * fewest if fewest else 0)
            nodes = self._beside[1] + fewest + int(more)
            yield Fleets(round(usd, 6), nodes, self._number, first, fewest, most, second, int(more))


def cheapest(layouts: Sequence[Layout]) -> Fleets | None:
    """Of equal prices that with fewer nodes, then that of the earlier layout."""
    queue: list[Fleets] = []

    def wait(each: Iterable[Fleets]) -> None:
        for fleets in each:
            heappush(queue, fleets)

    wait(layout.whole() for layout in layouts)
    while queue:
        fleets = heappop(queue)
        layout = layouts[fleets.layout]
        if layout.is_one(fleets) and layout.fits(fleets):
            return fleets
        wait(layout.parts(fleets))
    return None
