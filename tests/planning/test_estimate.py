"""Costs, brokers, minutes and limits of whole estimates."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from planning.deployment import zone_names
from planning.errors import PlanningError, TooMuchError
from planning.estimate import estimate
from planning.fleet.instances import catalogue
from planning.kafka import brokers
from planning.log import LogKind
from planning.pricing.bill import Cost
from planning.pricing.cost import guides
from planning.pricing.prices import load, prices
from planning.sizing import dependencies
from planning.timing.duration import minutes_to_ready
from planning.workload import Index, Workload

GUIDES_USD = 1511
"""The guides' fixed topology, as added up by hand from the guides."""
MILLION = Workload(vectors=1_000_000, dimension=1024, index="HNSW")


def test_the_guides_topology_costs_what_it_was_added_up_to() -> None:
    assert guides(prices("us-east-1")).usd == pytest.approx(GUIDES_USD, rel=0.005)


def test_production_costs_at_most_95_percent_of_the_guides() -> None:
    answer = estimate(MILLION, "production")
    assert answer.cost.usd <= 0.95 * min(GUIDES_USD, guides(prices("us-east-1")).usd)
    assert len(answer.zones) == 3
    assert answer.kafka is not None
    assert answer.kafka.replication_factor == 3


def test_development_costs_at_most_30_percent_of_the_guides() -> None:
    answer = estimate(MILLION, "development")
    assert answer.cost.usd <= 0.30 * min(GUIDES_USD, guides(prices("us-east-1")).usd)


def test_the_promised_prices_hold_without_the_guides_half_terabyte_of_s3() -> None:
    """Both prices are compared with this workload's own objects in S3."""
    fair = GUIDES_USD - 500 * 0.023
    assert estimate(MILLION, "production").cost.usd <= 0.95 * fair
    assert estimate(MILLION, "development").cost.usd <= 0.30 * fair


def test_every_item_is_between_its_bounds_and_the_sum_is_theirs() -> None:
    cost: Cost = estimate(MILLION, "production").cost
    assert all(item.low <= item.usd <= item.high for item in cost.items)
    assert cost.usd == pytest.approx(sum(item.usd for item in cost.items))
    assert {item.component for item in cost.items} >= {
        "network",
        "cluster",
        "kafka",
        "milvus",
        "bucket",
        "endpoints",
        "keys",
    }


def test_every_price_names_a_source_that_is_explained() -> None:
    known = load()
    for region in known["regions"].values():
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", region["as_of"])
        assert {price["source"] for price in region["prices"].values()} <= set(known["sources"])


def test_production_over_two_zones_is_refused_with_the_reason() -> None:
    with pytest.raises(
        PlanningError, match=r"zones is 2, but production needs 3: with etcd's three members in two zones"
    ):
        zone_names("us-east-1", "production", 2)


@pytest.mark.parametrize("index", get_args(Index))
def test_brokers_are_a_multiple_of_the_zones_and_never_smaller_than_the_tools(index: Index) -> None:
    for vectors in (1_000_000, 150_000_000, 5_000_000_000):
        workload = Workload(vectors=vectors, dimension=768, index=index)
        made, tool = brokers(workload, "production", 3), dependencies(workload, "cluster")
        assert tool.broker is not None
        assert made.count % 3 == 0
        assert (made.type.vcpu, made.type.gib) >= (tool.broker.cpu, tool.broker.gib)
        assert made.gib_each * made.count >= tool.broker_disk_gib * 3
        assert 1 <= made.gib_each <= 16_384


def test_the_small_broker_runs_with_zookeeper_because_kraft_refuses_it() -> None:
    assert brokers(MILLION, "development", 2).type.name == "kafka.t3.small"
    assert not brokers(MILLION, "development", 2).type.versions.endswith(".kraft")
    assert brokers(MILLION, "production", 3).type.versions == "3.9.x.kraft"


def test_a_stack_waits_for_kafka() -> None:
    answer = minutes_to_ready()
    assert answer.path == ("VPC", "subnets", "MSK", "SCRAM", "Milvus")
    assert answer.minutes == pytest.approx(46.7)


def test_without_kafka_a_stack_waits_for_eks_and_costs_no_brokers() -> None:
    answer = estimate(MILLION, "development", log="woodpecker")
    assert answer.duration.path == ("VPC", "subnets", "EKS", "nodes", "load balancer controller", "Milvus")
    assert answer.duration.minutes == pytest.approx(23.2)
    assert answer.cost.usd == pytest.approx(375.70, abs=0.01)
    components = {item.component for item in answer.cost.items}
    assert "kafka" not in components
    assert answer.to_json()["brokers"] is None
    requests = next(item for item in answer.cost.items if item.what == "log requests")
    assert (requests.low, requests.usd, requests.high) == pytest.approx((0, 5.4, 1051.2))


