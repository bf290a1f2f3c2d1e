"""Makes a backup with its manifest, and lists the backups that there are.

Milvus is measured before and after the tool has run: what both manifests say is in the backup, whoever wrote meanwhile.
Left out: making nightly backups, and deleting old ones, which the stack's own CronJobs do (components/backup/).
"""

import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from operations.backup.bucket import Bucket
from operations.backup.manifest import Manifest, settled
from operations.backup.measure import Say, measure
from operations.backup.sides import Side
from operations.backup.tool import Tool
from operations.stack import StackError

RBAC_SINCE = (2, 4, 10)
"""First version of Milvus whose users and roles the tool can back up (milvus-backup's README)."""


@dataclass(frozen=True)
class Listed:
    """A backup as it is listed."""

    name: str
    made_at: str | None
    """Null if it has no manifest: it did not end, or Milvus could not be read."""
    collections: int
    rows: int
    unread: list[str]
    """Collections whose rows could not be read when it was made, so that they can't be proven."""
    bytes: int
    verified_at: str | None
    verified: list[str]
    """Collections of which a restored copy was compared, and was the same."""
    problem: str | None


def backup(side: Side, bucket: Bucket, tool: Tool, *, say: Say) -> Manifest:
    """Makes a backup. Raises StackError if the tool fails, in which case nothing is left of it."""
    while (name := new_name(side.name)) in bucket.names():
        time.sleep(0.2)  # a name tells seconds, and what fails below is deleted: it must not be another one's backup
    tool.run("check")
    before = measure(side, say=say)
    rbac = ["--rbac"] if has_rbac(before) else []
    say(f"milvus-backup create -n {name}")
    try:
        tool.run("create", "-n", name, *rbac)
        after = measure(side, like=before.collections, say=say)
        return bucket.seal(name, settled(before, after))
    except StackError:
        with suppress(StackError):  # the first error says more
            tool.run("delete", "-n", name)
        raise


def new_name(stack: str) -> str:
    """A name that milvus-backup accepts, with the time in UTC."""
    return f"{re.sub('[^A-Za-z0-9]+', '_', stack).strip('_')}_{datetime.now(UTC):%Y%m%d_%H%M%S}"


def has_rbac(manifest: Manifest) -> bool:
    """Whether users and roles are in the backup. They are in every nightly one (components/backup/jobs.py)."""
    if manifest.read_by == "rest":
        return True
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", manifest.server.version)
    return bool(found) and not manifest.server.lite and tuple(map(int, found.groups())) >= RBAC_SINCE


def listed(bucket: Bucket) -> list[Listed]:
    """All backups, newest first; last those without a manifest."""
    return sorted((_listed(bucket, name) for name in bucket.names()), key=lambda each: each.made_at or "", reverse=True)


def _listed(bucket: Bucket, name: str) -> Listed:
    try:
        manifest = bucket.manifest(name)
    except StackError as error:
        return Listed(name, None, 0, 0, [], 0, None, [], str(error))
    if not manifest or not manifest.backup:
        return Listed(name, None, 0, 0, [], 0, None, [], "it has no manifest, so that no restore of it can be proven")
    damage = bucket.damage(manifest)
    verified = bucket.verified(name) or {"at": None, "collections": []}
    return Listed(
        name,
        manifest.made_at,
        len(manifest.collections),
        sum(each.rows.most for each in manifest.collections.values() if each.rows),
        [name for name, each in manifest.collections.items() if not each.rows],
        manifest.backup.objects.bytes,
        verified["at"],
        verified["collections"],
        damage[0] if damage else None,
    )


def newest(bucket: Bucket) -> str:
    """Name of the newest whole backup. Raises StackError if there is none."""
    whole = [each.name for each in listed(bucket) if each.made_at and not each.problem]
    if not whole:
        raise StackError(f"there is no whole backup in {bucket.name}; `make backup` makes one")
    return whole[0]


def table(found: Sequence[Listed]) -> str:
    """The list as text, a line each."""
    lines = [_line(each) if each.made_at else f"{each.name}: {each.problem}" for each in found]
    broken = [f"{each.name}: DAMAGED: {each.problem}" for each in found if each.made_at and each.problem]
    return "\n".join([*lines, *broken, f"{len(found)} backups"])


def _line(each: Listed) -> str:
    proof = f"verified {each.verified_at} ({', '.join(each.verified)})" if each.verified_at else "not verified"
    held = f"{each.rows} rows in {each.collections} collections, {each.bytes / 1024**2:.1f} MiB"
    held += f" (not read: {', '.join(each.unread)})" if each.unread else ""
    return f"{each.name}: {held}, made {each.made_at}, {proof}"


def as_dicts(found: Sequence[Listed]) -> list[dict[str, object]]:
    return [asdict(each) for each in found]
