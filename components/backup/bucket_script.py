"""Looks after the backup bucket from a pod: uploads etcd's snapshots, tells CloudWatch how old and how large the last
backups are, and deletes old ones. Runs in a plain Python image, by the standard library and aws_script.py alone.

A backup is complete once milvus-backup has written its `meta/backup_meta.json` with the state success, which it does
last. Collections of it are proven once a restore of them was compared with its manifest, which `verified.json` beside
it says (operations/backup/ writes it). Left out: making backups, which milvus-backup does, and proving them.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

from components.pods.aws_script import Aws, AwsError, Object

BACKUPS, SNAPSHOTS = "backup/", "etcd/"
"""Prefixes of milvus-backup's objects, a folder for each backup, and of etcd's snapshots."""
META, VERIFIED = "meta/backup_meta.json", "verified.json"
SUCCESS = (2, "BACKUP_SUCCESS")
"""State of a complete backup (milvus-backup, core/proto/backup.proto: BackupTaskStateCode)."""
SESSION, SECONDS = "milvus-backup", 300
"""The role's session, and the time limit of one answer of AWS."""
Metrics = Mapping[str, tuple[float, str]]
"""Value and unit of each metric by name."""


@dataclass(frozen=True)
class Backup:
    """One backup, or what an interrupted one has left."""

    name: str
    bytes: int
    ended: datetime
    """When its last object was written, but for the mark of a verification."""
    complete: bool
    proven: frozenset[str]
    """Collections of which a restored copy was compared, and was the same."""
    provable: frozenset[str]
    """Collections that could be proven, as far as a verification has said so."""


class Verdict(NamedTuple):
    """What becomes of a backup, and why."""

    backup: Backup
    deleted: bool
    why: str


def backups(objects: Iterable[Object], read: Callable[[str], bytes]) -> list[Backup]:
    """The backups among objects, oldest first. `read` gives an object's content by its key.

    The objects of many large backups would not fit into a small pod: none is kept.
    """
    sizes, ended, marks = dict[str, int](), dict[str, datetime](), dict[str, set[str]]()
    for each in objects:
        name, slash, inside = each.key.removeprefix(BACKUPS).partition("/")
        if not (each.key.startswith(BACKUPS) and slash):
            continue
        sizes[name] = sizes.get(name, 0) + each.bytes
        known = marks.setdefault(name, set())
        if inside in (META, VERIFIED):
            known.add(inside)
        if inside != VERIFIED:
            ended[name] = max(each.modified, ended.get(name, each.modified))
    found: list[Backup] = []
    for name, size in sizes.items():
        complete = META in marks[name] and _succeeded(read(f"{BACKUPS}{name}/{META}"))
        said = _said(read(f"{BACKUPS}{name}/{VERIFIED}")) if complete and VERIFIED in marks[name] else {}
        proven = frozenset(said.get("collections", ()))
        end = ended.get(name, datetime.min.replace(tzinfo=UTC))
        found.append(Backup(name, size, end, complete, proven, proven | frozenset(said.get("of", ()))))
    return sorted(found, key=lambda each: each.ended)


def _succeeded(meta: bytes) -> bool:
    return _said(meta).get("state_code") in SUCCESS


def _said(content: bytes) -> dict[str, Any]:
    """A JSON object; an empty one if it is damaged."""
    try:
        said: Any = json.loads(content)
    except ValueError:
        return {}
    return cast(dict[str, Any], said) if isinstance(said, dict) else {}


class Proof(NamedTuple):
    """What restores have proven of the last backups."""

    since: datetime | None
    """End of the oldest backup that is still needed: the last one that proves one of the collections, or, of a
    collection that nobody has proven, the first one that has it. None if nothing was ever proven."""
    unproven: Sequence[str]
    """Collections that nobody has proven."""
    last: Backup | None
    """The last backup of which something was proven."""


def proof(found: Sequence[Backup]) -> Proof:
    """The proof of the collections that the last verified backup holds: a drill proves one of them at a time."""
    verified = [each for each in found if each.proven]
    if not verified:
        return Proof(None, (), None)
    needed: list[datetime] = []
    unproven: list[str] = []
    for name in sorted(verified[-1].provable):
        by = [each.ended for each in verified if name in each.proven]
        if not by:
            unproven.append(name)
        needed.append(by[-1] if by else next(each.ended for each in verified if name in each.provable))
    return Proof(min(needed), unproven, verified[-1])


