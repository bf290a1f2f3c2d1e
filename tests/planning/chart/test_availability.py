"""How long pods may take to stop, so that all that a node holds leave it within EKS' 15 minutes."""

import pytest

from planning.chart.availability import HAND_OVER, budgets, grace_seconds
from planning.chart.names import RoleName
from planning.deployment import TIERS, Tier
from planning.estimate import estimate
from planning.workload import Workload
from tests.chart.sample import CLUSTER, STANDALONE


@pytest.mark.parametrize(("pods", "seconds"), [(1, 840), (2, 390), (3, 240), (4, 165), (9, 40), (10, 30), (20, 30)])
def test_pods_of_a_role_share_the_time_that_eks_gives_a_node(pods: int, seconds: int) -> None:
    assert grace_seconds({"queryNode": pods}) == {"queryNode": seconds}


def test_up_to_ten_pods_a_node_leave_it_in_15_minutes_one_after_the_other() -> None:
    for pods in range(1, 11):
        (seconds,) = grace_seconds({"dataNode": pods}).values()
        assert pods * (seconds + 60) <= 900
        assert seconds >= 30


def test_a_proxy_always_has_the_time_to_leave_its_balancer_and_coordinators_keep_the_default() -> None:
    of_one: dict[RoleName, int] = {"proxy": 1, "mixCoordinator": 1, "streamingNode": 1}
    assert grace_seconds(of_one) == {"proxy": 130, "streamingNode": 840}
    assert grace_seconds({"proxy": 5}) == {"proxy": 130}


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("millions", [1, 10, 50, 100, 300])
def test_no_planned_node_holds_more_than_can_leave_it(tier: Tier, millions: int) -> None:
    plan = estimate(Workload(vectors=millions * 1_000_000, dimension=768), tier)
    for group in plan.deployment.roles:
        assert 1 <= plan.fleet.most_on_a_node(group) <= (10 if group.name in HAND_OVER else 6), group.name


def test_every_component_of_several_pods_has_a_budget_of_one() -> None:
    made = budgets("milvus", CLUSTER.roles, CLUSTER.etcd)
    assert set(made) == {"mixcoord", "proxy", "querynode", "datanode", "streamingnode", "etcd"}
    assert {budget.max_unavailable for budget in made.values()} == {1}
    assert budgets("milvus", STANDALONE.roles, STANDALONE.etcd) == {}
