"""Compares a stack's size and price with the guides' fixed topology, at the same prices (planning/pricing/cost.py)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from planning.errors import PlanningError
from planning.pricing.cost import GUIDES, guides
from planning.pricing.prices import prices


@dataclass(frozen=True)
class Share:
    """Cost of one component, either of the stack or of the guides' topology."""

    items: list[dict[str, Any]]

    @property
    def usd(self) -> float:
        return sum(item["usd"] for item in self.items)


@dataclass(frozen=True)
class Beside:
    components: dict[str, tuple[Share, Share]]
    """Cost in the stack and in the guides' topology, by component."""
    sizes: list[tuple[str, str, str]]
    """Rows of three texts: what is compared, its size in the stack, its size in the guides' topology."""
    guides_usd: float | None
    """Monthly price of the guides' topology; None if the region lacks a price for something in it."""


def beside(estimate: Mapping[str, Any]) -> Beside:
    """The comparison for `estimate`, which is the stack's output of that name."""
    try:
        theirs = guides(prices(str(estimate["region"])))
    except (PlanningError, KeyError):
        theirs = None
    own = _by_component(estimate["cost"])
    others = _by_component(asdict(item) for item in theirs.items) if theirs else {}
    return Beside(
        {name: (Share(own.get(name, [])), Share(others.get(name, []))) for name in dict.fromkeys([*own, *others])},
        _sizes(estimate),
        theirs.usd if theirs else None,
    )


def _by_component(items: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        found.setdefault(str(item["component"]), []).append(dict(item))
    return found


def _sizes(estimate: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Rows for everything that the estimate contains; one exported by an older program may lack some parts."""
    rows: list[tuple[str, str, str]] = []
    if workload := estimate.get("workload"):
        text = f"{workload['vectors']:,} x {workload['dimension']}, {workload['index']}, {estimate.get('mode', '')}"
        rows.append(("workload", text, "the same for every workload"))
    if nodes := estimate.get("nodes"):
        rows.append(("nodes", _counted((each["count"], each["instance"]) for each in nodes), _counted(_guides_nodes())))
    if roles := estimate.get("roles"):
        rows.append(("Milvus pods", _counted((each["count"], each["name"]) for each in roles), "one of each role"))
    if etcd := estimate.get("etcd"):
        theirs = f"{GUIDES.etcd_gib} GiB in all"
        rows.append(("etcd", f"{etcd['count']} x {etcd['disk_gib']} GiB", theirs))
    if brokers := estimate.get("brokers"):
        theirs = f"{GUIDES.brokers} x {GUIDES.broker}, {GUIDES.broker_gib} GiB each"
        rows.append(("brokers", f"{brokers['count']} x {brokers['instance']}, {brokers['gib_each']} GiB each", theirs))
    if zones := estimate.get("zones"):
        rows.append(("zones", str(len(zones)), str(GUIDES.zones)))
    return rows


def _guides_nodes() -> Sequence[tuple[int, str]]:
    return [(count, name) for name, count in GUIDES.nodes]


def _counted(things: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{count} x {name}" for count, name in things)
