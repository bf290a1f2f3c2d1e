"""Reads prices.json: what AWS charges on demand, by region, each with its unit and source. operations/prices.py
writes it."""

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
"""A month, as AWS counts it."""


class Price(TypedDict):
    usd: float
    unit: str
    source: str


class Region(TypedDict):
    as_of: str
    prices: dict[str, Price]


class PriceFile(TypedDict):
    sources: dict[str, str]
    regions: dict[str, Region]


@dataclass(frozen=True)
class Prices:
    region: str
    as_of: str
    usd: Mapping[str, float]

    def month(self, key: str) -> float:
        """USD a month of something priced by the hour."""
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
    return json.loads(PATH.read_text(encoding="utf-8"))


def prices(region: str) -> Prices:
    regions = load()["regions"]
    if region not in regions:
        raise PlanningError(
            f"there are no prices for region {region}, only for {', '.join(sorted(regions))}; "
            f"run `make prices REGION={region}` with AWS credentials, or choose one of these"
        )
    known = regions[region]
    return Prices(region, known["as_of"], {key: price["usd"] for key, price in known["prices"].items()})
