"""Computes the tables of documents, which `make docs` writes. A test fails when they are stale."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from planning import images
from planning.errors import TooMuchError
from planning.estimate import Estimate, estimate
from planning.pricing.cost import guides
from planning.pricing.prices import prices
from planning.report import CHARACTER
from planning.workload import Index, Workload

PAGE = Path(__file__).parent.parent / "docs" / "scaling.md"
SIZES = (10**6, 10**7, 10**8, 10**9, 10**10)
DIMENSION = 768
REGION = "us-east-1"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _table(header: list[str], rows: list[list[str]]) -> str:
    return "\n".join([_row(header), _row(["---"] * len(header)), *(_row(row) for row in rows)])


def _short(vectors: int) -> str:
    return f"{vectors // 10**9} billion" if vectors >= 10**9 else f"{vectors // 10**6} million"


def _nodes(answer: Estimate) -> str:
    return " + ".join(f"{group.nodes} {group.instance}" for group in answer.fleet.groups)


def _brokers(answer: Estimate) -> str:
    kafka = answer.kafka
    return f"{kafka.count} {kafka.type.name} x {kafka.gib_each:,} GiB" if kafka else "none"


def _pods(answer: Estimate) -> str:
    counts = {role.name: role for role in answer.deployment.roles}
    query = counts.get("queryNode") or counts["standalone"]
    return f"{query.count} x {query.gib:g} GiB"


def _growth(index: Index) -> str:
    """How a production deployment of one index grows with the number of vectors."""
    rows: list[list[str]] = []
    for vectors in SIZES:
        workload = Workload(vectors=vectors, dimension=DIMENSION, index=index)
        try:
            answer = estimate(workload, "production", region=REGION)
        except TooMuchError as error:
            rows.append([_short(vectors), "refused: " + str(error).replace("|", "/"), *[""] * 5])
            continue
        rows.append(
            [
                _short(vectors),
                f"{answer.sizing.loading_gib:,.0f}",
                _pods(answer),
                _nodes(answer),
                _brokers(answer),
                f"{answer.cost.usd:,.0f}",
                f"{answer.cost.usd / (vectors / 1e6):,.2f}",
            ]
        )
    header = ["vectors", "loaded GiB", "query nodes", "machines", "Kafka", "USD a month", "USD a million vectors"]
    return _table(header, rows)


def _comparison() -> str:
    """All indexes at 100 million vectors."""
    rows: list[list[str]] = []
    for index in get_args(Index):
        answer = estimate(Workload(vectors=10**8, dimension=DIMENSION, index=index), "production", region=REGION)
        recall, latency = CHARACTER[index]
        rows.append(
            [
                index,
                f"{answer.sizing.loading_gib:,.0f}",
                f"{answer.sizing.disk_gib:,.0f}",
                f"{answer.cost.usd:,.0f}",
                recall,
                latency,
            ]
        )
    return _table(["index", "loaded GiB", "local disk GiB", "USD a month", "recall", "latency"], rows)


def _small() -> str:
    """One million vectors in both tiers, beside the guides' topology."""
    reference = guides(prices(REGION))
    workload = Workload(vectors=10**6, dimension=1024)
    answers = [estimate(workload, tier, region=REGION) for tier in ("development", "production")]
    components = sorted({item.component for cost in (reference, *(a.cost for a in answers)) for item in cost.items})
    rows = [
        [
            name,
            *(
                f"{sum(i.usd for i in cost.items if i.component == name):,.0f}"
                for cost in (reference, *(a.cost for a in answers))
            ),
        ]
        for name in components
    ]
    costs = (reference, *(answer.cost for answer in answers))
    rows.append(["**sum**", *(f"**{cost.usd:,.0f}**" for cost in costs)])
    rows.append(["of the guides'", *(f"{cost.usd / reference.usd:.2f}" for cost in costs)])
    return _table(["USD a month", "guides", "development", "production"], rows)


TABLES: dict[str, Callable[[], str]] = {
    "one million": _small,
    "HNSW": lambda: _growth("HNSW"),
    "IVF_RABITQ": lambda: _growth("IVF_RABITQ"),
    "DISKANN": lambda: _growth("DISKANN"),
    "indexes": _comparison,
    "images": images.table,
}


def rendered(page: str) -> str:
    """The page with every table between `<!-- table: NAME -->` and `<!-- end -->` computed anew."""
    for name, make in TABLES.items():
        if f"<!-- table: {name} -->" not in page:
            continue
        head, rest = page.split(f"<!-- table: {name} -->\n", 1)
        _, tail = rest.split("<!-- end -->", 1)
        page = f"{head}<!-- table: {name} -->\n{make()}\n<!-- end -->{tail}"
    return page


def main() -> int:
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
