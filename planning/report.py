"""Prints estimates as tables. All numbers come from estimate.py; only ratios are computed here."""

from rich import box
from rich.console import Console
from rich.table import Table

from planning.estimate import Estimate
from planning.pricing.bill import Cost, at_estimated_prices
from planning.pricing.prices import load
from planning.workload import Index

# Recall and latency of each index in words. Source: Milvus documentation 2.6, "In-memory Index" (table of scenarios),
# "DISKANN" and "IVF_RABITQ". Only a test shows the recall and latency for your data.
CHARACTER: dict[Index, tuple[str, str]] = {
    "FLAT": ("exact", "slow on large data"),
    "IVF_FLAT": ("high", "fast"),
    "IVF_SQ8": ("a little lower", "very fast"),
    "IVF_RABITQ": ("lower; refine bits raise it", "very fast"),
    "SCANN": ("high", "very fast"),
    "HNSW": ("highest", "very fast"),
    "DISKANN": ("high", "bound by local disk"),
}


def show(estimate: Estimate, console: Console) -> None:
    """Prints one estimate."""
    work, sizing = estimate.workload, estimate.sizing
    disk = f", {sizing.disk_gib:,.1f} GiB on local disk" if sizing.disk_gib else ""
    console.print(
        f"[bold]{work.vectors:,} x {work.dimension} {work.index}[/bold], {estimate.tier} in {estimate.region}: "
        f"{sizing.raw_gib:,.1f} GiB raw, index {sizing.base_gib:,.1f} GiB, loaded {sizing.loading_gib:,.1f} GiB{disk}; "
        f"{estimate.deployment.mode}"
    )
    console.print(_pods(estimate))
    console.print(_machines(estimate))
    console.print(_money(estimate.cost))
    for reason in estimate.fleet.rejected:
        console.print(f"  {reason}", highlight=False)
    if note := at_estimated_prices(estimate.cost.estimated, estimate.region):
        console.print(f"  {note}", highlight=False)
    paid, minutes = estimate.cost, estimate.duration
    console.print(
        f"[bold]{paid.usd:,.0f} USD a month[/bold] ({paid.low:,.0f} to {paid.high:,.0f}; prices of "
        f"{estimate.prices_as_of}), ready in about [bold]{minutes.minutes:.0f} minutes[/bold] "
        f"({minutes.low:.0f} to {minutes.high:.0f}): {' > '.join(minutes.path)}",
        highlight=False,
    )


def _table(*columns: str, numbers: tuple[int, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in numbers else "left")
    return table


def _pods(estimate: Estimate) -> Table:
    table = _table("role", "pods", "CPU limit", "requested", "GiB", numbers=(1, 2, 3, 4))
    for role in (*estimate.deployment.roles, estimate.deployment.etcd):
        table.add_row(role.name, str(role.count), f"{role.cpu:g}", f"{role.millicpu / 1000:g}", f"{role.gib:g}")
    return table


def _machines(estimate: Estimate) -> Table:
    table = _table("nodes and brokers", "type", "number", "where", "disk GiB each", numbers=(2, 4))
    for group in estimate.fleet.groups:
        where = ", ".join(group.zones)
        table.add_row(group.pool, group.instance, str(group.nodes), where, str(group.root_volume_gib))
    if kafka := estimate.kafka:
        table.add_row(
            "Kafka " + kafka.type.versions,
            kafka.type.name,
            str(kafka.count),
            ", ".join(estimate.zones),
            str(kafka.gib_each),
        )
    else:
        where = {"woodpecker": "Woodpecker, in the bucket"}.get(estimate.log, "yours")
        table.add_row("Kafka" if where == "yours" else "log", where, "", "", "")
    return table


def _money(cost: Cost) -> Table:
    table = _table("USD a month", "component", "typical", "low", "high", numbers=(2, 3, 4))
    for item in cost.items:
        what = f"{item.what} (estimated price)" if item.estimated else item.what
        table.add_row(what, item.component, f"{item.usd:,.2f}", f"{item.low:,.2f}", f"{item.high:,.2f}")
    return table


def show_comparison(estimates: list[Estimate], guides: Cost, console: Console) -> None:
    """Prints one row for each estimate, one an index, and one for the guides' topology, which fits no workload."""
    table = _table(
        "index",
        "loaded GiB",
        "disk GiB",
        "nodes",
        "USD a month",
        "of guides'",
        "recall",
        "latency",
        numbers=(1, 2, 3, 4, 5),
    )
    for item in estimates:
        recall, latency = CHARACTER[item.workload.index]
        nodes = sum(group.nodes for group in item.fleet.groups)
        table.add_row(
            item.workload.index,
            f"{item.sizing.loading_gib:,.1f}",
            f"{item.sizing.disk_gib:,.1f}",
            str(nodes),
            f"{item.cost.usd:,.0f}",
            f"{item.cost.usd / guides.usd:.2f}",
            recall,
            latency,
        )
    table.add_row("guides", "", "", "3", f"{guides.usd:,.0f}", "1.00", "", "", style="dim")
    console.print(table)
    if note := at_estimated_prices(estimates[0].cost.estimated, estimates[0].region):
        console.print(f"{estimates[0].workload.index}: {note}", highlight=False)
    console.print("The guides' three nodes, three brokers and single NAT are fixed: no role has a second copy.")
    console.print("Recall and latency: Milvus documentation on each index; measure with your own data.")


def show_sources(region: str, console: Console) -> None:
    """Prints the sources of a region's prices."""
    known = load()["regions"][region]
    used = {known["instances"]["source"], *(price["source"] for price in known["prices"].values())}
    for name, text in load()["sources"].items():
        if name in used:
            console.print(f"  {name}: {text}", style="dim", highlight=False)
