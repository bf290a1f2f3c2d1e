"""Reads prices.json: AWS' on-demand prices by region, with unit and source, and the types that a region offers.

What AWS publishes for a region stands in the file. A price that is missing there is estimated here: us-east-1's price
times the region's own ratio to us-east-1, for machines that of its brokers. Types are never guessed: what a region is
not known to offer has no price. operations/prices.py writes the file.
"""

import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import median
from typing import TypedDict

from planning.errors import PlanningError
from planning.fleet.instances import ROOT_VOLUME_GIB, catalogue
from planning.regions import unsupported

PATH = Path(__file__).with_name("prices.json")
HOME = "us-east-1"
"""The region that has every price: the base of what is estimated elsewhere."""
HOURS = 730
"""Hours in a month, as AWS counts them."""
FLAT = {"eks.hour", "ipv4.hour", "kms.key"}
"""Prices that AWS makes alike in all regions, so that they say nothing about the ratio of two regions."""


class Price(TypedDict):
    """One price, with what it is paid for (`unit`) and the key of its source in `PriceFile.sources`."""

    usd: float
    unit: str
    source: str


class Instances(TypedDict):
    """Instance families that every zone of a region offers, each in all sizes of planning/fleet/instances.py."""

    families: list[str]
    source: str
    """Key in `PriceFile.sources`."""


class Region(TypedDict):
    """The prices of one region."""

    as_of: str
    instances: Instances
    prices: dict[str, Price]


class PriceFile(TypedDict):
    """The structure of prices.json."""

    sources: dict[str, str]
    regions: dict[str, Region]


@dataclass(frozen=True)
class Prices:
    """The prices of one region. `prices[key]` raises PlanningError for a type that the region does not offer."""

    region: str
    as_of: str
    usd: Mapping[str, float]
    estimated: Set[str] = frozenset()
    """Keys of the prices that are estimated from us-east-1's."""
    machines: float = 1.0
    """How much dearer machines are in the region than in us-east-1, as far as its brokers tell."""

    def reckoned(self, keys: Iterable[str]) -> "Prices":
        """With estimates for these types too, where the region does not offer them: to compare, never to choose."""
        home = load()["regions"][HOME]["prices"]
        lacking = {key: home[key]["usd"] * self.machines for key in keys if key not in self.usd}
        return replace(self, usd={**self.usd, **lacking}, estimated=self.estimated | lacking.keys())

    def __getitem__(self, key: str) -> float:
        if key not in self.usd:
            raise PlanningError(
                f"prices.json has no price of {key} in {self.region}; run `make prices REGION={self.region}`"
            )
        return self.usd[key]

    def nodes(self) -> dict[str, float]:
        """USD an hour of one node, root volume included, by instance type."""
        root = ROOT_VOLUME_GIB * self["ebs.gp3"] / HOURS
        return {key.removeprefix("ec2."): usd + root for key, usd in self.usd.items() if key.startswith("ec2.")}

    def brokers(self) -> tuple[str, ...]:
        """Names of the MSK broker types that the region offers."""
        return tuple(key.removeprefix("msk.") for key in self.usd if key.startswith("msk.kafka."))


@cache
def load() -> PriceFile:
    """The content of prices.json."""
    return json.loads(PATH.read_text(encoding="utf-8"))


def is_type(key: str) -> bool:
    """Whether a price is that of one type among several: planning takes another one where it is not offered."""
    return key.startswith(("ec2.", "msk.kafka."))


def hourly(key: str) -> bool:
    """Whether a price is charged by the hour, and not by the month, the GB or the request."""
    return is_type(key) or key.endswith((".hour", ".lcu"))


def unknown(region: str) -> str | None:
    """Why there are no prices for a region, if so: AWS lacks it, or opened it since, or its currency is another."""
    if reason := unsupported(region):
        return reason
    regions = load()["regions"]
    if region in regions:
        return None
    return (
        f"no region that is known here; known are {', '.join(sorted(regions))}. If AWS has opened it since, "
        f"`make prices REGION={region}` reads its prices with your credentials"
    )


@cache
def prices(region: str) -> Prices:
    """The prices of one region. Raises PlanningError for a region that prices.json does not have."""
    if reason := unknown(region):
        raise PlanningError(f"region {region}: {reason}")
    known, home = load()["regions"][region], load()["regions"][HOME]["prices"]
    own, ratio = known["prices"], _ratio(known["prices"], home)
    # Brokers are machines: where both are published, their ratio is within 2 % of the nodes' on average, `ratio` 4 %.
    brokers = {key: price for key, price in own.items() if key.startswith("msk.kafka.")}
    machines = _ratio(brokers, home) if brokers else ratio
    usd = {key: price["usd"] for key, price in own.items() if not key.startswith("ec2.")}
    guessed = {key: price["usd"] * ratio for key, price in home.items() if key not in own and not is_type(key)}
    for name, item in catalogue().items():
        key, large = f"ec2.{name}", f"ec2.{name.partition('.')[0]}.large"
        if name.partition(".")[0] not in known["instances"]["families"]:
            continue
        if key in own:
            usd[key] = own[key]["usd"]
        elif large in own:
            usd[key] = own[large]["usd"] * item.vcpu / 2  # on demand, a family's price is linear in its size
        else:
            guessed[key] = home[key]["usd"] * machines
    return Prices(region, known["as_of"], usd | guessed, frozenset(guessed), machines)


def _ratio(own: Mapping[str, Price], home: Mapping[str, Price]) -> float:
    """How much dearer a region is than us-east-1: the median over what both have, one size of each type."""
    both = own.keys() & home.keys() - FLAT
    return median(own[key]["usd"] / home[key]["usd"] for key in both if not is_type(key) or key.endswith(".large"))