def measured(found: Sequence[Backup], snapshots: Sequence[Object], data: Iterable[Object], now: datetime) -> Metrics:
    """How long ago the last backups were made. Without any, since when there have been data without a backup, as far
    as the bucket of the `data` tells, so that an alarm also tells of backups that never began."""
    first = min((each.modified for each in data), default=now)

    def age(times: Iterable[datetime]) -> tuple[float, str]:
        return max(0, (now - max(times, default=first)).total_seconds()), "Seconds"

    proven = proof(found)
    return {
        "CompleteBackupAge": age(each.ended for each in found if each.complete),
        "VerifiedBackupAge": age([proven.since] if proven.since else []),
        "VerifiedBackupSize": (proven.last.bytes if proven.last else 0, "Bytes"),
        "EtcdSnapshotAge": age(each.modified for each in snapshots),
    }


def judged(found: Sequence[Backup], now: datetime, keep_days: int) -> list[Verdict]:
    """Which backups are deleted: old ones, once newer ones were proven to hold each collection, and so never the last
    good one."""
    proven = proof(found)
    verdicts: list[Verdict] = []
    for each in found:
        days = (now - each.ended) / timedelta(days=1)
        if days <= keep_days:
            verdicts.append(Verdict(each, False, f"{days:.1f} days old, and {keep_days} days are kept"))
        elif not proven.since or proven.unproven:
            why = f"nobody has proven {', '.join(proven.unproven) or 'any backup'}: `make drill` does"
            verdicts.append(Verdict(each, False, why))
        elif each.ended >= proven.since:
            verdicts.append(Verdict(each, False, "the last that proves a collection, or newer than that"))
        else:
            verdicts.append(Verdict(each, True, f"{days:.1f} days old; newer ones prove each collection"))
    return verdicts


def delete(aws: Aws, bucket: str, name: str) -> None:
    """Deletes a backup: first what says that it is whole, so that what is left of an interrupted deletion never counts
    as one."""
    folder = f"{BACKUPS}{name}/"
    aws.delete(bucket, [each.key for mark in (VERIFIED, META) for each in aws.listed(bucket, f"{folder}{mark}")])
    aws.delete(bucket, (each.key for each in aws.listed(bucket, folder)))


def upload(aws: Aws, bucket: str, file: Path) -> None:
    """Uploads a snapshot of etcd under the time of its making."""
    made = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    key = f"{SNAPSHOTS}{made:%Y-%m-%dT%H-%M-%SZ}.db"
    aws.upload(bucket, key, file)
    print(f"uploaded {file.stat().st_size} bytes to s3://{bucket}/{key}")


def watch(aws: Aws, bucket: str, data_bucket: str, namespace: str, stack: str) -> None:
    """Measures the backups, and publishes what CloudWatch's alarms read."""
    found = backups(aws.listed(bucket, BACKUPS), lambda key: aws.read(bucket, key))
    metrics = measured(
        found, list(aws.listed(bucket, SNAPSHOTS)), aws.listed(data_bucket, first=True), datetime.now(UTC)
    )
    aws.publish(namespace, stack, metrics)
    print(json.dumps({name: round(value) for name, (value, _) in metrics.items()}))


def prune(aws: Aws, bucket: str, keep_days: int) -> None:
    """Deletes old backups and snapshots, and says of each what it did, and why."""
    now = datetime.now(UTC)
    for verdict in judged(backups(aws.listed(bucket, BACKUPS), lambda key: aws.read(bucket, key)), now, keep_days):
        if verdict.deleted:
            delete(aws, bucket, verdict.backup.name)
        print(f"{'deleted' if verdict.deleted else 'kept'} {verdict.backup.name}: {verdict.why}")
    snapshots = sorted(aws.listed(bucket, SNAPSHOTS), key=lambda each: each.modified)
    old = [each.key for each in snapshots[:-1] if now - each.modified > timedelta(days=keep_days)]
    aws.delete(bucket, old)
    print(f"deleted {len(old)} of {len(snapshots)} snapshots of etcd")


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Exit code: 0 if everything was done, else 1."""
    try:
        aws = Aws(environment["AWS_REGION"], environment["DNS_SUFFIX"], session=SESSION, seconds=SECONDS)
        bucket = environment["BACKUP_BUCKET"]
        match arguments:
            case ["upload", file]:
                upload(aws, bucket, Path(file))
            case ["watch"]:
                watch(aws, bucket, environment["DATA_BUCKET"], environment["METRICS_NAMESPACE"], environment["STACK"])
            case _:
                prune(aws, bucket, int(environment["KEEP_DAYS"]))
    except (AwsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyError as error:
        print(f"{error} is not set", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
