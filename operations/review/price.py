"""Compares what a stack costs a month before and after a change, and stops what goes beyond review.maxMonthlyUsdChange.

Both prices are planned (planning/estimate.py), never billed: a review needs no account to know them. What stood before
is priced by who made it: by the base's own program, or as the deployed stack says in its output `estimate`. So a change
of the planning itself is seen, too.
"""

from collections.abc import Mapping
from typing import NamedTuple

from operations.review.changes import STACK, Change, Preview
from operations.review.state_loss import Loss
from planning.errors import PlanningError
from planning.estimate import Estimate
from planning.pricing.bill import at_estimated_prices
from policies.rule import at
from settings.model import Settings
from settings.problems import SettingsError
from settings.reading import read

LIMIT = "review.maxMonthlyUsdChange"
"""The setting, by whose name an exceeded limit is allowed."""
MASKED = "[secret]"
"""What the CLI writes in place of a setting that has a secret in it."""


class Planned(NamedTuple):
    """What a preview's settings are planned to cost, by the program as it is here."""

    usd_per_month: float | None
    """None if the target is not AWS, or if settings with a secret in them would have to be read."""
    at_estimated_prices: str
    """How much of it is at estimated prices, in words; empty if nothing is, or if nobody can say."""


def planned(preview: Preview) -> Planned:
    """The price of a preview's settings."""
    plan = None if MASKED in preview.config.values() else _plan(_settings(preview.config, preview.stack))
    return Planned(_usd(plan), at_estimated_prices(plan.cost.estimated, plan.region) if plan else "")


def before(preview: Preview) -> float | None:
    """USD a month of what is there now, as planned by the program that made it; None if nobody has said."""
    return preview.own_usd_per_month or at(preview.outputs, "estimate.usd_per_month")


def exceeded(head: Preview, usd_before: float | None) -> tuple[Change, Loss] | None:
    """A change of price beyond the limit of the head's settings; None if there is none, or nothing to compare with.

    Settings with a secret in them (Attu's login) are left out here, and cost at most what a load balancer does.
    """
    if usd_before is None:
        return None
    settings = _settings({key: text for key, text in head.config.items() if text != MASKED}, head.stack)
    usd = _usd(_plan(settings))
    if settings is None or usd is None:
        return None
    limit = settings.review.max_monthly_usd_change
    if abs(usd - usd_before) <= limit:
        return None
    loss = Loss(
        (f"estimate: {usd_before:,.0f} -> {usd:,.0f}",),
        f"a month costs {usd:,.0f} USD in place of {usd_before:,.0f} ({usd - usd_before:+,.0f});"
        f" {LIMIT} is {limit:,.0f}",
        f"see what costs it (make estimate); if it is meant, allow {LIMIT} by name, or raise it",
    )
    return _of_the_stack(head.stack), loss


def _of_the_stack(stack: str) -> Change:
    """No single resource costs the difference: the finding is about the stack, under the setting's name."""
    return Change(
        operation="update",
        urn=f"urn:pulumi:{stack}::milvus-on-aws::{STACK}::{LIMIT}",
        type=STACK,
        paths=("estimate",),
        causes=(),
        old={},
        new={},
        was_protected=False,
        is_protected=False,
        is_kept=False,
    )


def _settings(config: Mapping[str, str], stack: str) -> Settings | None:
    try:
        return read(config, stack)
    except SettingsError:
        return None


def _usd(plan: Estimate | None) -> float | None:
    return plan.to_json()["usd_per_month"] if plan else None


def _plan(settings: Settings | None) -> Estimate | None:
    if settings is None or settings.target != "aws":
        return None
    try:
        return settings.plan()
    except PlanningError:
        return None
