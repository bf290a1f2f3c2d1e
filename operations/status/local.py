"""Facts about a stack on this machine: its collections, and when it is time for one on AWS."""

from collections.abc import Iterator
from typing import Any

from milvus_contract import Contract, connect
from operations.facts import Fact, State, asked, many

MOST_ROWS = 1_000_000
"""Rows from which on a stack on AWS is due. Milvus Lite is meant for prototypes and small data
(milvus.io/docs/install-overview.md); it searches in one process, and keeps everything on this machine's disk alone."""


def facts(contract: Contract) -> Iterator[Fact]:
    """All facts."""
    yield asked("rows", lambda: rows(connect(contract, timeout_seconds=5, progress=lambda _: None)))


def rows(client: Any) -> tuple[State, str]:
    """The collections of the default database, with their rows."""
    try:
        held = {name: int(client.get_collection_stats(name)["row_count"]) for name in client.list_collections()}
    finally:
        client.close()
    total = sum(held.values())
    text = f"{many(total, 'row')} in {many(len(held), 'collection')}"
    if total >= MOST_ROWS:
        return "soon", f"{text}: time for a stack on AWS, `make size` says which, `make new STACK=dev` makes one"
    return "good", text
