"""What differs between the local server and Milvus, and can't be mended by launcher.py: the table in docs/consumers.md.

Every row is tried by tests/components/embedded/test_differences.py. Milvus' side is its documentation's, of 2.6.
"""

from typing import NamedTuple


class Difference(NamedTuple):
    """One operation, and what comes of it."""

    operation: str
    milvus: str
    local: str


DIFFERENCES = (
    Difference(
        "users, roles, resource groups", "as its documentation says", "`UNIMPLEMENTED`; `connect` passes over `user`"
    ),
    Difference("binary, float16, bfloat16 and int8 vectors", "taken", "refused when the collection is made"),
    Difference("`auto_id` of a VARCHAR key", "taken", "refused: INT64 alone"),
    Difference("index type of dense vectors", "those of its list", "every name is taken: measure recall on Milvus"),
    Difference("index type of other fields", "AUTOINDEX, INVERTED, BITMAP, STL_SORT, Trie", "all are INVERTED"),
    Difference("sparse `drop_ratio_*`, `inverted_index_algo`", "trade recall for speed", "taken and ignored: exact"),
    Difference("`insert` of a key that is there", "both rows stay; `upsert` replaces", "replaces"),
    Difference("a collection without an index", "can't be loaded or searched", "is loaded as it is made"),
    Difference("`load_collection` with `replica_number`", "refused without as many query nodes", "any number is taken"),
    Difference("`load_partitions`, `release_partitions`", "partition by partition", "`UNIMPLEMENTED`"),
    Difference("description of a collection", "kept", "lost; properties are kept"),
    Difference("consistency levels", "Strong, Bounded, Session, Eventually", "always Strong"),
    Difference("filters with `%` or `**`", "taken", "refused"),
    Difference("filters by `phrase_match`, `random_sample`", "taken (since 2.6)", "refused"),
    Difference("`add_collection_field`, `alter_collection_field`", "taken (since 2.6)", "`UNIMPLEMENTED`"),
    Difference("`run_analyzer`, `flush_all`", "taken", "`UNIMPLEMENTED`"),
    Difference("`search_iterator` without an index", "not possible, for want of an index", "asks for a metric"),
)


def table() -> str:
    """The rows as Markdown."""
    rows = (f"| {row.operation} | {row.milvus} | {row.local} |" for row in DIFFERENCES)
    return "\n".join(["| operation | Milvus | local |", "|---|---|---|", *rows])
