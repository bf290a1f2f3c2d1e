"""kube-scheduler's rules one by one, and then every planned fleet against them."""

from copy import deepcopy
from random import Random
from typing import get_args

import pytest

from planning.deployment import TIERS, Tier
from planning.estimate import Estimate, estimate
from planning.workload import Index, Workload
from rehearsal.cloud.scheduler import HOST, ZONE, AntiAffinity, Cluster, Node, Pod, Spread, Taint
from tests.rehearsal.fleets import cluster, pods


def node(name: str, zone: str = "a", millicpu: int = 2000, mib: int = 4096, max_pods: int = 10, **labels: str) -> Node:
    return Node(name, {ZONE: zone, HOST: name, **labels}, millicpu, mib, max_pods)


def test_requests_are_counted_against_what_is_allocatable() -> None:
    made = Cluster([node("one")])
    assert made.schedule([Pod("first", 1500, 1024)]) == {}
    assert made.schedule([Pod("second", 600, 1024)]) == {"second": "0/1 nodes are available: 1 Insufficient cpu."}
    assert made.schedule([Pod("third", 100, 4000)]) == {"third": "0/1 nodes are available: 1 Insufficient memory."}


def test_a_kubelet_takes_no_more_than_its_number_of_pods() -> None:
    made = Cluster([node("one", max_pods=1)])
    assert made.schedule([Pod("first", 1, 1), Pod("second", 1, 1)]) == {
        "second": "0/1 nodes are available: 1 Too many pods."
    }


def test_a_taint_keeps_off_all_but_daemons_and_those_that_tolerate_it() -> None:
    tainted = node("one")
    tainted.taints = (Taint("pool", "query"),)
    made = Cluster([tainted])
    assert "untolerated taint" in made.schedule([Pod("web", 1, 1)])["web"]
    assert made.schedule([Pod("query", 1, 1, tolerations=(Taint("pool", "query"),))]) == {}
    assert made.run_daemons([Pod("log", 1, 1, everywhere=True)]) == []


@pytest.mark.parametrize(("effect", "runs"), [("NoSchedule", True), ("", True), ("NoExecute", False)])
def test_a_toleration_is_of_its_effect_or_of_all(effect: str, runs: bool) -> None:
    tainted = node("one")
    tainted.taints = (Taint("pool", "query"),)
    pod = Pod("query", 1, 1, tolerations=(Taint("pool", "query", effect),))
    assert (Cluster([tainted]).schedule([pod]) == {}) is runs


def test_a_node_selector_needs_the_label() -> None:
    made = Cluster([node("one", pool="shared")])
    assert "affinity/selector" in made.schedule([Pod("query", 1, 1, node_selector={"pool": "query"})])["query"]
    assert made.schedule([Pod("web", 1, 1, node_selector={"pool": "shared"})]) == {}


def test_spread_pods_keep_zones_within_one() -> None:
    made = Cluster([node("one", "a"), node("two", "b", millicpu=100)])
    alike = {"app": "etcd"}
    member = [Pod(f"etcd-{n}", 90, 10, alike, spread=(Spread(alike),)) for n in range(3)]
    assert made.schedule(member[:2]) == {}
    assert made.schedule(member[2:]) == {}
    fourth = Pod("etcd-3", 90, 10, alike, spread=(Spread(alike),))
    assert made.schedule([fourth])["etcd-3"] == (
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints."
    )


def test_zones_that_the_node_selector_excludes_are_no_empty_ones() -> None:
    made = Cluster([node("one", "a", pool="query"), node("two", "b", pool="shared")])
    alike = {"app": "query"}
    members = [
        Pod(f"query-{n}", 1, 1, alike, node_selector={"pool": "query"}, spread=(Spread(alike),)) for n in range(3)
    ]
    assert made.schedule(members) == {}


@pytest.mark.parametrize(("honors_taints", "waiting"), [(False, {"query-1"}), (True, set[str]())])
def test_a_drained_zone_is_an_empty_one_unless_taints_are_honored(honors_taints: bool, waiting: set[str]) -> None:
    drained = node("two", "b")
    drained.taints = (Taint("node.kubernetes.io/unschedulable", ""),)
    made = Cluster([node("one", "a"), drained])
    alike = {"app": "query"}
    members = [Pod(f"query-{n}", 1, 1, alike, spread=(Spread(alike, honors_taints=honors_taints),)) for n in range(2)]
    assert made.schedule(members).keys() == waiting


