"""Size and price of a stack beside the guides' fixed topology, by the same prices (planning/pricing/cost.py)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from planning.errors import PlanningError
from planning.pricing.cost import GUIDES, guides
from planning.pricing.prices import prices


@dataclass(frozen=True)
class Share:
    """What one component costs, on one of the two sides."""

    items: list[dict[str, Any]]

    @property
    def usd(self) -> float:
        return sum(item["usd"] for item in self.items)


@dataclass(frozen=True)
class Beside:
    components: dict[str, tuple[Share, Share]]
    """The stack's and the guides', by component."""
    sizes: list[tuple[str, str, str]]
    """What, in the stack, in the guides."""
    guides_usd: float | None
    """None for a region without prices of what the guides use."""


def beside(estimate: Mapping[str, Any]) -> Beside:
    """`estimate` is the stack's own output."""
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
    """Only what the estimate has: one that an older program exported may lack some."""
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
