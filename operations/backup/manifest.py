"""A manifest says what a Milvus holds: what was read from it by queries, so that a copy can be compared with it.

This module is the format alone. measure.py fills it, compare.py compares two.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from operations.stack import StackError

Key = int | str


class Model(BaseModel):
    """Part of a manifest. Unknown keys are refused, because a later version may mean something by them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Rows(Model):
    """The rows of a collection, counted and read at strong consistency."""

    least: int = Field(ge=0)
    most: int = Field(ge=0)
    """The number of rows; two numbers if it changed while the backup was made."""
    read: int = Field(ge=0)
    """Number of rows by reading them. It is smaller than the count if rows share a key."""
    digest: str | None
    """Sum of the digests of all rows; null if rows changed meanwhile, share keys, or were too many to be read."""


class Sample(Model):
    """One row."""

    key: Key
    digest: str


class Hit(Model):
    """One answer of a search."""

    key: Key
    distance: float


class Search(Model):
    """A search and its answer."""

    field: str
    vector: list[float]
    params: dict[str, Any]
    hits: list[Hit]


class Collection(Model):
    """What a collection is and holds. What its server does not say, or could not be read, is null."""

    collection_schema: dict[str, Any] = Field(alias="schema")
    indexes: dict[str, dict[str, str]]
    """Parameters of each index, by its field and name."""
    loaded: bool | list[str]
    """Whether it was loaded, or the loaded partitions."""
    replicas: int | None
    aliases: list[str]
    partitions: dict[str, int] | None
    """Number of rows by partition; null if rows are spread by a key."""
    rows: Rows | None
    samples: list[Sample]
    search: Search | None
    unread: str | None
    """Why there are no rows."""


class Access(Model):
    """Users and roles, without root and Milvus' own roles. Passwords can't be read."""

    users: dict[str, list[str]]
    """Roles of each user."""
    roles: dict[str, list[list[str]]]
    """Grants of each role: kind of object, its name, privilege, database."""


class Server(Model):
    version: str
    lite: bool


class Objects(Model):
    """What a backup consists of in its bucket. The list itself stands beside the manifest."""

    number: int = Field(ge=1)
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Digest of the list of their keys, sizes and ETags."""


class Backup(Model):
    name: str = Field(pattern=r"^[A-Za-z0-9_]+$")
    bucket: str
    prefix: str
    objects: Objects


class Manifest(Model):
    """Content of a Milvus at a time."""

    manifest_version: Literal["1"] = "1"
    """It changes if a reader of the last version would misread it."""
    read_by: Literal["client", "rest"] = "client"
    """How it was read, which is how a copy is read, too: nightly backups are measured by REST, from a small pod, which
    tells other descriptions, and computes other digests, than a client."""
    source: str
    made_at: str
    server: Server
    databases: list[str]
    collections: dict[Annotated[str, Field(pattern=r"^[^.]+\.[^.]+$")], Collection]
    """Collections by `database.collection`."""
    access: Access | None
    """Null if the server has no users."""
    backup: Backup | None = None

    def text(self) -> str:
        """The manifest as JSON."""
        return json.dumps(self.model_dump(by_alias=True), indent=1, ensure_ascii=False) + "\n"

    def with_backup(self, backup: Backup) -> "Manifest":
        return self.model_copy(update={"backup": backup})

    @property
    def age_seconds(self) -> float:
        return (datetime.now(UTC) - datetime.fromisoformat(self.made_at)).total_seconds()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def parse(text: str | bytes, source: str) -> Manifest:
    """The manifest in a JSON text. Raises StackError if it is damaged, cut off, or of another version."""
    try:
        values: Any = json.loads(text)
        if isinstance(values, dict) and (version := values.get("manifest_version")) != "1":  # pyright: ignore
            raise StackError(
                f"{source} has manifest_version {version!r}, this reads '1': use the program that wrote it"
            )
        return Manifest.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()[:5]
        )
        raise StackError(f"{source} is no manifest of a backup: {wrong}") from error
    except ValueError as error:
        raise StackError(f"{source} is damaged or cut off: {error}; take another backup") from error


def read_file(path: Path) -> Manifest:
    try:
        return parse(path.read_bytes(), str(path))
    except OSError as error:
        raise StackError(f"{path} can't be read: {error.strerror}") from error


def settled(before: Manifest, after: Manifest) -> Manifest:
    """What is sure of a backup that was made between two manifests, while others may have written.

    Rows, samples and answers that are the same in both are in the backup, too. Numbers that differ are its bounds.
    """
    return after.model_copy(
        update={
            "collections": {
                name: _between(before.collections[name], collection)
                for name, collection in after.collections.items()
                if name in before.collections
            }
        }
    )


def _between(before: Collection, after: Collection) -> Collection:
    first, last = before.rows, after.rows
    if not first or not last or (first, before.samples) == (last, after.samples):
        return after
    bounds = Rows(
        least=min(first.least, last.least),
        most=max(first.most, last.most),
        read=min(first.read, last.read),
        digest=first.digest if first.digest == last.digest else None,
    )
    samples = [sample for sample in after.samples if sample in before.samples]
    moving: Mapping[str, Any] = {} if bounds.digest else {"search": None, "partitions": None}
    return after.model_copy(update={"rows": bounds, "samples": samples, **moving})
