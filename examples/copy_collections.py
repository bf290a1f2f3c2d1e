"""Copies all collections of a database to another Milvus: `copy_collections --from stack:a --to stack:b`.

It reads and writes schemas, partitions, rows and indexes as any client does. So it works between versions, regions and
targets, and it says at the end which collections differ. Users, roles, aliases, keys that Milvus generated, and rows
that are written while it runs are left out. docs/backup.md#copy-what-a-stack-holds says when to use something else.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any, cast

from milvus_contract import ContractError, connect

BATCH_ROWS = 1000
BATCH_CHARACTERS = 100 * 1024 * 1024
"""Most characters of a batch of rows as text, which is three to five times their size in a message; Milvus accepts 64
MiB in one."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m examples.copy_collections", description=__doc__)
    parser.add_argument("--from", dest="source", required=True, metavar="CONTRACT", help="such as stack:prod")
    parser.add_argument("--to", dest="target", required=True, metavar="CONTRACT", help="such as stack:prod-two")
    parser.add_argument("--database", default="default")
    options = parser.parse_args(arguments)
    try:
        source, target = (
            cast(Any, connect(side, database=options.database)) for side in (options.source, options.target)
        )
    except ContractError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    try:
        return copy(source, target)
    finally:
        source.close()
        target.close()


def copy(source: Any, target: Any) -> int:
    """Copies all collections. Returns 0 if the target then has the same number of rows in each collection, else 1."""
    differ: list[str] = []
    there = set(target.list_collections())
    for name in sorted(source.list_collections()):
        if name in there:
            print(f"{name}: exists on the other side, left alone")
            differ.append(name)
            continue
        source.flush(name)
        copy_collection(source, target, name)
        counts = [count(side, name) for side in (source, target)]
        print(f"{name}: {counts[1]} of {counts[0]} rows")
        if counts[0] != counts[1]:
            differ.append(name)
    if differ:
        print(f"error: not the same on both sides: {', '.join(differ)}", file=sys.stderr)
    return 1 if differ else 0


def copy_collection(source: Any, target: Any, name: str) -> None:
    """Copies one collection, which must not exist on the target."""
    import pymilvus

    described = source.describe_collection(name)
    schema = cast(Any, pymilvus.CollectionSchema).construct_from_dict(described)
    target.create_collection(name, schema=schema, consistency_level=described.get("consistency_level", "Bounded"))
    computed = {
        field["name"] for field in described["fields"] if field.get("auto_id") or field.get("is_function_output")
    }
    keyed = any(field.get("is_partition_key") for field in described["fields"])
    for partition in [None] if keyed else source.list_partitions(name):
        if partition and not target.has_partition(name, partition):
            target.create_partition(name, partition)
        for rows in batches(source, name, partition):
            kept = [{key: value for key, value in row.items() if key not in computed} for row in rows]
            target.insert(name, kept, **({"partition_name": partition} if partition else {}))
    target.flush(name)
    indexes = target.prepare_index_params()
    for index in source.list_indexes(name):
        found = source.describe_index(name, index)
        settings = {key: value for key, value in found.items() if key not in PROGRESS}
        indexes.add_index(index_name=index, **settings)
    if len(list(indexes)):
        target.create_index(name, indexes)
        target.load_collection(name)


PROGRESS = ("index_name", "total_rows", "indexed_rows", "pending_index_rows", "state")
"""Keys in the answer of describe_index that are no parameters of the index."""


def batches(client: Any, name: str, partition: str | None) -> Iterator[list[dict[str, Any]]]:
    """All rows, each once, as lists that are small enough for one message."""
    client.load_collection(name)
    iterator = client.query_iterator(
        name,
        batch_size=BATCH_ROWS,
        output_fields=["*"],
        partition_names=[partition] if partition else None,
        consistency_level="Strong",
    )
    try:
        while rows := [dict(row) for row in iterator.next()]:
            size = max(1, BATCH_CHARACTERS // max(len(str(row)) for row in rows))
            yield from (rows[start : start + size] for start in range(0, len(rows), size))
    finally:
        iterator.close()


def count(client: Any, name: str) -> int:
    """Number of rows in a collection."""
    client.load_collection(name)
    [answer] = client.query(name, output_fields=["count(*)"], consistency_level="Strong")
    return int(answer["count(*)"])


if __name__ == "__main__":
    sys.exit(main())
