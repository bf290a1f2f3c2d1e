"""The backup bucket: what the tool wrote, and in the same folder what proves it.

    backup/NAME/manifest.json     what was in Milvus
    backup/NAME/before.json       beside a nightly backup instead: the same before and after it, as its pod has read it
    backup/NAME/after.json        (components/backup/night_script.py)
    backup/NAME/objects.jsonl     key, size and ETag of each object of the tool; the manifest holds the list's digest
    backup/NAME/verified.json     that a restored copy was the same as the manifest says

The last one is there only for backups that are verified, which is what components/backup/ judges their age by, and
which of them it deletes.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from components.backup.bucket_script import BACKUPS, VERIFIED
from components.backup.night_script import AFTER, BEFORE, LIST, MANIFEST
from milvus_contract import Contract
from operations.backup.manifest import Backup, Manifest, Objects, now, parse, settled
from operations.stack import StackError

PREFIX = BACKUPS.rstrip("/")
"""Folder of all backups: the tool's backup.storage.rootPath."""
OURS = (MANIFEST, BEFORE, AFTER, LIST, VERIFIED)


@dataclass(frozen=True)
class Bucket:
    """A backup bucket."""

    s3: Any
    """A boto3 client."""
    name: str

    @classmethod
    def of(cls, contract: Contract) -> "Bucket":
        """The bucket of a stack, or the one that BACKUP_BUCKET names. Raises StackError if there is none."""
        name = os.environ.get("BACKUP_BUCKET") or contract.backup_bucket_name
        if not name:
            raise StackError(
                "this stack makes no backups: switch them on in its settings and `make up`, or set BACKUP_BUCKET"
            )
        import boto3

        return cls(cast(Any, boto3).client("s3", region_name=contract.aws_region), str(name))

    def names(self) -> list[str]:
        """Names of all backups in the order of their names, whether they are whole or not."""
        return sorted({key.split("/")[1] for key, _, _ in self._list(f"{PREFIX}/") if key.count("/") > 1})

    def objects(self, backup: str) -> list[tuple[str, int, str]]:
        """Key, size and ETag of each object that the tool wrote for a backup."""
        ours = {f"{PREFIX}/{backup}/{name}" for name in OURS}
        return sorted(each for each in self._list(f"{PREFIX}/{backup}/") if each[0] not in ours)

    def seal(self, backup: str, manifest: Manifest) -> Manifest:
        """Writes the manifest of a backup that was just made. Raises StackError if it has no objects."""
        objects = self.objects(backup)
        if not objects:
            raise StackError(
                f"the tool says that it made backup {backup}, but nothing is in s3://{self.name}/{PREFIX}/{backup}/:"
                " its configuration names another bucket or path"
            )
        content = _lines(objects)
        described = Objects(
            number=len(objects), bytes=sum(size for _, size, _ in objects), sha256=hashlib.sha256(content).hexdigest()
        )
        sealed = manifest.with_backup(Backup(name=backup, bucket=self.name, prefix=PREFIX, objects=described))
        # The manifest comes last: a backup that has one is complete.
        self._put(backup, LIST, content)
        self._put(backup, MANIFEST, sealed.text().encode())
        return sealed

    def manifest(self, backup: str) -> Manifest | None:
        """The manifest of a backup; None if it has none. Raises StackError if it is damaged."""
        if (content := self._get(backup, MANIFEST)) is not None:
            return parse(content, f"the manifest of backup {backup}")
        if (after := self._get(backup, AFTER)) is None:
            return None
        before = self._get(backup, BEFORE) or b""
        return settled(parse(before, f"{BEFORE} of backup {backup}"), parse(after, f"{AFTER} of backup {backup}"))

    def damage(self, manifest: Manifest) -> list[str]:
        """Sentences about objects that are not as they were when the backup was made."""
        backup = manifest.backup
        if not backup:
            return ["the manifest names no backup"]
        listed = self._get(backup.name, LIST)
        if listed is None or hashlib.sha256(listed).hexdigest() != backup.objects.sha256:
            return [
                f"{LIST} of backup {backup.name} is {'missing' if listed is None else 'not the one that was written'}"
            ]
        wanted = {key: (size, etag) for key, size, etag in map(json.loads, listed.splitlines())}
        found = {key: (size, etag) for key, size, etag in self.objects(backup.name)}
        return [
            *(f"object {key} is missing" for key in wanted if key not in found),
            *(f"object {key} has changed" for key in wanted if key in found and found[key] != wanted[key]),
            *(f"object {key} is new" for key in found if key not in wanted),
        ]

    def verified(self, backup: str) -> dict[str, Any] | None:
        """When and how a backup was verified; None if it was not."""
        content = self._get(backup, VERIFIED)
        return json.loads(content) if content is not None else None

    def record(self, manifest: Manifest, collections: Iterable[str], seconds: float, *, same: bool) -> None:
        """Notes that restored collections are the same as in the manifest, and which others it could prove; if they are
        not the same, the backup is verified no more."""
        backup = manifest.backup.name if manifest.backup else ""
        if not same:
            self.s3.delete_object(Bucket=self.name, Key=f"{PREFIX}/{backup}/{VERIFIED}")
            return
        known: list[str] = (self.verified(backup) or {"collections": []})["collections"]
        provable = sorted(name for name, each in manifest.collections.items() if each.rows)
        proven = sorted({*known, *collections})
        verdict = {"at": now(), "seconds": round(seconds, 1), "collections": proven, "of": provable}
        self._put(backup, VERIFIED, json.dumps(verdict).encode())

    def _list(self, prefix: str) -> Iterator[tuple[str, int, str]]:
        try:
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
                for each in page.get("Contents", []):
                    yield each["Key"], each["Size"], each["ETag"].strip('"')
        except (BotoCoreError, ClientError) as error:
            raise StackError(f"the backup bucket {self.name} can't be listed: {error}") from error

    def _get(self, backup: str, name: str) -> bytes | None:
        try:
            return self.s3.get_object(Bucket=self.name, Key=f"{PREFIX}/{backup}/{name}")["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return None
        except (BotoCoreError, ClientError) as error:
            raise StackError(f"{name} of backup {backup} can't be read from {self.name}: {error}") from error

    def _put(self, backup: str, name: str, content: bytes) -> None:
        try:
            self.s3.put_object(Bucket=self.name, Key=f"{PREFIX}/{backup}/{name}", Body=content)
        except (BotoCoreError, ClientError) as error:
            raise StackError(f"{name} of backup {backup} can't be written to {self.name}: {error}") from error


def _lines(objects: list[tuple[str, int, str]]) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in objects).encode()
