"""Everything that follows from a planned number also follows from one that is set by hand."""

from dataclasses import replace
from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from planning.deployment import Tier
from planning.errors import PlanningError, TooMuchError
from planning.estimate import Estimate, estimate
from planning.kafka import brokers
from planning.overrides import BrokerOverride, RoleOverride
from planning.workload import Workload

MILLION = Workload(vectors=1_000_000, dimension=1024)
HUNDRED_MILLION = Workload(vectors=100_000_000, dimension=768)


def role(answer: Estimate, name: str) -> tuple[int, float, float, int]:
    found = next(group for group in answer.deployment.roles if group.name == name)
    return found.count, found.cpu, found.gib, found.millicpu


@pytest.mark.parametrize("tier", get_args(Tier))
def test_setting_what_is_derived_anyway_changes_nothing(tier: Tier) -> None:
    derived = estimate(HUNDRED_MILLION, tier)
    roles = {
        group.name: RoleOverride(replicas=group.count, cpu=group.cpu, memory_gib=group.gib)
        for group in derived.deployment.roles
    }
    assert derived.kafka
    broker = BrokerOverride(
        instance_type=derived.kafka.type.name,
        brokers_per_zone=derived.kafka.count // len(derived.zones),
        storage_gib=derived.kafka.gib_each,
    )
    assert estimate(HUNDRED_MILLION, tier, roles=roles, broker=broker) == derived


def test_bigger_query_nodes_get_bigger_machines_and_another_price() -> None:
    derived = estimate(MILLION, "production")
    answer = estimate(MILLION, "production", roles={"queryNode": RoleOverride(replicas=3, cpu=8, memory_gib=32)})
    assert role(derived, "queryNode") == (2, 2, 8, 500)
    assert role(answer, "queryNode") == (3, 8, 32, 1334)
    assert answer.fleet.usd_per_hour > derived.fleet.usd_per_hour
    assert answer.cost.usd > derived.cost.usd
    text = answer.to_json()["roles"][0]
    assert (text["name"], text["count"], text["cpu"], text["gib"]) == ("queryNode", 3, 8, 32)


def test_one_number_can_be_set_and_the_others_stay_derived() -> None:
    answer = estimate(MILLION, "production", roles={"proxy": RoleOverride(replicas=4)})
    assert role(answer, "proxy")[:3] == (4, 1, 4)


def test_no_pod_requests_more_cpu_than_it_may_use() -> None:
    """Eight data nodes shrunk to one: a whole role's half would be four times its limit."""
    answer = estimate(HUNDRED_MILLION, "development", roles={"dataNode": RoleOverride(replicas=1)})
    assert role(answer, "dataNode") == (1, 8, 16, 8000)


def test_fewer_and_bigger_query_nodes_still_hold_everything_once_after_a_loss() -> None:
    answer = estimate(HUNDRED_MILLION, "production", roles={"queryNode": RoleOverride(replicas=6, memory_gib=128)})
    query = next(group for group in answer.deployment.roles if group.name == "queryNode")
    assert query.needed == 3
    assert query.needed * query.gib >= answer.sizing.loading_gib


def test_a_third_of_nine_proxies_may_be_away() -> None:
    """As many as a lost zone takes along."""
    answer = estimate(MILLION, "production", roles={"proxy": RoleOverride(replicas=9)})
    assert next(group for group in answer.deployment.roles if group.name == "proxy").needed == 6


def test_local_disk_is_shared_by_as_many_pods_as_hold_everything_once() -> None:
    workload = replace(HUNDRED_MILLION, index="DISKANN")
    answer = estimate(workload, "production", roles={"queryNode": RoleOverride(replicas=4, memory_gib=48)})
    query = next(group for group in answer.deployment.roles if group.name == "queryNode")
    assert query.needed * query.disk_gib >= answer.sizing.disk_gib


def test_a_role_that_the_mode_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(
        PlanningError, match=r"^role queryNode: there is none in a standalone; its roles are standalone$"
    ):
        estimate(MILLION, "development", roles={"queryNode": RoleOverride(replicas=2)})
    with pytest.raises(
        PlanningError,
        match=r"standalone: there is none in a cluster; "
        r"its roles are queryNode, streamingNode, dataNode, proxy, mixCoordinator$",
    ):
        estimate(MILLION, "production", roles={"standalone": RoleOverride(cpu=8)})


def test_a_second_standalone_is_refused() -> None:
    with pytest.raises(PlanningError, match=r"^role standalone: replicas is 2, but two share no data"):
        estimate(MILLION, "development", roles={"standalone": RoleOverride(replicas=2)})


def test_an_override_that_no_machine_can_carry_is_named_as_the_cause() -> None:
    with pytest.raises(TooMuchError, match=r"one proxy pod needs .* more than any .*Without what is set for proxy it"):
        estimate(MILLION, "production", roles={"proxy": RoleOverride(memory_gib=512)})


def test_brokers_set_by_hand_are_those_that_are_paid_for() -> None:
    answer = estimate(
        MILLION, broker=BrokerOverride(instance_type="kafka.m7g.large", brokers_per_zone=2, storage_gib=50)
    )
    items = {item.what: item.usd for item in answer.cost.items if item.component == "kafka"}
    assert items == {
        "4 x kafka.m7g.large": pytest.approx(4 * 0.204 * 730),
        "4 disks of 50 GiB": pytest.approx(4 * 50 * 0.1),
    }
    brokers = answer.to_json()["brokers"]
    assert (brokers["instance"], brokers["count"], brokers["gib_each"]) == ("kafka.m7g.large", 4, 50)


def test_more_brokers_need_less_disk_each() -> None:
    derived = estimate(HUNDRED_MILLION, "production").kafka
    more = estimate(HUNDRED_MILLION, "production", broker=BrokerOverride(brokers_per_zone=4)).kafka
    assert derived
    assert more
    assert (derived.count, derived.gib_each) == (3, 477)
    assert (more.count, more.gib_each) == (12, 120)


def test_a_broker_type_without_a_price_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(
        PlanningError,
        match=r"^broker type kafka\.m5\.large is not offered .*; use one of kafka\.t3\.small, kafka\.m7g\.large$",
    ):
        brokers(
            MILLION,
            "production",
            3,
            BrokerOverride(instance_type="kafka.m5.large"),
            priced=("kafka.m7g.large", "kafka.t3.small"),
        )


def test_more_brokers_than_msk_allows_are_refused_with_its_limit() -> None:
    with pytest.raises(
        PlanningError, match=r"20 brokers a zone are 40, but MSK allows 30 with ZooKeeper; .* 15 a zone"
    ):
        estimate(MILLION, broker=BrokerOverride(brokers_per_zone=20))


def test_settings_can_use_them_as_they_are() -> None:
    roles = TypeAdapter(dict[str, RoleOverride])
    text = '{"queryNode": {"replicas": 3, "memoryGib": 32}}'
    assert roles.validate_json(text, strict=True) == {"queryNode": RoleOverride(replicas=3, memory_gib=32)}
    for wrong in ('{"proxy": {"memory_gib": 32}}', '{"proxy": {"replicas": 0}}', '{"proxy": {"replicas": 1.5}}'):
        with pytest.raises(ValidationError):
            roles.validate_json(wrong, strict=True, by_alias=True, by_name=False)
