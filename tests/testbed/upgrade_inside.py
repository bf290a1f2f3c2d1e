"""Milvus 2.3.0 to 2.3.5 and back under load. Prints JSON for test_upgrade.py."""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from testbed import namespace
from testbed.load import STRONG, Table, count
from testbed.milvus import DEFAULT_PASSWORD
from testbed.milvus import connect as as_root
from testbed.toolchain import OLDER_WHEEL, WHEEL
from tests.testbed.standalone import Endless, Standalone

PATIENCE_SECONDS = 60
"""How long a client goes on trying one call."""
LOAD_SECONDS = 60


def work(table: Table) -> dict[str, tuple[Callable[[], object], float]]:
    """Eight operations of a client, each with its pause."""
    other, vector, name = as_root(DEFAULT_PASSWORD), [0.5] * 8, table.name
    seconds = PATIENCE_SECONDS
    return {
        "insert": (lambda: table.insert(20, seconds), 0.2),
        "search": (lambda: other.search(name, [vector], limit=3, timeout=seconds), 0.1),
        "query": (lambda: other.query(name, filter="pk < 10", consistency_level=STRONG, timeout=seconds), 0.2),
        "get": (lambda: other.get(name, [1, 2], timeout=seconds), 0.2),
        "delete": (lambda: other.delete(name, filter="pk in [10000000]", timeout=seconds), 0.5),
        "list": (lambda: other.list_collections(timeout=seconds), 0.2),
        "describe": (lambda: other.describe_collection(name, timeout=seconds), 0.2),
        "index": (lambda: other.list_indexes(name, timeout=seconds), 0.5),
    }


def upgraded(milvus: Standalone, table: Table, to: Path) -> dict[str, Any]:
    """Replaces the server's version in the middle of the load."""
    load = {name: Endless(*each) for name, each in work(table).items()}
    for each in load.values():
        each.start()
    time.sleep(LOAD_SECONDS / 2)
    milvus.kill()
    away = milvus.start(to)
    time.sleep(LOAD_SECONDS / 2)
    for each in load.values():
        each.ending.set()
    for each in load.values():
        each.join(2 * PATIENCE_SECONDS)
    after = Endless(lambda: table.insert(20, PATIENCE_SECONDS), 0.05)
    after.start()
    time.sleep(5)
    after.ending.set()
    after.join()
    kept = count(table)
    return {
        "away_seconds": round(away, 1),
        "load": {name: each.told() for name, each in load.items()},
        "after": after.told(),
        "acknowledged": kept.acknowledged,
        "lost": kept.lost,
        "version": as_root(DEFAULT_PASSWORD).get_server_version(),
    }


def main() -> None:
    namespace.settle()
    milvus = Standalone(Path(tempfile.mkdtemp()) / "milvus")
    try:
        milvus.start(OLDER_WHEEL)
        table = Table(as_root(DEFAULT_PASSWORD), "upgrade")
        table.insert(1000)
        forwards = upgraded(milvus, table, WHEEL)
        back = upgraded(milvus, table, OLDER_WHEEL)
    finally:
        milvus.kill()
    print(json.dumps({"forwards": forwards, "back": back}))


if __name__ == "__main__":
    main()