LOGS: tuple[LogKind, LogKind] = ("kafka", "woodpecker")


def test_without_kafka_there_are_no_alarms_about_it() -> None:
    def read(log: LogKind) -> str:
        items = estimate(MILLION, "production", log=log).cost.items
        return next(item.what for item in items if item.what.endswith("metrics in alarms"))

    assert (read("kafka"), read("woodpecker")) == ("34 metrics in alarms", "14 metrics in alarms")


def test_too_much_for_kafka_names_the_nearest_that_works() -> None:
    with pytest.raises(TooMuchError) as refused:
        estimate(Workload(vectors=100_000_000_000, dimension=768), "production")
    text = str(refused.value)
    assert "16,384 GiB that a broker may have" in text
    assert "bulk import" in text
    works = int(re.findall(r"([\d,]+) vectors of this kind work", text)[0].replace(",", ""))
    nearest = estimate(Workload(vectors=works, dimension=768), "production").kafka
    assert nearest is not None
    assert nearest.count <= 60
    with pytest.raises(TooMuchError):
        estimate(Workload(vectors=int(works * 1.1), dimension=768), "production")


def test_too_many_nodes_name_the_nearest_that_works() -> None:
    workload = Workload(vectors=10_000_000_000, dimension=768, index="FLAT", replicas=16)
    with pytest.raises(TooMuchError, match=r"450 nodes .* vectors of this kind work; for more, use index IVF_RABITQ"):
        estimate(workload, "production")
    estimate(replace(workload, index="IVF_RABITQ"), "production")


def test_the_json_is_plain_and_complete() -> None:
    text = json.dumps(estimate(MILLION, "production").to_json())
    answer = json.loads(text)
    assert answer["loading_gib"] == 6.944
    assert answer["base_gib"] == 4.038
    assert answer["disk_gib"] == 0
    assert answer["mode"] == "cluster"
    assert [role["name"] for role in answer["roles"]] == [
        "queryNode",
        "streamingNode",
        "dataNode",
        "proxy",
        "mixCoordinator",
    ]
    assert {node["pool"] for node in answer["nodes"]} == {"shared"}
    assert (answer["brokers"]["instance"], answer["brokers"]["count"]) == ("kafka.m7g.large", 3)
    assert answer["minutes_to_ready"] == 46.7
    assert answer["usd_per_month"] == pytest.approx(sum(item["usd"] for item in answer["cost"]), abs=0.1)


def test_one_architecture_can_be_asked_for() -> None:
    answer = estimate(MILLION, "production", architectures=("x86_64",))
    assert all(
        group.instance.split(".")[0] in {"c7i", "m6i", "m7i", "r7i", "m6id", "i4i"} for group in answer.fleet.groups
    )
    assert answer.cost.usd > estimate(MILLION, "production").cost.usd


def test_diskann_gets_machines_with_local_disks_for_its_query_nodes() -> None:
    answer = estimate(Workload(vectors=1_000_000_000, dimension=768, index="DISKANN"), "production")
    query = next(role for role in answer.deployment.roles if role.name == "queryNode")
    group = next(group for group in answer.fleet.groups if group.pool == "queryNode")
    assert query.disk_gib * query.count / 2 >= answer.sizing.disk_gib
    assert catalogue()[group.instance].nvme_gib * group.nodes >= query.disk_gib * query.count


def test_the_fleet_says_why_others_do_not_do() -> None:
    reasons = estimate(MILLION, "production").fleet.rejected
    assert reasons
    assert all(re.match(r"shared: not \d+ x \S+: .*(finds? (no|a) place|gets stuck)", reason) for reason in reasons)


def test_the_page_about_the_log_has_these_numbers() -> None:
    page = (Path(__file__).parents[2] / "docs" / "log.md").read_text(encoding="utf-8")
    dev, small = (estimate(MILLION, log=log) for log in LOGS)
    prod, cheap = (estimate(MILLION, "production", log=log) for log in LOGS)
    assert (
        f"development | {dev.cost.usd:,.0f} USD a month, ready after {dev.duration.minutes:.0f} minutes"
        f" | {small.cost.usd:,.0f} USD, {small.duration.minutes:.0f} minutes |"
    ) in page
    assert f"production | {prod.cost.usd:,.0f} USD | {cheap.cost.usd:,.0f} USD |" in page
