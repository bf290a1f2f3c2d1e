"""How many pods may be away while a node is drained."""

from planning.deployment import PodGroup
from planning.estimate import estimate
from planning.fleet.draining import max_unavailable
from planning.workload import Workload


def away(millions: int) -> dict[str, int]:
    plan = estimate(Workload(vectors=millions * 1_000_000, dimension=768), "production")
    groups: list[PodGroup] = list(plan.deployment.pods)
    return {name: count for name, count in max_unavailable(plan.fleet, groups).items() if count > 1}


def test_where_all_pods_of_a_drained_node_find_a_place_one_is_away_at_a_time() -> None:
    assert away(10) == {}
    assert away(50) == {}


def test_pods_that_would_wait_for_a_place_do_not_keep_the_others_on_the_node() -> None:
    """Of 24 query nodes on three machines with room for 11 each, 22 run while one of these is drained."""
    assert away(100) == {"queryNode": 3, "dataNode": 3}


def test_never_are_more_away_than_the_plan_can_do_without() -> None:
    plan = estimate(Workload(vectors=300_000_000, dimension=768), "production")
    groups = {group.name: group for group in plan.deployment.pods}
    for name, count in max_unavailable(plan.fleet, plan.deployment.pods).items():
        assert 1 <= count <= max(1, groups[name].count - groups[name].needed)
