"""Measures a Milvus as a manifest asks, and compares both."""

from collections.abc import Mapping, Sequence

from operations.backup.compare import Expectation, Verdict, compare
from operations.backup.manifest import Manifest
from operations.backup.measure import Say, measure
from operations.backup.sides import DEFAULT_DATABASE, Side
from operations.stack import StackError


def renamed(
    manifest: Manifest, *, only: Sequence[str] | None = None, suffix: str = "", database: str | None = None
) -> dict[str, str]:
    """Names of the copies by the names in the manifest: all, or `only` some, under a suffix, or in a database.

    A name without a database is looked for in `default`. Raises StackError for a name that the manifest lacks.
    """
    wanted = list(manifest.collections)
    if only:
        wanted = [with_database(name) for name in only]
        if unknown := [name for name in wanted if name not in manifest.collections]:
            raise StackError(
                f"{', '.join(unknown)}: no such collection in the manifest of {manifest.source}; there are"
                f" {', '.join(manifest.collections) or 'none'}"
            )
    names: dict[str, str] = {}
    for name in wanted:
        of, _, collection = name.partition(".")
        copy = f"{database or of}.{collection}{suffix}"
        if copy in names.values():
            raise StackError(f"{name} and another collection would both be {copy}: name one of them by ONLY")
        names[name] = copy
    return names


def with_database(name: str) -> str:
    return name if "." in name else f"{DEFAULT_DATABASE}.{name}"


def prove(side: Side, manifest: Manifest, expectation: Expectation, *, say: Say = lambda _: None) -> list[Verdict]:
    """The verdicts on a Milvus. Copies' keys and searches are those of the manifest."""
    names: Mapping[str, str] = expectation.names or {name: name for name in manifest.collections}
    like = {copy: manifest.collections[name] for name, copy in names.items()}
    actual = measure(side, only=list(like), like=like, say=say)
    return compare(manifest, actual, expectation)
