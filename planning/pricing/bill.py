"""A monthly bill: its items, its sums, and what of it is at estimated prices."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One line of the bill, in USD a month."""

    component: str
    """The component of components/ that creates it."""
    what: str
    usd: float
    """Typical cost."""
    low: float
    high: float
    estimated: bool = False
    """Whether a price in it is no published one of the region, but estimated from us-east-1's."""


@dataclass(frozen=True)
class Cost:
    """The monthly bill. Its sums are in USD a month."""

    items: tuple[Item, ...]

    @property
    def usd(self) -> float:
        return sum(item.usd for item in self.items)

    @property
    def low(self) -> float:
        return sum(item.low for item in self.items)

    @property
    def high(self) -> float:
        return sum(item.high for item in self.items)

    @property
    def estimated(self) -> float:
        """What of the typical sum is at estimated prices."""
        return sum(item.usd for item in self.items if item.estimated)


def at_estimated_prices(usd: float, region: str) -> str:
    """What every output says of a sum at estimated prices; empty if there is none."""
    if not usd:
        return ""
    return (
        f"{usd:,.0f} USD of it at estimated prices: us-east-1's by the ratio of {region}; "
        f"`make prices REGION={region}` reads the published ones"
    )
