"""Compares `make copy` with a bare insert of the same rows, from one Milvus to another.

Without addresses it takes two local servers. `benchmarks/copying.py http://HOST:PORT http://HOST:PORT` takes others,
whose tokens are in FROM_TOKEN and TO_TOKEN, and drops the collections that it made. The last line ends with the ratio
of their speeds, which should be at least 0.7.
"""

import os
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from operations.backup.copy import TOKENS, copy
from operations.backup.rows import BATCH_ROWS
from operations.backup.sides import opened
from tests.milvus_lite import running

ROWS, DIMENSION = 4_000, 128
NAME = "copy_benchmark"


def create(client: Any) -> None:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False)
    schema.add_field("pk", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIMENSION)
    client.create_collection(NAME, schema=schema)


def index(client: Any) -> None:
    parameters = client.prepare_index_params()
    parameters.add_index("vector", index_type="FLAT", metric_type="L2")
    client.create_index(NAME, parameters)
    client.load_collection(NAME)


def insert(client: Any, rows: list[dict[str, Any]]) -> float:
    """Seconds that inserting all rows takes."""
    begin = time.monotonic()
    for start in range(0, len(rows), BATCH_ROWS // 2):
        client.insert(NAME, rows[start : start + BATCH_ROWS // 2])
    return time.monotonic() - begin


def copied(source: str, target: str, folder: Path) -> float:
    """Seconds from the creation of the target's collection until its last row was acknowledged."""
    moments: list[float] = []

    def say(line: str) -> None:
        # Before it begins the source is measured, and afterwards both sides are compared.
        if line.startswith("copying") or " rows" in line:
            moments.append(time.monotonic())

    begin = time.monotonic()
    if copy(source, target, only=[NAME], overwrite=[], as_json=True, say=say, folder=folder):
        raise RuntimeError("the copy differs")
    print(f"copy, measured before and compared afterwards: {time.monotonic() - begin:.1f} s")
    return moments[-1] - moments[0]


def main() -> None:
    numbers = random.Random(1)  # noqa: S311
    rows = [{"pk": key, "vector": [numbers.random() for _ in range(DIMENSION)]} for key in range(ROWS)]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        addresses = sys.argv[1:]
        for name in () if addresses else ("from", "to"):
            server = stack.enter_context(running(Path(folder) / name))
            addresses.append(f"http://127.0.0.1:{server.port}")
        source, target = addresses
        with opened(source, TOKENS["FROM"]) as from_, opened(target, TOKENS["TO"]) as to:
            create(from_.client())
            insert(from_.client(), rows)
            index(from_.client())
            create(to.client())
            bare = insert(to.client(), rows)
            to.client().drop_collection(NAME)
            seconds = copied(source, target, Path(folder) / "copy")
            for side in (from_, to):
                side.client().drop_collection(NAME)
    print(f"bare insert: {ROWS / bare:.0f} rows/s; copy: {ROWS / seconds:.0f} rows/s")
    print(f"speed of copy / of a bare insert: {bare / seconds:.2f}")


if __name__ == "__main__":
    os.environ.setdefault("MILVUS_URI", "")
    main()
