"""Says of a stack's last backups what whoever is about to change or delete it should know."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from milvus_contract import Contract
from operations.backup.backups import Listed, listed
from operations.backup.bucket import Bucket
from operations.stack import StackError

MOST = timedelta(days=1)
"""Age of the backup that an upgrade demands."""
WORD = "backup"
"""What ALLOW names to go on without one."""


def missing(contract: Contract, now: datetime) -> str:
    """Says that a stack which makes backups has none of the last day of which a restore was verified; empty if it has,
    or if ALLOW names `backup`."""
    if not contract.backup_bucket_name or WORD in os.environ.get("ALLOW", "").split():
        return ""
    found = listed(Bucket.of(contract))
    if any(now - when <= MOST for each in found if (when := _verified(each))):
        return ""
    how = f"`make backup`, `make drill`, and again; or go on without by ALLOW={WORD}"
    return f"no backup of the last day was verified ({said(found)}): {how}"


def last(contract: Contract) -> str:
    """One line about a stack's last verified backup; empty if it makes none."""
    if not contract.backup_bucket_name:
        return ""
    try:
        return said(listed(Bucket.of(contract)))
    except StackError as error:
        return f"which backups there are can't be told: {error}"


def said(found: Sequence[Listed]) -> str:
    """The last verified backup among these, which are listed newest first."""
    for each in found:
        if when := _verified(each):
            return f"the last verified one is {each.name} of {when:%Y-%m-%d %H:%M} UTC ({', '.join(each.verified)})"
    return "none was ever verified"


def _verified(each: Listed) -> datetime | None:
    """When a whole backup of which a restore was verified was made; None for any other."""
    whole = each.made_at and not each.problem and each.verified
    return datetime.fromisoformat(each.made_at).astimezone(UTC) if whole and each.made_at else None
