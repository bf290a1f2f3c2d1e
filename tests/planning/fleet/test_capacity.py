"""The fleet is the cheapest possible one, as a brute force finds that shares no code with the search."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product
from math import ceil
from random import Random
from typing import get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planning.deployment import TIERS, PodGroup, Tier, deploy, zone_names
from planning.errors import PlanningError, TooMuchError
from planning.estimate import estimate
from planning.fleet import capacity
from planning.fleet.capacity import plan
from planning.fleet.instances import Instance, catalogue
from planning.fleet.placement import Placement
from planning.workload import Index, Workload

NODES = 3
"""Most nodes of each shared type in a zone. The brute force's time grows with the square of this number."""


@pytest.fixture(autouse=True)
def few_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "MAX_SHARED_NODES_A_ZONE", NODES)


workloads = st.builds(
    Workload,
    vectors=st.integers(10_000, 60_000_000),
    dimension=st.sampled_from([64, 384, 768, 1536]),
    index=st.sampled_from(get_args(Index)),
    scalar_bytes=st.sampled_from([0, 0, 200]),
    replicas=st.integers(1, 3),
)
offers = st.dictionaries(
    st.sampled_from(sorted(catalogue())), st.integers(50, 5000).map(lambda cents: cents / 100), min_size=1, max_size=4
)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(workloads, st.sampled_from(get_args(Tier)), offers)
def test_no_fleet_is_cheaper(workload: Workload, tier: Tier, price: dict[str, float]) -> None:
    """Prices are drawn too: with the real ones a dearer machine is nearly always a bigger one."""
    compare_with_force(workload, tier, price)


@pytest.mark.slow
@settings(max_examples=220, derandomize=True, deadline=None)
@given(workloads, st.sampled_from(get_args(Tier)), offers)
def test_no_fleet_of_many_is_cheaper(workload: Workload, tier: Tier, price: dict[str, float]) -> None:
    compare_with_force(workload, tier, price)


def compare_with_force(workload: Workload, tier: Tier, price: dict[str, float]) -> None:
    rules, pods = TIERS[tier], deploy(workload, tier).pods
    zones = zone_names("us-east-1", tier)[: rules.node_zones]
    assume(all(group.disk_gib == 0 or any(catalogue()[name].nvme_gib for name in price) for group in pods))
    by_force = cheapest_by_force(pods, price, len(zones), rules.survives)
    try:
        found: float | None = plan(pods, zones, price, rules.survives).usd_per_hour
    except TooMuchError:
        found = None
    assert found == (None if by_force is None else pytest.approx(by_force))


