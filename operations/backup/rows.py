"""Reads all rows of a collection, and computes digests that do not depend on their order.

Rows are read by queries at strong consistency. Statistics (num_entities) are of no use: they count deleted rows.
"""

import json
from array import array
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any

STRONG = "Strong"
BATCH_BYTES = 8 * 1024 * 1024
"""Size of a batch of rows. Milvus sends and accepts 64 MiB in a message."""
BATCH_ROWS = 8000
"""Most rows of a batch: a query returns 16,384 at most."""
DIGEST_BYTES = 16
MODULUS = 1 << (8 * DIGEST_BYTES)
VECTOR_BYTES = {"FLOAT_VECTOR": 4.0, "FLOAT16_VECTOR": 2.0, "BFLOAT16_VECTOR": 2.0, "INT8_VECTOR": 1.0}
"""Bytes of a dimension; eight dimensions of a BINARY_VECTOR share one."""
SECONDS = 120


class UnreadError(Exception):
    """Rows of a collection can't be read. The message says why."""


def field_types(described: Mapping[str, Any]) -> dict[str, str]:
    """Names of the fields' types, such as INT64, by field."""
    return {each["name"]: getattr(each["type"], "name", str(each["type"])) for each in described["fields"]}


def primary(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """The primary key's field."""
    return next(each for each in described["fields"] if each.get("is_primary"))


def every_row(key: Mapping[str, Any]) -> str:
    """A filter on the primary key that every row meets."""
    return (
        f'{key["name"]} >= ""'
        if field_types({"fields": [key]})[key["name"]] == "VARCHAR"
        else (f"{key['name']} >= {-(1 << 63) + 1}")
    )


def batch_rows(described: Mapping[str, Any]) -> int:
    """Number of rows in a batch whose vectors, and texts of a tenth of their longest, make up about BATCH_BYTES."""
    size = 256.0
    types = field_types(described)
    for each in described["fields"]:
        params, type_ = each.get("params", {}), types[each["name"]]
        size += int(params.get("dim", 0)) * VECTOR_BYTES.get(type_, 0.125)
        size += int(params.get("max_length", 0)) / 10 + (1024 if type_ == "JSON" else 0)
    return max(50, min(BATCH_ROWS, int(BATCH_BYTES / size)))


def batches(
    client: Any,
    name: str,
    described: Mapping[str, Any],
    *,
    partition: str | None = None,
    after: int | str | None = None,
) -> Iterator[list[dict[str, Any]]]:
    """All rows with all fields, each once, in the order of their keys; only those with a greater key than `after`."""
    # pymilvus' own iterator does the same, but puts texts with quotes or backslashes into its filter as they are.
    key, size = primary(described)["name"], batch_rows(described)
    while True:
        rows: list[dict[str, Any]] = list(
            client.query(
                name,
                filter=every_row(primary(described)) if after is None else f"{key} > {literal(after)}",
                output_fields=["*"],
                limit=size,
                partition_names=[partition] if partition else None,
                consistency_level=STRONG,
                timeout=SECONDS,
                iterator="True",  # without it the rows are any, not the first ones in the order of their keys
                reduce_stop_for_best=True,
            )
        )
        if not rows:  # only then: with rows in several segments, a batch before the last may be of a single row
            return
        yield rows
        after = rows[-1][key]


def literal(key: int | str) -> str:
    """A key as it is written in a filter."""
    return json.dumps(key, ensure_ascii=False)


def by_keys(client: Any, name: str, key: str, values: Sequence[int | str]) -> list[dict[str, Any]]:
    """Rows with these keys, with all fields. MilvusClient.get() fails for texts with quotes or backslashes."""
    if not values:
        return []
    wanted = f"{key} in [{', '.join(map(literal, values))}]"
    return list(client.query(name, filter=wanted, output_fields=["*"], consistency_level=STRONG, timeout=SECONDS))


def count(client: Any, name: str, described: Mapping[str, Any], partition: str | None = None) -> int:
    """Number of rows in a collection or partition, without deleted ones. Rows that share a key count each."""
    [answer] = client.query(
        name,
        # Milvus Lite counts a partition's rows only if there is a filter.
        filter=every_row(primary(described)) if partition else "",
        output_fields=["count(*)"],
        partition_names=[partition] if partition else None,
        consistency_level=STRONG,
        timeout=SECONDS,
    )
    return int(answer["count(*)"])


@contextmanager
def loaded(client: Any, name: str, partitions: list[str]) -> Generator[bool | list[str]]:
    """Loads what is not loaded of a collection, and releases it again. The value is what was loaded before: everything,
    nothing, or some partitions. `partitions` is empty if they follow from a key. Raises UnreadError.
    """
    if not _is_loaded(client, name):
        try:
            client.load_collection(name, timeout=SECONDS)
        except Exception as error:
            raise UnreadError(f"it can't be loaded: {getattr(error, 'message', error)}") from error
        try:
            yield False
        finally:
            client.release_collection(name)
        return
    missing = [each for each in partitions if not _is_loaded(client, name, each)]
    if missing:
        client.load_partitions(name, missing, timeout=SECONDS)
    try:
        yield [each for each in partitions if each not in missing] if missing else True
    finally:
        if missing:
            client.release_partitions(name, missing)


def _is_loaded(client: Any, name: str, partition: str = "") -> bool:
    state = client.get_load_state(name, **({"partition_name": partition} if partition else {}))["state"]
    return getattr(state, "name", str(state)) in ("Loaded", "Loading")


class Digest:
    """Sum of the digests of rows. `without` are fields that do not count."""

    def __init__(self, vectors: frozenset[str], without: frozenset[str] = frozenset()) -> None:
        self._vectors, self._without, self._sum = vectors, without, 0
        self.rows = 0

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> "Digest":
        """For a collection. Keys that Milvus generates do not count, because a copy has others."""
        vectors = {name for name, type_ in field_types(described).items() if type_ == "FLOAT_VECTOR"}
        key = primary(described)
        return cls(frozenset(vectors), frozenset({key["name"]} if key.get("auto_id") else ()))

    def row(self, row: Mapping[str, Any]) -> str:
        """Digest of one row."""
        return f"{self._number(row):0{2 * DIGEST_BYTES}x}"

    def add(self, row: Mapping[str, Any]) -> None:
        self._sum = (self._sum + self._number(row)) % MODULUS
        self.rows += 1

    def value(self) -> str:
        return f"{self._sum:0{2 * DIGEST_BYTES}x}"

    def _number(self, row: Mapping[str, Any]) -> int:
        state = blake2b(digest_size=DIGEST_BYTES)
        for name in sorted(row):
            value = row[name]
            # Servers leave out a dynamic field that is null, or return it; other nulls are no values either.
            if value is None or name in self._without:
                continue
            content = array("f", value).tobytes() if name in self._vectors else plain_text(value).encode()
            state.update(f"{name}\0{len(content)}\0".encode() + content)
        return int.from_bytes(state.digest())


def plain_text(value: Any) -> str:
    """A value as JSON, in which equal values are equal texts."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return value.hex()
    if hasattr(value, "tolist"):  # numpy's arrays and numbers
        return value.tolist()
    return list(value)  # what protobuf calls a list
