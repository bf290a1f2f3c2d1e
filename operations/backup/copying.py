"""Copies collections from one Milvus to another by queries and inserts: schema, partitions, rows, indexes, aliases.

It may be killed at any time, and goes on when it is run again: progress is kept in a file. Users are copied as far as
`make grant` made them, because nobody can read passwords. Left out: rows that are written while it runs.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from operations.backup import rows as reading
from operations.backup.manifest import Collection, Key, Manifest
from operations.backup.progress import Progress
from operations.backup.rows import primary
from operations.backup.sides import Side
from operations.grant import ROLES, Grant
from operations.stack import StackError

INSERT_SECONDS, BUILD_SECONDS = 120, 3600
WHOLE = ""
"""Stands for a collection whose rows are spread over partitions by a key, and are read as one."""
NEEDED: Mapping[str, Mapping[str, int]] = {
    "HNSW": {"M": 30, "efConstruction": 360},
    "IVF_FLAT": {"nlist": 128},
    "IVF_SQ8": {"nlist": 128},
}
"""Parameters that Milvus before 2.5 needs, with the defaults of later versions, for indexes of Milvus Lite, which tells
none. milvus.io/docs/hnsw.md, milvus.io/docs/ivf-flat.md"""

Say = Callable[[str], None]


@dataclass
class Copying:
    """One copy."""

    source: Side
    target: Side
    progress: Progress
    overwrite: set[str]
    """Foreign collections of the target that may be dropped."""
    say: Say

    def goes_on(self, name: str) -> bool:
        """True if the target has a collection that an earlier run made, which is not to be made again."""
        again = name in self.overwrite and self.progress.complete(name)
        id_ = self._id(name)
        return id_ is not None and id_ == self.progress.made(name) and not again

    def refuse(self, manifest: Manifest) -> None:
        """Raises StackError, before anything is written, if the target has collections that this copy did not make,
        or the source has some that can't be read.
        """
        unread = [f"{name} ({each.unread})" for name, each in manifest.collections.items() if each.unread]
        if unread:
            raise StackError(f"{', '.join(unread)}: can't be read; build an index first, or leave it out by ONLY")
        there = [name for name in manifest.collections if self._id(name) is not None and not self.goes_on(name)]
        foreign = [name for name in there if name not in self.overwrite and not self._was_interrupted(name)]
        if foreign:
            raise StackError(
                f"{self.target.name} has {', '.join(foreign)}, which this copy did not make; nothing was written."
                f' To have them dropped and copied anew, name them: OVERWRITE="{" ".join(foreign)}"'
            )
        if unknown := sorted(self.overwrite - set(manifest.collections)):
            raise StackError(f"OVERWRITE names {', '.join(unknown)}, which {self.source.name} does not have")

    def run(self, manifest: Manifest) -> None:
        """Copies the manifest's collections."""
        for name, collection in manifest.collections.items():
            if not self.goes_on(name) or self._starts_over(name):
                # It is named to be overwritten, or an earlier run made it, or it is not there.
                self._drop(name)
                self.progress.forget(name)
            self._collection(name, collection, lite=manifest.server.lite)

    def _was_interrupted(self, name: str) -> bool:
        """True if an earlier run was killed while it made the collection, and nobody has used it since."""
        database, _, short = name.partition(".")
        statistics = self.target.client(database).get_collection_stats(short)
        return self.progress.made(name) == "" and int(statistics["row_count"]) == 0

    def _starts_over(self, name: str) -> bool:
        """Rows that get new keys can't be told from those that are there."""
        return bool(primary(self._described(name)).get("auto_id")) and not self.progress.complete(name)

    def _id(self, name: str) -> str | None:
        """Id of a collection of the target; None if there is none."""
        database, _, collection = name.partition(".")
        if database not in self.target.databases():
            return None
        client = self.target.client(database)
        if collection not in client.list_collections():
            return None
        return str(client.describe_collection(collection).get("collection_id"))

    def _drop(self, name: str) -> None:
        if self._id(name) is not None:
            database, _, collection = name.partition(".")
            client = self.target.client(database)
            for alias in client.list_aliases(collection)["aliases"]:
                client.drop_alias(alias)
            client.drop_collection(collection)

    def _collection(self, name: str, collection: Collection, *, lite: bool) -> None:
        database, _, short = name.partition(".")
        source, described = self.source.client(database), self._described(name)
        if self.progress.made(name) is None:
            if database not in self.target.databases():
                self.target.client().create_database(database)
            self.progress.make(name, "")
            _create(self.target.client(database), short, described, lite=lite)
            self.progress.make(name, str(self._id(name)))
        target = self.target.client(database)
        if not self.progress.complete(name):
            self.say(f"copying {name}")
            with reading.loaded(source, short, _partitions(source, short, described)):
                self._rows(name, source, target, described, collection)
            target.flush(short, timeout=BUILD_SECONDS)
            self.progress.finish(name)
        self._finish(target, short, collection, lite=lite)

    def _described(self, name: str) -> dict[str, Any]:
        database, _, short = name.partition(".")
        return cast(dict[str, Any], self.source.client(database).describe_collection(short))

    def _rows(self, name: str, source: Any, target: Any, described: Mapping[str, Any], collection: Collection) -> None:
        """Copies rows in the order of their keys, partition by partition, from where the last run was stopped."""
        short, key = name.partition(".")[2], primary(described)["name"]
        computed = {each["name"] for each in described["fields"] if each.get("is_function_output")}
        if primary(described).get("auto_id"):
            computed.add(key)
        total = f" of about {collection.rows.most}" if collection.rows else ""
        for partition in _partitions(source, short, described) or [WHOLE]:
            if partition and not target.has_partition(short, partition):
                target.create_partition(short, partition)
            options = {"partition_name": partition} if partition else {}
            acknowledged, sent = self.progress.keys(name, partition)

            def write(batch: list[dict[str, Any]], again: bool, options: dict[str, str] = options) -> None:
                kept = batch if not computed else [_without(row, computed) for row in batch]
                # Rows that the last run sent, perhaps without an answer, would be there twice if they were inserted.
                call = target.upsert if again else target.insert
                call(short, kept, timeout=INSERT_SECONDS, **options)

            batches = reading.batches(source, short, described, partition=partition or None, after=acknowledged)
            with ThreadPoolExecutor(1) as writer:  # the next batch is read while the last one is written
                waiting: tuple[Future[None], Key, int] | None = None
                for batch, again in _parts(batches, key, sent):
                    self.progress.send(name, partition, batch[-1][key])
                    following = (writer.submit(write, batch, again), batch[-1][key], len(batch))
                    self._acknowledge(name, partition, waiting, total)
                    waiting = following
                self._acknowledge(name, partition, waiting, total)

    def _acknowledge(
        self, name: str, partition: str, waiting: tuple[Future[None], Key, int] | None, total: str
    ) -> None:
        """Waits for a batch, and notes it."""
        if waiting:
            done, key, number = waiting
            done.result()
            self.say(f"{name}: {self.progress.acknowledge(name, partition, key, number)}{total} rows")

    def _finish(self, target: Any, short: str, collection: Collection, *, lite: bool) -> None:
        """Builds what is missing of indexes, loads, and sets aliases."""
        there = {target.describe_index(short, index)["field_name"] for index in target.list_indexes(short)}
        parameters = target.prepare_index_params()
        for name, params in collection.indexes.items():
            field, _, index = name.partition("/")
            if field not in there:
                parameters.add_index(field, index_name=index, **_index(field, params, collection, lite=lite))
        if len(list(parameters)):
            self.say(f"{short}: building {len(list(parameters))} indexes")
            target.create_index(short, parameters, timeout=BUILD_SECONDS)
        if collection.loaded is True:
            target.load_collection(short, timeout=BUILD_SECONDS)
        elif collection.loaded:
            target.load_partitions(short, collection.loaded, timeout=BUILD_SECONDS)
        else:
            target.release_collection(short)  # Milvus Lite has loaded it by itself
        have = set(target.list_aliases(short)["aliases"])
        for alias in collection.aliases:
            if alias not in have:
                target.create_alias(short, alias)


