"""Reads prices.json: AWS' on-demand prices by region, each with its unit and source.

operations/prices.py writes the file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

from planning.errors import PlanningError
from planning.fleet.instances import ROOT_VOLUME_GIB

PATH = Path(__file__).with_name("prices.json")
HOURS = 730
"""Hours in a month, as AWS counts them."""


class Price(TypedDict):
    """One price, with what it is paid for (`unit`) and the key of its source in `PriceFile.sources`."""

    usd: float
    unit: str
    source: str


class Region(TypedDict):
    """The prices of one region."""

    as_of: str
    prices: dict[str, Price]


class PriceFile(TypedDict):
    """The structure of prices.json."""

    sources: dict[str, str]
    regions: dict[str, Region]


@dataclass(frozen=True)
class Prices:
    """The prices of one region. `prices[key]` raises PlanningError for a key without a price."""

    region: str
    as_of: str
    usd: Mapping[str, float]

    def month(self, key: str) -> float:
        """USD a month for a price that is charged by the hour."""
        return self[key] * HOURS

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
        """Names of the MSK broker types that have a price."""
        return tuple(key.removeprefix("msk.") for key in self.usd if key.startswith("msk.kafka."))


@cache
def load() -> PriceFile:
    """The content of prices.json."""
    return json.loads(PATH.read_text(encoding="utf-8"))


def prices(region: str) -> Prices:
    """The prices of one region. Raises PlanningError for a region that prices.json does not have."""
    regions = load()["regions"]
    if region not in regions:
        raise PlanningError(
            f"there are no prices for region {region}, only for {', '.join(sorted(regions))}; "
            f"run `make prices REGION={region}` with AWS credentials, or choose one of these"
        )
    known = regions[region]
    return Prices(region, known["as_of"], {key: price["usd"] for key, price in known["prices"].items()})
