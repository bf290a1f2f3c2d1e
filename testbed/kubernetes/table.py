"""The table in docs/rehearsal.md of what became of planned fleets, from outcomes.json; `make docs` writes it."""

import json
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- table: outages -->\n", "<!-- end -->"
COLUMNS = (
    "workload",
    "nodes",
    "pods that run",
    "query nodes planned after a loss",
    "without a node",
    "without a zone",
    "with a zone unreachable",
    "nodes drained",
    "node groups replaced",
    "pods rolled",
)
HELD = Path(__file__).with_name("outcomes.json")


def rendered(page: str) -> str:
    """The page with today's table."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    outcomes: dict[str, dict[str, Any]] = json.loads(HELD.read_text(encoding="utf-8"))
    rows = [COLUMNS, ["---"] * len(COLUMNS), *(_row(name, each) for name, each in outcomes.items())]
    return head + BEGIN + "".join(f"| {' | '.join(row)} |\n" for row in rows) + END + tail


def _row(name: str, outcome: dict[str, Any]) -> list[str]:
    return [
        name,
        str(outcome["nodes"]),
        f"{outcome['bound']} of {outcome['planned']}",
        str(outcome["needed"]),
        outcome["after_node"],
        outcome["after_zone"] or "-",
        outcome["cut_off"] or "-",
        f"{outcome['drained']} of {outcome['nodes']}",
        "all" if outcome["nodes_rolled"] else "no",
        "all" if outcome["pods_rolled"] else "no",
    ]