def test_few_fleets_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of an estimate depends on the number of fleets on which pods are really placed.

    These workloads once needed 846, 459 and 438.
    """
    monkeypatch.setattr(capacity, "MAX_SHARED_NODES_A_ZONE", 12)
    tried: list[object] = []
    really = Placement.misfit
    monkeypatch.setattr(Placement, "misfit", lambda self, nodes: tried.append(nodes) or really(self, nodes))
    for workload in (
        Workload(vectors=3_243_529_550, dimension=1536, index="IVF_RABITQ", scalar_bytes=100, mmap=True),
        Workload(vectors=55_925_443, dimension=128, index="FLAT", scalar_bytes=1000, replicas=3, growth=3, mmap=True),
        Workload(vectors=841_945_757, dimension=384, index="SCANN", scalar_bytes=1000, replicas=3, mmap=True),
    ):
        tried.clear()
        estimate(workload, "development")
        assert 1 < len(tried) < 150


def cheapest_by_force(pods: tuple[PodGroup, ...], price: dict[str, float], zones: int, survives: str) -> float | None:
    big = [
        group
        for name in ("standalone", "queryNode", "streamingNode", "dataNode")
        for group in pods
        if group.name == name
    ]
    totals: list[float] = []
    for count in range(len(big) + 1):
        if any(group.count > 12 for group in big[count:]):
            continue
        alone = [cheapest_alone(group, price, zones, survives) for group in big[:count]]
        rest = [group for group in pods if group not in big[:count]]
        together = cheapest_together(rest, price, zones, survives)
        if together is not None and None not in alone:
            totals.append(together + sum(usd for usd in alone if usd is not None))
    return min(totals, default=None)


def cheapest_alone(group: PodGroup, price: dict[str, float], zones: int, survives: str) -> float | None:
    possible = [
        price[name] * count * zones
        for name in price
        for count in range(1, 450 // zones + 1)
        if alone_fits(group, catalogue()[name], count, zones, survives)
    ]
    return min(possible, default=None)


def alone_fits(group: PodGroup, item: Instance, nodes_a_zone: int, zones: int, survives: str) -> bool:
    room = min(item.millicpu // group.millicpu, item.mib // group.mib, item.pods)
    room = min(room, item.nvme_gib // group.disk_gib) if group.disk_gib else room
    a_zone, rolling = room * nodes_a_zone, group.count + group.surge
    if survives == "zone":
        return a_zone >= ceil(rolling / zones) and a_zone * (zones - 1) >= group.needed
    return a_zone * zones >= rolling and a_zone * zones - room >= group.count


def cheapest_together(pods: list[PodGroup], price: dict[str, float], zones: int, survives: str) -> float | None:
    mixes = [((name, count),) for name in price for count in range(1, NODES + 1)]
    mixes += [
        ((one, count), (other, more))
        for one, other in combinations(price, 2)
        for count, more in product(range(1, NODES + 1), repeat=2)
    ]
    for mix in sorted(mixes, key=lambda mix: sum(price[name] * count for name, count in mix)):
        # The same order of nodes in a tie of scores as the search has: types by price, then by name.
        ordered = sorted(mix, key=lambda part: (price[part[0]], part[0]))
        if Play(ordered, zones, survives, pods).succeeds():
            return sum(price[name] * count for name, count in mix) * zones
    return None


class Play:
    """The rules of placement.py once more, in plain words and slowly."""

    def __init__(self, mix: list[tuple[str, int]], zones: int, survives: str, pods: list[PodGroup]) -> None:
        machines = [(catalogue()[name], zone) for name, count in mix for _ in range(count) for zone in range(zones)]
        self.machines = dict(enumerate(machines))
        self.zones, self.survives, self.pods = zones, survives, pods

    def succeeds(self) -> bool:
        return all(self.succeeds_in(order) for order in range(16))

    def succeeds_in(self, order: int) -> bool:
        everywhere = set(self.machines)
        rest = self.put({}, everywhere, self.queue(order, {group.name: group.count for group in self.pods}))
        if rest is None:
            return False
        if (
            order == 0
            and self.put(rest, everywhere, self.queue(0, {group.name: group.surge for group in self.pods})) is None
        ):
            return False
        if not self.rolls(rest, self.queue(order, {group.name: min(group.surge, 1) for group in self.pods})):
            return False
        return all(self.survived(rest, gone, order) for gone in self.losses())

    def queue(self, order: int, counts: dict[str, int]) -> list[PodGroup]:
        pods = [group for group in self.pods for _ in range(counts[group.name])]
        if order == 0:
            return sorted(pods, key=lambda group: (group.mib, group.millicpu, group.name), reverse=True)
        if order == 1:
            return sorted(pods, key=lambda group: (group.mib, group.millicpu, group.name))
        Random(order).shuffle(pods)  # noqa: S311 - repeatable, not secret
        return pods

    def losses(self) -> Iterator[set[int]]:
        if self.survives == "zone":
            for zone in range(self.zones):
                yield {key for key, (_, where) in self.machines.items() if where == zone}
        else:
            for key in self.machines:
                yield {key}

    def used(self, placed: dict[tuple[str, int], int], key: int) -> dict[str, int]:
        here = [(group, placed.get((group.name, key), 0)) for group in self.pods]
        return {
            what: sum(getattr(group, what) * count for group, count in here) for what in ("millicpu", "mib", "disk_gib")
        } | {"pods": sum(count for _, count in here)}

    def choose(self, placed: dict[tuple[str, int], int], alive: set[int], group: PodGroup) -> int | None:
        in_zone = {self.machines[key][1]: 0 for key in alive}
        for (name, key), count in placed.items():
            if name == group.name and key in alive:
                in_zone[self.machines[key][1]] += count
        scores: dict[int, float] = {}
        for key in sorted(alive):
            item, zone = self.machines[key]
            used = self.used(placed, key)
            cpu, mib = item.millicpu - used["millicpu"] - group.millicpu, item.mib - used["mib"] - group.mib
            disk = item.nvme_gib - used["disk_gib"] - group.disk_gib
            skewed = group.spread and in_zone[zone] > min(in_zone.values())
            if min(cpu, mib, disk, item.pods - used["pods"] - 1) >= 0 and not skewed:
                scores[key] = round(cpu / item.millicpu + mib / item.mib, 9)
        return max(scores, key=lambda key: (scores[key], -key), default=None)

    def put(
        self, placed: dict[tuple[str, int], int], alive: set[int], queue: list[PodGroup]
    ) -> dict[tuple[str, int], int] | None:
        now = dict(placed)
        for group in queue:
            key = self.choose(now, alive, group)
            if key is None:
                return None
            now[group.name, key] = now.get((group.name, key), 0) + 1
        return now

    def rolls(self, rest: dict[tuple[str, int], int], queue: list[PodGroup]) -> bool:
        now, alive = dict(rest), set(self.machines)
        old = {
            name: [key for (one, key), count in rest.items() if one == name for _ in range(count)] for name, _ in rest
        }
        for name in old:
            old[name].sort()
        while queue:
            before = sum(len(keys) for keys in old.values())
            for group in queue:
                key = self.choose(now, alive, group)
                if key is not None:
                    now[group.name, key] = now.get((group.name, key), 0) + 1
                    crowded = max(old[group.name], key=lambda key: now[group.name, key])
                    old[group.name].remove(crowded)
                    now[group.name, crowded] -= 1
            if sum(len(keys) for keys in old.values()) == before:
                return False
            queue = [group for group in queue if old[group.name]]
        return True

    def survived(self, rest: dict[tuple[str, int], int], gone: set[int], order: int) -> bool:
        alive = set(self.machines) - gone
        lost = {
            group.name: sum(count for (name, key), count in rest.items() if name == group.name and key in gone)
            for group in self.pods
        }
        now = {place: count for place, count in rest.items() if place[1] in alive}
        waits = {group.name for group in self.pods if group.bound and self.survives == "zone"}
        for group in self.queue(order, {name: 0 if name in waits else count for name, count in lost.items()}):
            key = self.choose(now, alive, group)
            if key is not None:
                now[group.name, key] = now.get((group.name, key), 0) + 1
        running = {group.name: sum(n for (name, _), n in now.items() if name == group.name) for group in self.pods}
        return all(running[group.name] >= group.needed for group in self.pods if lost[group.name])


@pytest.mark.parametrize("members", [2, 4])
def test_members_that_can_never_survive_a_zone_are_refused_and_not_searched_for(members: int) -> None:
    """With two members in two zones, or four that all must survive, the loss of a zone always loses one too many."""
    deployment = deploy(Workload(vectors=1_000_000, dimension=1024), "production")
    etcd = replace(deployment.etcd, count=members, needed=members)
    prices = dict.fromkeys(catalogue(), 1.0)
    with pytest.raises(PlanningError, match=f"etcd: of {members} pods that their disks keep in their zones"):
        plan((*deployment.roles, etcd), ("a", "b", "c"), prices, "zone")


def test_the_order_of_zones_means_nothing() -> None:
    workload = Workload(vectors=1_000_000, dimension=1024)
    plans = [
        estimate(workload, "development", region="us-east-1", zones=zones).fleet
        for zones in (("us-east-1a", "us-east-1b"), ("us-east-1b", "us-east-1a"))
    ]
    assert plans[0] == plans[1]
    assert {zone for group in plans[0].groups for zone in group.zones} == {"us-east-1a"}
