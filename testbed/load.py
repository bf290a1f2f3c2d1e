"""Writes rows, and finds out which of the rows that Milvus acknowledged are still there."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

DIMENSION = 8
PAGE = 16_000  # a query returns 16,384 rows at most
STRONG = "Strong"
GIVE_UP_SECONDS = 180
FAILED_PAUSE_SECONDS = 0.5


class Table:
    """A collection, and the keys of its acknowledged rows."""

    def __init__(self, client: Any, name: str, dimension: int = DIMENSION) -> None:
        from pymilvus import DataType

        self._client, self.name, self._dimension = client, name, dimension
        self.acknowledged: set[int] = set()
        self._next = 0
        schema = client.create_schema(auto_id=False)
        schema.add_field("pk", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        client.create_collection(name, schema=schema, consistency_level=STRONG, timeout=30)
        index = client.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="L2")
        client.create_index(name, index, timeout=30)
        client.load_collection(name, timeout=60)

    def insert(self, count: int, seconds: float = 15) -> None:
        """Inserts rows with the next keys. Keys of rows that were not acknowledged are not used again."""
        keys = range(self._next, self._next + count)
        self._next = keys.stop
        numbers = random.Random(keys.start)  # noqa: S311 - data that does not compress
        rows = [{"pk": key, "vector": [numbers.random() for _ in range(self._dimension)]} for key in keys]
        self._client.insert(self.name, rows, timeout=seconds)
        self.acknowledged.update(keys)

    def flush(self) -> None:
        self._client.flush(self.name, timeout=60)

    def reload(self) -> None:
        self._client.load_collection(self.name, timeout=60)

    def read(self) -> None:
        self._client.query(self.name, filter="pk == 0", consistency_level=STRONG, timeout=10)

    def drop(self) -> None:
        self._client.drop_collection(self.name, timeout=30)

    def found(self) -> set[int]:
        """Keys of all rows that a query finds."""
        keys: set[int] = set()
        while True:
            page = self._client.query(
                self.name,
                filter=f"pk > {max(keys, default=-1)}",
                output_fields=["pk"],
                limit=PAGE,
                consistency_level=STRONG,
                timeout=60,
            )
            if not page:
                return keys
            keys |= {row["pk"] for row in page}


class Loop(threading.Thread):
    """Repeats a call. `gap_seconds` is the longest time between two successes."""

    def __init__(self, call: Callable[[], None], pause_seconds: float) -> None:
        super().__init__(daemon=True)
        self._call, self._pause, self._stopping = call, pause_seconds, threading.Event()
        self.succeeded = self.failed = 0
        self.gap_seconds, self.last = 0.0, time.monotonic()

    def run(self) -> None:
        while not self._stopping.wait(self._pause):
            try:
                self._call()
            except Exception:  # whatever it is, the call has failed
                self.failed += 1
                time.sleep(FAILED_PAUSE_SECONDS)
            else:
                now = time.monotonic()
                self.gap_seconds, self.last = max(self.gap_seconds, now - self.last), now
                self.succeeded += 1

    def stop(self) -> None:
        self._stopping.set()
        self.join()


@dataclass(frozen=True)
class Survival:
    """How rows survived a fault."""

    acknowledged: int
    found: int
    lost: int
    """Number of rows that were acknowledged, but not found."""
    failed_writes: int = 0
    write_gap_seconds: float = 0.0
    read_gap_seconds: float = 0.0


def count(table: Table) -> Survival:
    """Counts the rows of a table, once it can be read, which takes a while after a restart."""
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            found = table.found()
            break
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
    return Survival(len(table.acknowledged), len(found), len(table.acknowledged - found))


def under_load(table: Table, strike: Callable[[], None], *, batch: int = 100, settle_seconds: float = 2) -> Survival:
    """Writes and reads without pause while `strike` runs and until both succeed again, and then counts the rows."""
    writer, reader = Loop(lambda: table.insert(batch), 0.05), Loop(table.read, 0.25)
    for loop in (writer, reader):
        loop.start()
    time.sleep(settle_seconds)
    strike()
    after = time.monotonic()
    while min(writer.last, reader.last) < after + 1 and time.monotonic() < after + GIVE_UP_SECONDS:
        time.sleep(0.1)
    time.sleep(settle_seconds)
    for loop in (writer, reader):
        loop.stop()
    gaps = {"write_gap_seconds": round(writer.gap_seconds, 1), "read_gap_seconds": round(reader.gap_seconds, 1)}
    return replace(count(table), failed_writes=writer.failed, **gaps)
