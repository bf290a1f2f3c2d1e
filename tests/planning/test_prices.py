"""Prices of every region: published ones as they are, missing ones by the region's ratio, types only where offered."""

import pytest

from planning.deployment import Tier, zone_names
from planning.errors import PlanningError
from planning.estimate import estimate
from planning.pricing.bill import at_estimated_prices
from planning.pricing.cost import guides
from planning.pricing.prices import load, prices, unknown
from planning.workload import Workload

MILLION = Workload(vectors=1_000_000, dimension=1024, index="HNSW")
BILLION = Workload(vectors=1_000_000_000, dimension=768, index="DISKANN")
WITHOUT_MSK = "ap-southeast-6"
REGIONS = sorted(load()["regions"].keys() - {WITHOUT_MSK})
TWO_ZONES = "us-west-1"


def test_every_commercial_region_and_govcloud_has_prices() -> None:
    assert len(load()["regions"]) == 36
    assert {"us-gov-west-1", "us-gov-east-1", "sa-east-1", "mx-central-1", "il-central-1"} < set(REGIONS)


@pytest.mark.parametrize("tier", ["development", "production"])
def test_no_region_is_refused_and_no_type_is_chosen_that_one_lacks(tier: Tier) -> None:
    for region in REGIONS:
        if (region, tier) == (TWO_ZONES, "production"):
            continue
        known = load()["regions"][region]
        for workload in (MILLION, BILLION):
            answer = estimate(workload, tier, region=region)
            families = {group.instance.partition(".")[0] for group in answer.fleet.groups}
            assert families <= set(known["instances"]["families"]), region
            assert answer.kafka
            assert f"msk.{answer.kafka.type.name}" in known["prices"], region
            assert answer.zones == zone_names(region, tier)
            assert bool(answer.cost.estimated) == (region != "us-east-1"), region


def test_irelands_brokers_and_nat_cost_what_aws_publishes() -> None:
    answer = estimate(MILLION, "production", region="eu-west-1")
    items = {item.what: item for item in answer.cost.items}
    assert items["3 x kafka.m7g.large"].usd == pytest.approx(3 * 0.2275 * 730)
    assert items["3 disks of 20 GiB"].usd == pytest.approx(3 * 20 * 0.11)
    assert items["3 NAT gateways, their addresses"].usd == pytest.approx(3 * (0.048 + 0.005) * 730)
    assert items["NAT traffic"].usd == pytest.approx(30 * 0.048)
    assert items["3 x r7g.xlarge"].usd == pytest.approx(3 * 2 * 0.1199 * 730)
    assert not any(items[what].estimated for what in ("3 x kafka.m7g.large", "NAT traffic", "3 x r7g.xlarge"))


def test_what_a_region_does_not_publish_is_us_east_1s_by_the_regions_ratio_and_says_so() -> None:
    ireland, home = prices("eu-west-1"), prices("us-east-1")
    ratio = ireland["ebs.gp3"] / home["ebs.gp3"]
    assert 1.05 < ratio < 1.15
    assert ireland.estimated == {
        *("alarm.composite", "alarm.metric", "alb.hour", "alb.lcu", "ebs.gp3", "nlb.hour", "nlb.lcu"),
        *("metric.custom", "region.gb", "s3.get", "s3.put", "secret", "zone.gb"),
    }
    assert ireland["nlb.hour"] / home["nlb.hour"] == pytest.approx(ratio)
    answer = estimate(MILLION, region="eu-west-1")
    text = answer.to_json()
    marked = {item["what"] for item in text["cost"] if item["estimated"]}
    assert {"NLB for Milvus", "3 root volumes of 50 GiB", "etcd disks, 10 GiB"} <= marked
    assert text["usd_per_month_estimated"] == pytest.approx(
        sum(i["usd"] for i in text["cost"] if i["estimated"]), abs=0.1
    )
    assert not home.estimated


def test_machines_of_a_region_that_publishes_none_are_estimated_where_it_offers_them() -> None:
    sao_paulo = prices("sa-east-1")
    assert {"ec2.m7g.large", "ec2.i4g.large"} <= sao_paulo.estimated
    assert "ec2.i4i.large" not in prices("il-central-1").usd
    assert "msk.kafka.m7g.large" not in sao_paulo.estimated


@pytest.mark.parametrize(("region", "family"), [("eu-south-1", "m7i"), ("eu-south-1", "m7g"), ("eu-west-3", "m7gd")])
def test_a_family_that_one_zone_or_the_region_lacks_has_no_price(region: str, family: str) -> None:
    assert f"ec2.{family}.large" not in prices(region).usd


def test_a_region_without_brokers_says_so() -> None:
    with pytest.raises(PlanningError, match="MSK's price list has no broker type in this region"):
        estimate(MILLION, region=WITHOUT_MSK)


@pytest.mark.parametrize(
    ("region", "why"),
    [
        ("eu-wset-1", "no region that is known here; known are af-south-1, "),
        ("cn-north-1", "it is in a partition of AWS with other host names and ARNs"),
    ],
)
def test_an_unknown_region_and_china_are_refused(region: str, why: str) -> None:
    assert why in str(unknown(region))
    with pytest.raises(PlanningError, match=f"region {region}: {why}"):
        estimate(MILLION, region=region)


def test_the_guides_are_compared_with_in_regions_that_lack_their_types_too() -> None:
    costs = {region: guides(prices(region)) for region in load()["regions"]}
    assert costs["us-east-1"].estimated == 0
    assert {item.what for item in costs["ap-southeast-4"].items if item.estimated} >= {"3 x m6i.2xlarge"}
    assert {item.what for item in costs["ca-west-1"].items if item.estimated} >= {"3 x kafka.m7g.large"}
    assert all(1_000 < cost.usd < 3_000 for cost in costs.values())


def test_a_sum_at_estimated_prices_is_put_into_words() -> None:
    assert at_estimated_prices(0, "us-east-1") == ""
    assert at_estimated_prices(1234.5, "eu-west-1") == (
        "1,234 USD of it at estimated prices: us-east-1's by the ratio of eu-west-1; "
        "`make prices REGION=eu-west-1` reads the published ones"
    )


def test_us_east_1_is_priced_by_its_own_rows_alone() -> None:
    home, rows = prices("us-east-1"), load()["regions"]["us-east-1"]["prices"]
    assert home.usd == {key: rows[key]["usd"] for key in home.usd}
    assert set(rows) - set(home.usd) == {"ec2.m7i.24xlarge", "ec2.r7i.24xlarge"}  # larger than any node of ours
