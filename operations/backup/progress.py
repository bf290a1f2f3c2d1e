"""Keeps the progress of a copy in a file, so that a killed copy goes on where it was.

The file is replaced as a whole at every step, and locked while a copy runs.
"""

import fcntl
import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from operations.backup.manifest import Key, Manifest, read_file
from operations.stack import ROOT, StackError

FOLDER = ROOT / ".local" / "copy"


@dataclass
class Copied:
    """Progress of one collection."""

    id: str
    """Id of the collection that the copy made, by which it tells it from one that somebody else makes later. It is
    empty while the collection is being made.
    """
    rows: int = 0
    complete: bool = False
    keys: dict[str, tuple[Key | None, Key]] = field(default_factory=dict[str, tuple[Key | None, Key]])
    """By partition: the greatest key that was acknowledged, and the greatest that was sent."""


@dataclass
class Progress:
    """Progress of a copy, which is saved at every change."""

    file: Path
    collections: dict[str, Copied] = field(default_factory=dict[str, Copied])

    @property
    def manifest(self) -> Path:
        """File with what the source held when the copy began."""
        return self.file.with_suffix(".manifest.json")

    def begun(self) -> Manifest | None:
        """What the source held when the copy began; None if it did not."""
        return read_file(self.manifest) if self.manifest.exists() else None

    def begin(self, manifest: Manifest) -> None:
        _write(self.manifest, manifest.text())

    def made(self, name: str) -> str | None:
        """Id of the collection that was made under a name."""
        return self.collections[name].id if name in self.collections else None

    def make(self, name: str, id_: str) -> None:
        self.collections[name] = Copied(id_)
        self._save()

    def forget(self, name: str) -> None:
        if self.collections.pop(name, None):
            self._save()

    def complete(self, name: str) -> bool:
        return name in self.collections and self.collections[name].complete

    def finish(self, name: str) -> None:
        self.collections[name].complete = True
        self._save()

    def keys(self, name: str, partition: str) -> tuple[Key | None, Key | None]:
        """The greatest keys that were acknowledged and sent; None if there are none."""
        return self.collections[name].keys.get(partition, (None, None))

    def send(self, name: str, partition: str, key: Key) -> None:
        """Notes that rows up to a key may be there soon."""
        self.collections[name].keys[partition] = (self.keys(name, partition)[0], key)
        self._save()

    def acknowledge(self, name: str, partition: str, key: Key, rows: int) -> int:
        """Notes that rows up to a key are there, and returns the number of rows so far."""
        copied = self.collections[name]
        copied.keys[partition] = (key, copied.keys[partition][1])
        copied.rows += rows
        self._save()
        return copied.rows

    def _save(self) -> None:
        collections = {name: asdict(copied) for name, copied in self.collections.items()}
        _write(self.file, json.dumps({"collections": collections}))


def _write(file: Path, text: str) -> None:
    """Replaces a file as a whole."""
    new = file.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


@contextmanager
def kept(source: str, target: str, folder: Path = FOLDER) -> Generator[Progress]:
    """The progress of the copy between two sides. Raises StackError if another copy between them is running."""
    folder.mkdir(parents=True, exist_ok=True)
    name = "--".join(re.sub(r"[^A-Za-z0-9.-]+", "_", side) for side in (source, target))
    file = folder / f"{name}.json"
    with (folder / f"{name}.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StackError(f"a copy from {source} to {target} is running; wait for it, or end it") from error
        if not file.exists():
            yield Progress(file)
            return
        values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        yield Progress(file, {name: _copied(each) for name, each in values["collections"].items()})


def _copied(values: dict[str, Any]) -> Copied:
    keys = {partition: (first, last) for partition, (first, last) in values["keys"].items()}
    return Copied(values["id"], values["rows"], values["complete"], keys)
