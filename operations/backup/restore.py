"""Restores a backup, and proves what came back by the backup's manifest. A drill does so with one collection, and drops
it again.

Nothing is overwritten that the user has not named, and all refusals come before anything is changed.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.backup.backups import has_rbac
from operations.backup.bucket import Bucket
from operations.backup.compare import Expectation, Verdict
from operations.backup.manifest import Manifest
from operations.backup.measure import Say, of_collection
from operations.backup.proof import copies, prove, renamed, with_database
from operations.backup.rows import SECONDS
from operations.backup.sides import Side
from operations.backup.tool import Tool
from operations.stack import ROOT, StackError

FOLDER = ROOT / ".local" / "restore"
DRILL = "_drill"
"""Suffix of collections that a drill restores. It drops them in the end, and those that a killed drill left."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to restore, and as what."""

    backup: str
    only: Sequence[str] = ()
    suffix: str = ""
    database: str | None = None
    overwrite: Sequence[str] = ()
    unproven: bool = False
    """The backup has no manifest, so that nothing can be proven."""

    @property
    def renames(self) -> bool:
        return bool(self.suffix or self.database)


@dataclass(frozen=True)
class Restoring:
    """A restore into one stack."""

    side: Side
    bucket: Bucket
    tool: Tool
    say: Say
    folder: Path = FOLDER

    def restore(self, wanted: Wanted) -> list[Verdict]:
        """Restores, and returns the verdicts. Raises StackError if it refuses, or if the tool fails."""
        if wanted.unproven:
            return self._unproven(wanted)
        manifest = self.whole(wanted.backup)
        names = renamed(manifest, only=wanted.only, suffix=wanted.suffix, database=wanted.database)
        whole = not wanted.only and not wanted.renames
        start = time.monotonic()
        self._run(wanted, names, rbac=whole and has_rbac(manifest))
        self._finish(manifest, names, aliases=not wanted.renames)
        # A restored stack may have other nodes: how many replicas are in memory is its own business.
        expectation = Expectation(names=names, access=whole, replicas=False)
        verdicts = prove(self.side, manifest, expectation, say=self.say)
        # Users don't decide about the backup: with Milvus before 2.4.10 the tool leaves them out.
        results = dict(zip(names, (each.result for each in verdicts), strict=False))
        proven = [name for name, result in results.items() if result == "same"]
        if proven or "differs" in results.values():
            same = "differs" not in results.values()
            self.bucket.record(manifest, proven, time.monotonic() - start, same=same)
        self._file.unlink()
        return verdicts

    def _unproven(self, wanted: Wanted) -> list[Verdict]:
        """Restores collections of a backup without a manifest. How many rows there are can be said, not how many there
        should be."""
        if self.bucket.manifest(wanted.backup):
            raise StackError(f"backup {wanted.backup} has a manifest, which proves its restore: leave out UNPROVEN")
        if not wanted.only:
            raise StackError("without a manifest nobody knows what is in a backup: name the collections by ONLY")
        names = copies([*map(with_database, wanted.only)], suffix=wanted.suffix, database=wanted.database)
        self._run(wanted, names)
        self._file.unlink()
        return [self._counted(name, copy) for name, copy in names.items()]

    def _counted(self, name: str, copy: str) -> Verdict:
        verdict = Verdict(name if name == copy else f"{name} as {copy}")
        if not self._exists(copy):
            verdict.judge("rows", [f"collection {copy} is missing"])
            return verdict
        database, _, collection = copy.partition(".")
        found = of_collection(self.side.client(database), collection, digest_rows=0)
        verdict.aspects["rows"] = "unproven"
        said = f"{found.rows.least} rows are there" if found.rows else f"its rows can't be read: {found.unread}"
        verdict.notes.append(f"{said}; no manifest says how many the backup held, nor its aliases and load states")
        return verdict

    def _run(self, wanted: Wanted, names: Mapping[str, str], *, rbac: bool = False) -> None:
        """Lets the tool restore, after all refusals."""
        left = self._left(wanted, names)
        self._refuse(names, {with_database(each) for each in wanted.overwrite}, left)
        self.tool.run("check")
        self._mark(wanted, names)
        for name in left:
            self.drop(name)
        for database in {name.split(".")[0] for name in names.values()} - {*self.side.databases()}:
            self.side.client().create_database(database)
        self.say(f"milvus-backup restore -n {wanted.backup}: {', '.join(names.values())}")
        self.tool.run("restore", *_arguments(wanted, names, rbac=rbac))

    def drill(self, backup: str, only: str = "") -> list[Verdict]:
        """Restores one collection under a suffix, compares it, and drops it again."""
        collection = only or self.next_to_drill(self.whole(backup))
        wanted = Wanted(backup=backup, only=[collection], suffix=DRILL)
        copy = f"{with_database(collection)}{DRILL}"
        if self._exists(copy):
            self.drop(copy)  # a killed drill left it
        try:
            return self.restore(wanted)
        finally:
            self.drop(copy)

    def whole(self, backup: str) -> Manifest:
        """The manifest of a backup. Raises StackError if it has none, or if its objects are not as they were."""
        manifest = self.bucket.manifest(backup)
        if not manifest:
            known = ", ".join(self.bucket.names()) or "none"
            raise StackError(
                f"backup {backup} has no manifest in {self.bucket.name}, so that nothing could be proven; there are"
                f" {known}: `make backups`. To restore it all the same: UNPROVEN=1, with ONLY"
            )
        if damage := self.bucket.damage(manifest):
            more = f", and {len(damage) - 3} more" if len(damage) > 3 else ""
            raise StackError(f"backup {backup} is damaged; nothing was restored: {'; '.join(damage[:3])}{more}")
        return manifest

    def next_to_drill(self, manifest: Manifest) -> str:
        """The collection of a backup that is due: one that was never proven, else the one whose last proof, by whatever
        backup, is the oldest."""
        last: dict[str, str] = {}
        for verified in filter(None, map(self.bucket.verified, self.bucket.names())):
            last |= {name: max(verified["at"], last.get(name, "")) for name in verified["collections"]}
        names = [name for name, each in manifest.collections.items() if each.rows]
        if not names:
            raise StackError("the backup has no collection whose rows could be read: there is nothing to drill")
        return min(names, key=lambda name: last.get(name, ""))

    def drop(self, name: str) -> None:
        """Drops a collection, if it is there."""
        if self._exists(name):
            database, _, collection = name.partition(".")
            client = self.side.client(database)
            for alias in client.list_aliases(collection)["aliases"]:
                client.drop_alias(alias)
            client.drop_collection(collection)

    def _exists(self, name: str) -> bool:
        database, _, collection = name.partition(".")
        return database in self.side.databases() and collection in self.side.client(database).list_collections()

    def _refuse(self, names: Mapping[str, str], overwrite: set[str], left: Sequence[str]) -> None:
        there = [name for name in names.values() if self._exists(name) and name not in left]
        if foreign := [name for name in there if name not in overwrite]:
            raise StackError(
                f"{self.side.name} has {', '.join(foreign)} already; nothing was restored. Restore beside it by INTO="
                f'_restored, or have it replaced by naming it: OVERWRITE="{" ".join(foreign)}"'
            )
        if unknown := sorted(overwrite - set(names.values())):
            raise StackError(f"OVERWRITE names {', '.join(unknown)}, which this would not restore")

    def _finish(self, manifest: Manifest, names: Mapping[str, str], *, aliases: bool) -> None:
        """Sets aliases and loads, as it was: the tool leaves either out."""
        for name, copy in names.items():
            if not self._exists(copy):
                continue  # the comparison says so
            database, _, collection = copy.partition(".")
            client, was = self.side.client(database), manifest.collections[name]
            have = set(client.list_aliases(collection)["aliases"])
            for alias in was.aliases if aliases else ():
                if alias not in have:
                    client.create_alias(collection, alias)
                    self.say(f"alias {alias} set, which the tool left out")
            if not was.loaded:
                client.release_collection(collection)  # Milvus Lite has loaded it by itself
            elif client.list_indexes(collection):
                client.load_collection(collection, timeout=SECONDS)
                if isinstance(was.loaded, list):
                    client.release_partitions(collection, [*{*(was.partitions or {})} - {*was.loaded}])

    @property
    def _file(self) -> Path:
        """File that says what is being restored into this stack, until it is done."""
        return self.folder / f"{re.sub('[^A-Za-z0-9.-]+', '_', self.side.name)}.json"

    def _mark(self, wanted: Wanted, names: Mapping[str, str]) -> None:
        if self._marked(wanted, names) is None:
            there = [name for name in names.values() if self._exists(name)]
            self.folder.mkdir(parents=True, exist_ok=True)
            content = {"backup": wanted.backup, "names": sorted(names.values()), "there": there}
            self._file.write_text(json.dumps(content), encoding="utf-8")

    def _marked(self, wanted: Wanted, names: Mapping[str, str]) -> list[str] | None:
        """Collections that were there when the same restore first began; None if it did not begin yet."""
        if not self._file.exists():
            return None
        content: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        same = (content["backup"], content["names"]) == (wanted.backup, sorted(names.values()))
        return content["there"] if same else None

    def _left(self, wanted: Wanted, names: Mapping[str, str]) -> list[str]:
        """Collections that the same restore has left, because it was killed or failed. Those that were there before it
        are not among them, even if it was told to overwrite them.
        """
        there = self._marked(wanted, names)
        if there is None:
            return []
        return [name for name in names.values() if name not in there and self._exists(name)]


def _arguments(wanted: Wanted, names: Mapping[str, str], *, rbac: bool) -> list[str]:
    """Arguments of `milvus-backup restore`."""
    arguments = ["-n", wanted.backup, "--rebuild_index", "--filter", ",".join(names.values())]
    if wanted.database:
        arguments += ["-r", ",".join(f"{name}:{copy}" for name, copy in names.items())]
    elif wanted.suffix:
        arguments += ["-s", wanted.suffix]
    if rbac:
        arguments.append("--rbac")
    if wanted.overwrite:
        arguments.append("--drop_exist_collection")
    return arguments
