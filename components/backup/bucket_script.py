"""Looks after the backup bucket from a pod: uploads etcd's snapshots, tells CloudWatch how old and how large the last
backups are, and deletes old ones. Runs in a plain Python image: standard library and aws_script.py only.

A backup is complete once milvus-backup has written its `meta/backup_meta.json` with the state success, which it does
last. It is verified once a restore of it was compared with its manifest, which `verified.json` beside it says
(operations/backup/ writes it). Left out: making backups, which milvus-backup does, and proving them.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from components.backup.aws_script import Aws, AwsError, Object

BACKUPS, SNAPSHOTS = "backup/", "etcd/"
"""Prefixes of milvus-backup's objects, a folder for each backup, and of etcd's snapshots."""
META, VERIFIED = "meta/backup_meta.json", "verified.json"
SUCCESS = (2, "BACKUP_SUCCESS")
"""State of a complete backup (milvus-backup, core/proto/backup.proto: BackupTaskStateCode)."""
NAMESPACE = "milvus-on-aws"
"""CloudWatch namespace of the metrics. The pod's role may write to no other."""
Metrics = Mapping[str, tuple[float, str]]
"""Value and unit of each metric by name."""


@dataclass(frozen=True)
class Backup:
    """One backup, or what an interrupted one has left."""

    name: str
    objects: Sequence[Object]
    complete: bool
    verified: bool

    @property
    def ended(self) -> datetime:
        """When its last object but the mark of a verification was written."""
        written = [each.modified for each in self.objects if not each.key.endswith(f"/{VERIFIED}")]
        return max(written, default=datetime.min.replace(tzinfo=UTC))

    @property
    def bytes(self) -> int:
        return sum(each.bytes for each in self.objects)


class Verdict(NamedTuple):
    """What becomes of a backup, and why."""

    backup: Backup
    deleted: bool
    why: str


def backups(objects: Iterable[Object], read: Callable[[str], bytes]) -> list[Backup]:
    """The backups among objects, oldest first. `read` gives an object's content by its key."""
    folders: dict[str, list[Object]] = {}
    for each in objects:
        name, slash, _ = each.key.removeprefix(BACKUPS).partition("/")
        if each.key.startswith(BACKUPS) and slash:
            folders.setdefault(name, []).append(each)
    found: list[Backup] = []
    for name, content in folders.items():
        keys = {each.key.removeprefix(f"{BACKUPS}{name}/") for each in content}
        complete = META in keys and _succeeded(read(f"{BACKUPS}{name}/{META}"))
        found.append(Backup(name, content, complete, complete and VERIFIED in keys))
    return sorted(found, key=lambda each: each.ended)


def _succeeded(meta: bytes) -> bool:
    try:
        return json.loads(meta).get("state_code") in SUCCESS
    except (ValueError, AttributeError):
        return False


def measured(found: Sequence[Backup], snapshots: Sequence[Object], data: Iterable[Object], now: datetime) -> Metrics:
    """How long ago the last backups were made. Without any, since when there have been data without a backup, as far
    as the bucket of the `data` tells, so that an alarm also tells of backups that never began."""
    first = min((each.modified for each in data), default=now)

    def age(times: Iterable[datetime]) -> tuple[float, str]:
        return max(0, (now - max(times, default=first)).total_seconds()), "Seconds"

    verified = [each for each in found if each.verified]
    return {
        "CompleteBackupAge": age(each.ended for each in found if each.complete),
        "VerifiedBackupAge": age(each.ended for each in verified),
        "VerifiedBackupSize": (verified[-1].bytes if verified else 0, "Bytes"),
        "EtcdSnapshotAge": age(each.modified for each in snapshots),
    }


def judged(found: Sequence[Backup], now: datetime, keep_days: int) -> list[Verdict]:
    """Which backups are deleted: old ones, of which a newer one was verified, and so never the last good one."""
    good = [each for each in found if each.verified]
    verdicts: list[Verdict] = []
    for each in found:
        days = (now - each.ended) / timedelta(days=1)
        if days <= keep_days:
            verdicts.append(Verdict(each, False, f"{days:.1f} days old, and {keep_days} days are kept"))
        elif not good:
            verdicts.append(Verdict(each, False, "no backup is verified: `make drill` proves one"))
        elif each.ended >= good[-1].ended:
            verdicts.append(Verdict(each, False, "the last that was verified, or newer than that"))
        else:
            verdicts.append(Verdict(each, True, f"{days:.1f} days old; {good[-1].name} is newer and was verified"))
    return verdicts


def in_order(backup: Backup) -> list[str]:
    """The keys of a backup in the order of their deletion: first what says that it is whole, so that what is left of an
    interrupted deletion never counts as a backup."""
    marks = [f"{BACKUPS}{backup.name}/{name}" for name in (VERIFIED, META)]
    return sorted((each.key for each in backup.objects), key=lambda key: (key not in marks, key))


def upload(aws: Aws, bucket: str, file: Path) -> None:
    """Uploads a snapshot of etcd under the time of its making."""
    made = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    key = f"{SNAPSHOTS}{made:%Y-%m-%dT%H-%M-%SZ}.db"
    aws.upload(bucket, key, file)
    print(f"uploaded {file.stat().st_size} bytes to s3://{bucket}/{key}")


def watch(aws: Aws, bucket: str, data_bucket: str, stack: str) -> None:
    """Measures the backups, and publishes what CloudWatch's alarms read."""
    found = backups(aws.listed(bucket, BACKUPS), lambda key: aws.read(bucket, key))
    metrics = measured(
        found, list(aws.listed(bucket, SNAPSHOTS)), aws.listed(data_bucket, first=True), datetime.now(UTC)
    )
    aws.publish(NAMESPACE, stack, metrics)
    print(json.dumps({name: round(value) for name, (value, _) in metrics.items()}))


def prune(aws: Aws, bucket: str, keep_days: int) -> None:
    """Deletes old backups and snapshots, and says of each what it did, and why."""
    now = datetime.now(UTC)
    for verdict in judged(backups(aws.listed(bucket, BACKUPS), lambda key: aws.read(bucket, key)), now, keep_days):
        if verdict.deleted:
            aws.delete(bucket, in_order(verdict.backup))
        print(f"{'deleted' if verdict.deleted else 'kept'} {verdict.backup.name}: {verdict.why}")
    snapshots = sorted(aws.listed(bucket, SNAPSHOTS), key=lambda each: each.modified)
    old = [each.key for each in snapshots[:-1] if now - each.modified > timedelta(days=keep_days)]
    aws.delete(bucket, old)
    print(f"deleted {len(old)} of {len(snapshots)} snapshots of etcd")


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Exit code: 0 if everything was done, else 1."""
    aws = Aws(environment["AWS_REGION"], environment["DNS_SUFFIX"])
    bucket = environment["BACKUP_BUCKET"]
    try:
        match arguments:
            case ["upload", file]:
                upload(aws, bucket, Path(file))
            case ["watch"]:
                watch(aws, bucket, environment["DATA_BUCKET"], environment["STACK"])
            case _:
                prune(aws, bucket, int(environment["KEEP_DAYS"]))
    except (AwsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
