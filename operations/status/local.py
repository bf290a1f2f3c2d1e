"""Facts about a stack on this machine: what it holds, the memory that takes, and when it is time for one on AWS."""

from collections.abc import Callable, Iterator
from typing import Any

import psutil

from milvus_contract import Contract, connect
from operations.facts import Fact, State, asked, many
from operations.local import process

MOST_ROWS = 1_000_000
"""Rows from which on a stack on AWS is due. Milvus Lite is meant for prototypes and small data
(milvus.io/docs/install-overview.md); it searches in one process, and keeps everything on this machine's disk alone."""
MEMORY_PER_VECTORS = 13
"""Memory that the server takes for the bytes of its vectors, while rows wait to be written and the index is made:
measured with 8,000 rows of 768 numbers, 312 MiB for 23."""
MOST_OF_MEMORY = 0.5
"""Share of the machine's memory that a local server may take before it is in the way of everything else."""
NUMBER_BYTES = 4
MIB, GIB = 2**20, 2**30
MOVE_ON = (
    "time for a stack on AWS, `make size` says which, `make new STACK=dev` makes one, `make copy` takes the rows along"
)


def facts(stack: str, contract: Contract) -> Iterator[Fact]:
    """All facts."""
    total = psutil.virtual_memory().total
    yield asked("rows", lambda: rows(lambda: connect(contract, timeout_seconds=5, progress=lambda _: None), total))
    yield asked("memory", lambda: memory(process(stack), psutil.virtual_memory().available))


def rows(connected: Callable[[], Any], total: int) -> tuple[State, str]:
    """The rows of all databases, and the memory that their vectors will need on a machine with `total` bytes of it."""
    client = connected()
    held: list[tuple[int, int]] = []
    try:
        for database in client.list_databases():
            client.use_database(database)
            held += [size(client, name) for name in client.list_collections()]
    finally:
        client.close()
    count, vectors = sum(each for each, _ in held), sum(each for _, each in held)
    text = f"{many(count, 'row')} in {many(len(held), 'collection')}, {vectors / MIB:,.0f} MiB of vectors"
    needed = MEMORY_PER_VECTORS * vectors
    if needed > MOST_OF_MEMORY * total:
        text += f", which need up to {needed / GIB:,.1f} of {total / GIB:,.1f} GiB memory while they are indexed"
        return "soon", f"{text}: {MOVE_ON}"
    return ("soon", f"{text}: {MOVE_ON}") if count >= MOST_ROWS else ("good", text)


def size(client: Any, name: str) -> tuple[int, int]:
    """The rows of a collection, and the bytes of their dense vectors."""
    count = int(client.get_collection_stats(name)["row_count"])
    fields = client.describe_collection(name)["fields"]
    return count, count * NUMBER_BYTES * sum(int(each["params"].get("dim", 0)) for each in fields)


def memory(server: psutil.Process | None, available: int) -> tuple[State, str]:
    """The memory that the server takes, and whether there is room for it to grow."""
    if server is None:
        return "bad", "no server of this stack runs: `make up`"
    taken = server.memory_info().rss
    text = f"the server takes {taken / MIB:,.0f} MiB, {available / MIB:,.0f} MiB are free"
    if available < taken:
        return "soon", f"{text}, less than it may need for its next index: close other programs, or {MOVE_ON}"
    return "good", text
