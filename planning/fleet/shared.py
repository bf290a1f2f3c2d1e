"""Finds the cheapest nodes for all pods that have no nodes of their own, among fleets of one or two instance types.

It does not decide which pods fit (placement.py), or which roles have nodes of their own
and what these cost (capacity.py).
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
    """A set of fleets: `fewest` to `most` nodes of a first type in each zone, and at least `more` of a second type.

    Sets are looked at in the order of their cheapest fleet, and divided until that fleet is found.
    """

    usd: float
    """A lower bound for the price of the cheapest fleet, in USD an hour. It is rounded, because adding the same numbers
    in another order must give the same price."""
    nodes: int
    """Lower bound for the number of nodes in a zone, pools of single roles included."""
    layout: int
    """Index of the layout."""
    first: int
    """Index of the first type; -1: there is only the second."""
    fewest: int
    most: int
    second: int
    """Index of the second type; -1: this set holds all fleets of the layout."""
    more: int
    """Least number of nodes of the second type; 0: not computed yet."""


class Layout:
    """The pods that share nodes, and all fleets that might carry them."""

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
        """`beside` is the hourly price, and the nodes a zone, of the roles that have nodes of their own. `limit` is the
        most nodes of one type in a zone."""
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
        """The set of all fleets of this layout."""
        usd = self._beside[0] + max(want * min(each, default=inf) for want, each in self._resources)
        return Fleets(round(usd, 6), 0, self._number, -1, 0, 0, -1, 0)

    def parts(self, fleets: Fleets) -> Iterator[Fleets]:
        """Divides a set into smaller ones. If its cheapest fleet is known, the parts leave that fleet out."""
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
        """Whether the set's price is that of its fleet with the lowest counts.

        This is so when more nodes of the first type would not save any node of the second.
        """
        _, _, _, first, fewest, most, second, more = fleets
        return bool(more) and (fewest == most or self._least(first, fewest, second) <= more)

    def fits(self, fleets: Fleets) -> bool:
        """Whether the pods fit on the set's fleet with the lowest counts."""
        _, _, _, first, fewest, _, second, more = fleets
        if fewest and (
            self._fails(first, fewest, self._too_bulky[second]) or self._fails(second, more, self._too_bulky[first])
        ):
            return False
        return self._placement.misfit(self.nodes(fleets)) is None

    def why_not(self, item: Instance, count: int) -> str | None:
        """The reason why the pods do not fit on `count` nodes a zone of this type alone; None if they fit."""
        return self._placement.misfit([(item, count)])

    def nodes(self, fleets: Fleets) -> list[tuple[Instance, int]]:
        """The set's fleet with the lowest counts: instance types, and their nodes a zone."""
        parts = ((fleets.first, fleets.fewest), (fleets.second, fleets.more))
        return [(self._useful[index], count) for index, count in parts if count]

    def _all(self) -> Iterator[Fleets]:
        """Sets for every type alone and every pair of types; none if some pod fits on no type."""
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
        """The set with its number of nodes and its price computed; nothing if it needs too many nodes."""
        more = more or self._least(first, most, second)
        if more <= self._limit:
            usd = self._beside[0] + self._usd[second] * more + (self._usd[first] * fewest if fewest else 0)
            nodes = self._beside[1] + fewest + int(more)
            yield Fleets(round(usd, 6), nodes, self._number, first, fewest, most, second, int(more))


def cheapest(layouts: Sequence[Layout]) -> Fleets | None:
    """The cheapest fleet that fits, as a set whose lowest counts are meant; None if none fits.

    Of equal prices the fleet with fewer nodes is chosen, then the one of the earlier layout.
    """
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
