"""Writes beside a nightly backup what Milvus held before and after it, and the list of the backup's objects.

    backup/NAME/before.json, after.json    what was in Milvus (content_script.py)
    backup/NAME/objects.jsonl              key, size and ETag of each object; after.json holds the list's digest

What both say is in the backup, whoever wrote meanwhile: operations/backup/ makes its manifest of them. Runs as the
first and the last container of the backup's pod, in a plain Python image, by the standard library alone. The backup is
worth more than its manifest: if Milvus can't be read, it is made all the same, and nobody can prove it.
"""

import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.backup.bucket_script import BACKUPS, SECONDS, SESSION, backups
from components.backup.content_script import Content
from components.pods.aws_script import Aws

MANIFEST, BEFORE, AFTER, LIST = "manifest.json", "before.json", "after.json", "objects.jsonl"
KNOWN = "known.json"
"""File with the names of the backups that were there before."""


class Unsealed(Exception):  # noqa: N818, it is what the backup stays
    """Nothing was written beside a backup. The text says why."""


def measure(content: Content, aws: Aws, bucket: str, folder: Path, source: str) -> None:
    """Notes which backups there are, and what Milvus holds before another one is made."""
    (folder / KNOWN).write_text(json.dumps([each.name for each in _found(aws, bucket)]), encoding="utf-8")
    _write(folder / BEFORE, content.manifest(source, say=print))


def seal(content: Content, aws: Aws, bucket: str, folder: Path, source: str) -> list[str]:
    """Writes what both manifests say beside each backup that was made meanwhile, and returns their names."""
    if not (folder / BEFORE).exists():
        raise Unsealed("what Milvus held before the backup is not known; the first container's log says why")
    before: dict[str, Any] = json.loads((folder / BEFORE).read_text(encoding="utf-8"))
    known: list[str] = json.loads((folder / KNOWN).read_text(encoding="utf-8"))
    made = [each.name for each in _found(aws, bucket) if each.complete and each.name not in known]
    if not made:
        raise Unsealed(f"no new backup in s3://{bucket}/{BACKUPS} is complete")
    after = content.manifest(source, like=before["collections"], say=print)
    for name in made:
        _seal(aws, bucket, name, folder, after)
    return made


def _seal(aws: Aws, bucket: str, name: str, folder: Path, after: Mapping[str, Any]) -> None:
    place = f"{BACKUPS}{name}/"
    ours = {f"{place}{each}" for each in (MANIFEST, BEFORE, AFTER, LIST)}
    listed = sorted((each.key, each.bytes, each.etag) for each in aws.listed(bucket, place))
    objects = [each for each in listed if each[0] not in ours]
    # As operations/backup/bucket.py writes it.
    content = "".join(json.dumps(each) + "\n" for each in objects).encode()
    described = {
        "number": len(objects),
        "bytes": sum(size for _, size, _ in objects),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    (folder / LIST).write_bytes(content)
    proof = {"name": name, "bucket": bucket, "prefix": BACKUPS.rstrip("/"), "objects": described}
    _write(folder / AFTER, {**after, "backup": proof})
    # The last one comes last: a backup that has it is whole.
    for file in (LIST, BEFORE, AFTER):
        aws.upload(bucket, f"{place}{file}", folder / file)


def _found(aws: Aws, bucket: str) -> Any:
    return backups(aws.listed(bucket, BACKUPS), lambda key: aws.read(bucket, key))


def _write(file: Path, manifest: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Exit code. Before a backup it is always 0, since the backup is made in any case."""
    step, folder = arguments[0], Path(arguments[1])
    try:
        aws = Aws(environment["AWS_REGION"], environment["DNS_SUFFIX"], session=SESSION, seconds=SECONDS)
        content = Content(environment["MILVUS_URL"], f"root:{environment['MILVUS_PASSWORD']}")
        run = measure if step == "measure" else seal
        made = run(content, aws, environment["BACKUP_BUCKET"], folder, environment["STACK"])
    except Exception as error:  # whatever it is, it must not keep the backup from being made
        print(f"this backup will have no manifest, so that no restore of it can be proven: {error!r}", file=sys.stderr)
        return 0 if step == "measure" else 1
    print(f"{', '.join(made)}: sealed" if made else "measured")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