def test_anti_affinity_holds_for_both_sides() -> None:
    made = Cluster([node("one")])
    shy = Pod("shy", 1, 1, {"app": "shy"}, anti_affinity=(AntiAffinity({"app": "loud"}),))
    assert made.schedule([shy]) == {}
    assert "anti-affinity" in made.schedule([Pod("loud", 1, 1, {"app": "loud"})])["loud"]


def test_a_volume_stays_in_the_zone_of_its_first_pod() -> None:
    made = Cluster([node("one", "a"), node("two", "b")])
    member = Pod("etcd-0", 1, 1, claim="data-etcd-0")
    made.schedule([member])
    home = made.claims["data-etcd-0"]
    assert made.lose(lambda one: one.labels[ZONE] == home) == [member]
    assert "volume node affinity conflict" in made.schedule([member])["etcd-0"]


def test_lost_daemons_are_not_scheduled_again() -> None:
    made = Cluster([node("one"), node("two")])
    made.run_daemons([Pod("log", 1, 1, everywhere=True)])
    assert made.lose(lambda one: one.name == "one") == []


def workloads(count: int) -> list[Workload]:
    random = Random(4)  # noqa: S311 - repeatable, not secret
    return [
        Workload(
            vectors=1_000_000_000 if number == 0 else int(10 ** random.uniform(4, 9)),
            dimension=768 if number == 0 else random.choice((128, 384, 768)),
            index=random.choice(get_args(Index)),
            scalar_bytes=random.choice((0, 0, 100)),
            replicas=random.choice((1, 1, 2)),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("tier", get_args(Tier))
def test_every_pod_of_50_workloads_runs_whatever_the_order_and_after_a_loss(tier: Tier) -> None:
    random = Random(50)  # noqa: S311 - repeatable, not secret
    for workload in workloads(50):
        answer = estimate(workload, tier)
        made = cluster(answer)
        everyone = [pod for group in answer.deployment.pods for pod in pods(answer, group, 0, group.count)]
        random.shuffle(everyone)
        assert made.schedule(everyone) == {}, workload
        assert unfinished_rollouts(answer, deepcopy(made), random) == set(), workload
        for lost in losses(answer, made):
            left = deepcopy(made)
            moving = left.lose(lambda one, lost=lost: one.name in lost)
            random.shuffle(moving)
            left.schedule(moving)
            for group in answer.deployment.pods:
                assert left.running({"component": group.name}) >= group.needed, (workload, group.name)


@pytest.mark.parametrize("tier", get_args(Tier))
def test_a_rolling_pod_of_any_role_fits_beside_all_that_runs(tier: Tier) -> None:
    for workload in workloads(50):
        answer = estimate(workload, tier)
        made = cluster(answer)
        groups = sorted(answer.deployment.pods, key=lambda group: -group.mib)
        assert made.schedule(pod for group in groups for pod in pods(answer, group, 0, group.count)) == {}
        for role in answer.deployment.roles:
            assert deepcopy(made).schedule(pods(answer, role, role.count, 1)) == {}, (workload, role.name)


def losses(answer: Estimate, made: Cluster) -> list[set[str]]:
    if TIERS[answer.tier].survives == "zone":
        return [{one.name for one in made.nodes if one.labels[ZONE] == zone} for zone in answer.zones]
    return [{one.name} for one in made.nodes]


def unfinished_rollouts(answer: Estimate, made: Cluster, random: Random) -> set[str]:
    """Rolls all roles at once: a new pod starts, then an old one goes (maxSurge 1, maxUnavailable 0)."""
    done = {role.name: 0 for role in answer.deployment.roles}
    roles = {role.name: role for role in answer.deployment.roles}
    while done:
        names = list(done)
        random.shuffle(names)
        moved = False
        for name in names:
            if made.schedule(pods(answer, roles[name], roles[name].count + done[name], 1)):
                continue
            made.delete(f"{name}-{done[name]}")
            done[name] += 1
            moved = True
            if done[name] == roles[name].count:
                del done[name]
        if not moved:
            return set(done)
    return set()
