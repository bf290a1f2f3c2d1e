"""How many backups there are, and what they cost. cost.py adds it to the bill."""

from collections.abc import Iterator
from dataclasses import dataclass

from planning.pricing.bill import Item
from planning.pricing.prices import HOURS, Prices, prices
from planning.signals.backup import METRICS


@dataclass(frozen=True)
class Backups:
    """How many backups are made and kept; each is a whole copy. The defaults are those of the settings."""

    runs_a_day: float = 1.0
    kept_days: float = 14.0
    """Days from the making of a backup until the last version of its objects is gone."""
    replicated_to: str | None = None
    """Another region that gets a copy of each."""

    @property
    def copies(self) -> float:
        """How many there are at a time."""
        return self.runs_a_day * self.kept_days + 1


def backup_items(backups: Backups, gib: float, objects: float, price: Prices) -> Iterator[Item]:
    """What backups cost, each of so many GiB in so many objects.

    Copies within a region are free but for their requests, one for each object. Besides, whoever looks after the bucket
    lists it every hour, a thousand objects a request.
    """

    def item(what: str, amount: float, key: str, at: Prices = price) -> Item:
        usd = amount * at[key]
        return Item("backup", what, usd, usd, usd, key in at.estimated)

    stored, made = backups.copies * gib, backups.runs_a_day * HOURS / 24
    yield item(f"{backups.copies:.3g} backups in S3, {stored:,.0f} GiB", stored, "s3.storage")
    yield item("requests of backups", made * objects + HOURS * backups.copies * objects / 1000, "s3.put")
    yield item(f"{len(METRICS)} metrics of backups", len(METRICS), "metric.custom")
    if other := backups.replicated_to:
        yield item(f"copies of backups in {other}, {stored:,.0f} GiB", stored, "s3.storage", prices(other))
        yield item(f"requests of copies in {other}", made * objects, "s3.put", prices(other))
        yield item(f"traffic of copies to {other}", made * gib, "region.gb")
