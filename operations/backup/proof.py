"""Measures a Milvus as a manifest asks and was read itself, and compares both."""

import json
from collections.abc import Mapping, Sequence

from components.backup.content_script import Content, Refused
from operations.backup.compare import Expectation, Verdict, compare
from operations.backup.manifest import Collection, Manifest, parse
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
        wanted = [*map(with_database, only)]
        if unknown := [name for name in wanted if name not in manifest.collections]:
            raise StackError(
                f"{', '.join(unknown)}: no such collection in the manifest of {manifest.source}; there are"
                f" {', '.join(manifest.collections) or 'none'}"
            )
    return copies(wanted, suffix=suffix, database=database)


def copies(wanted: Sequence[str], *, suffix: str = "", database: str | None = None) -> dict[str, str]:
    """Names of copies by those of collections. Raises StackError if two copies would have one name."""
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
    read = by_rest if manifest.read_by == "rest" else by_client
    return compare(manifest, read(side, like, say), expectation)


def by_client(side: Side, like: Mapping[str, Collection], say: Say) -> Manifest:
    return measure(side, only=list(like), like=like, say=say)


def by_rest(side: Side, like: Mapping[str, Collection], say: Say) -> Manifest:
    """What a Milvus holds, as the pod of a nightly backup reads it. Raises StackError if it does not answer."""
    asked = {name: each.model_dump(by_alias=True) for name, each in like.items()}
    try:
        rest = Content(str(side.contract.milvus_uri), side.token)
        content = rest.manifest(side.name, only=asked, like=asked, say=say)
    except (OSError, Refused) as error:
        raise StackError(f"{side.name} can't be read by REST, as this backup was: {error}") from error
    return parse(json.dumps(content), f"what {side.name} says")
