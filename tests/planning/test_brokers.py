"""Every broker type that MSK offers for the pinned Kafka is priced, and regions without a type get another one."""

import pytest

from planning.errors import PlanningError
from planning.estimate import estimate
from planning.kafka import TYPES, brokers
from planning.overrides import BrokerOverride
from planning.pricing.prices import prices
from planning.workload import Workload

MILLION = Workload(vectors=1_000_000, dimension=1024)
BILLION = Workload(vectors=1_000_000_000, dimension=768, index="DISKANN")
M5 = ("kafka.m5.large", "kafka.m5.xlarge")


def test_every_standard_broker_of_msk_has_a_price() -> None:
    sizes = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
    families = [f"kafka.{family}.{size}" for family in ("m5", "m7g") for size in sizes]
    assert set(TYPES) == {"kafka.t3.small", "kafka.m5.24xlarge", *families}
    assert set(prices("us-east-1").brokers()) == set(TYPES)


@pytest.mark.parametrize(
    ("name", "usd"), [("kafka.m5.large", 0.21), ("kafka.m5.24xlarge", 10.08), ("kafka.m7g.2xlarge", 0.816)]
)
def test_a_broker_type_that_is_asked_for_is_what_is_paid_for(name: str, usd: float) -> None:
    items = {item.what: item.usd for item in estimate(MILLION, broker=BrokerOverride(instance_type=name)).cost.items}
    assert items[f"2 x {name}"] == pytest.approx(2 * usd * 730)


@pytest.mark.parametrize("name", ["kafka.m5.huge", "express.m7g.large", "kafka.m6g.large"])
def test_a_broker_type_that_msk_lacks_is_refused_with_those_that_have_a_price(name: str) -> None:
    with pytest.raises(
        PlanningError, match=rf"broker type {name} is not offered in this region; use one of kafka.t3.small, "
    ):
        estimate(MILLION, broker=BrokerOverride(instance_type=name))


@pytest.mark.parametrize(
    ("tier", "workload", "priced", "chosen"),
    [
        ("development", MILLION, TYPES, "kafka.t3.small"),
        ("development", MILLION, ("kafka.m7g.large", *M5), "kafka.m7g.large"),
        ("production", MILLION, TYPES, "kafka.m7g.large"),
        ("production", MILLION, ("kafka.t3.small", *M5), "kafka.m5.large"),
        ("production", BILLION, ("kafka.t3.small", *M5), "kafka.m5.xlarge"),
    ],
)
def test_a_region_without_a_broker_type_gets_the_next_that_is_large_enough(
    tier: str, workload: Workload, priced: tuple[str, ...], chosen: str
) -> None:
    assert brokers(workload, tier, 3, priced=priced).type.name == chosen  # pyright: ignore[reportArgumentType]


def test_a_region_with_none_large_enough_is_refused() -> None:
    with pytest.raises(
        PlanningError, match=r"no broker type with 8 GiB is offered in this region, only kafka\.t3\.small"
    ):
        brokers(MILLION, "production", 3, priced=("kafka.t3.small",))