def _index(field: str, params: Mapping[str, str], collection: Collection, *, lite: bool) -> dict[str, Any]:
    """Arguments for an index: Milvus Lite tells neither parameters nor the type of an index that is no vector's."""
    kind, metric = params.get("index_type", ""), params.get("metric_type", "")
    rest = {key: value for key, value in params.items() if key not in ("index_type", "metric_type")}
    if lite:
        vectors = {each["name"] for each in collection.collection_schema["fields"] if "VECTOR" in each["type"]}
        if field not in vectors:
            return {"index_type": ""}
        rest = {**NEEDED.get(kind, {}), **rest}
    return {"index_type": kind, **({"metric_type": metric} if metric else {}), "params": rest}


def _parts(
    batches: Iterator[list[dict[str, Any]]], key: str, sent: Key | None
) -> Iterator[tuple[list[dict[str, Any]], bool]]:
    """Batches, and whether they may be there already, which is so up to the key `sent`."""
    for batch in batches:
        known = [row for row in batch if sent is not None and row[key] <= sent]
        parts = ((known, True), (batch[len(known) :], False))
        yield from ((part, again) for part, again in parts if part)


def _without(row: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _partitions(client: Any, name: str, described: Mapping[str, Any]) -> list[str]:
    """Names of partitions; none if rows are spread over them by a key."""
    if any(each.get("is_partition_key") for each in described["fields"]):
        return []
    return sorted(cast(list[str], client.list_partitions(name)))


def _create(client: Any, name: str, described: Mapping[str, Any], *, lite: bool) -> None:
    """Creates an empty collection. `lite`: shards and partitions of Milvus Lite are no one's choice."""
    import pymilvus

    schema = cast(Any, pymilvus.CollectionSchema).construct_from_dict(dict(described))
    keyed = any(each.get("is_partition_key") for each in described["fields"])
    options = {} if lite else {"num_shards": described.get("num_shards", 1)}
    if keyed and not lite:
        options["num_partitions"] = described["num_partitions"]
    if described.get("properties"):
        options["properties"] = dict(described["properties"])
    level = described.get("consistency_level_name", "Bounded")
    client.create_collection(name, schema=schema, consistency_level=level, timeout=INSERT_SECONDS, **options)


def users(manifest: Manifest) -> tuple[list[Grant], list[str]]:
    """Grants that make the manifest's users anew, and sentences about those that `make grant` did not make."""
    grants: list[Grant] = []
    left: list[str] = []
    for user, roles in (manifest.access.users if manifest.access else {}).items():
        found = [re.fullmatch(rf"(.+)_({'|'.join(ROLES)})", role) for role in roles]
        for role, match in zip(roles, found, strict=True):
            if match:
                grants.append(Grant(database=match[1], user=user, role=cast(Any, match[2])))
            else:
                left.append(f"user {user} with role {role} is not copied: its password can't be read; make it by hand")
        if not roles:
            left.append(f"user {user} without a role is not copied: its password can't be read")
    known = set(chain.from_iterable(manifest.access.users.values())) if manifest.access else set[str]()
    unused = [role for role in (manifest.access.roles if manifest.access else {}) if role not in known]
    return grants, [*left, *(f"role {role}, which no user has, is not copied" for role in unused)]
