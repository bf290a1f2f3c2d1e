"""The section about backups, and its contradictions."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, cast

from annotated_types import Ge, Le

from planning import cron
from planning.regions import partition
from planning.signals.signal import DAY, HOUR, ThresholdUnit
from settings.formats import Cron, Region
from settings.problems import Problem
from settings.sections import Section

if TYPE_CHECKING:
    from settings.model import Settings

LEAST_GAP_MINUTES = 60
HOURS_A_DAY, MINUTES_A_DAY = 24, 24 * 60


class Backup(Section):
    """Backups of all databases, in a bucket of their own, and snapshots of etcd beside them (docs/backup-bucket.md)."""

    enabled: bool = False
    """Make backups."""
    schedule: Cron = "0 3 * * *"
    """When a backup is made, in UTC: minute, hour, day of the month, month and day of the week. Each is a whole copy,
    because the tool makes no others, and whatever is written after the last one is lost with the data.
    """
    keep_days: Annotated[int, Ge(1), Le(3650)] = 7
    """Days for which a backup is kept. The last one that was verified is kept however old it is, and without one
    nothing is deleted.
    """
    keep_deleted_days: Annotated[int, Ge(1), Le(365)] = 7
    """Days for which a backup can be brought back after its deletion, by retention or by mistake."""
    verify_days: Annotated[int, Ge(1), Le(365)] = 7
    """Days after which an alarm tells that no restore has proven a backup."""
    object_lock_days: Annotated[int, Ge(0), Le(3650)] = 0
    """Days for which nobody can delete or overwrite what is in the backup bucket, but with the permission
    s3:BypassGovernanceRetention; 0 for no lock. S3 never takes Object Lock off a bucket again, and a bucket that
    outlives its stack stays locked as it was.
    """
    replicate_to: Region | None = None
    """Another region, where a second bucket gets a copy of every backup, in case the stack's own region is lost."""
    keep_on_destroy: bool = False
    """Let the backup bucket and its key outlive the stack. If false, `pulumi destroy` deletes them with every backup.
    """

    @property
    def gap_hours(self) -> float:
        """Hours between two backups, at most."""
        return cron.parse(self.schedule).longest_gap_minutes / 60

    @property
    def threshold_units(self) -> Mapping[ThresholdUnit, float]:
        """What the thresholds of signals about backups are multiples of, in seconds."""
        return {
            "seconds between two backups": self.gap_hours * HOUR,
            "seconds of backup.verifyDays": self.verify_days * DAY,
        }


def problems(written: Mapping[str, Any], settings: "Settings") -> Iterator[Problem]:
    """The contradictions about backups. `written` is what the user wrote, without defaults."""
    backup = settings.backup
    if not backup.enabled:
        section = written.get("backup")
        given = set(cast("dict[str, Any]", section)) if isinstance(section, dict) else set[str]()
        for key in sorted(given - {"enabled"}):
            yield Problem(f"backup.{key}", "has no effect with backup.enabled false; set that to true, or remove this")
        return
    schedule = cron.parse(backup.schedule)
    if schedule.shortest_gap_minutes < LEAST_GAP_MINUTES:
        yield Problem(
            "backup.schedule",
            f"{backup.schedule}: runs after {schedule.shortest_gap_minutes} minutes again, but each backup is a whole"
            f" copy; leave {LEAST_GAP_MINUTES} at least",
        )
    for key, days in (("keepDays", backup.keep_days), ("verifyDays", backup.verify_days)):
        if days * HOURS_A_DAY < backup.gap_hours:
            yield Problem(
                f"backup.{key}",
                f"{days} is less than the {schedule.longest_gap_minutes / MINUTES_A_DAY:.3g} days that backup.schedule"
                f" ({backup.schedule}) may leave between two backups; raise it, or make backups more often",
            )
    yield from _lock(backup)
    yield from _replica(settings)


def _lock(backup: Backup) -> Iterator[Problem]:
    if backup.object_lock_days > backup.keep_days:
        yield Problem(
            "backup.objectLockDays",
            f"{backup.object_lock_days} is more than backup.keepDays {backup.keep_days}: what retention deletes would"
            " stay, and be paid, until its lock ends; lower it, or raise keepDays",
        )
    if backup.object_lock_days and not backup.keep_on_destroy:
        yield Problem(
            "backup.objectLockDays",
            f"{backup.object_lock_days} with backup.keepOnDestroy false: a destroy could not delete what is locked;"
            " set keepOnDestroy to true, or objectLockDays to 0",
        )


def _replica(settings: "Settings") -> Iterator[Problem]:
    other, own = settings.backup.replicate_to, settings.region
    if not other or not own:
        return
    if other == own:
        yield Problem(
            "backup.replicateTo", f"{other} is the region of the stack, with which the copy is lost; name another"
        )
    elif partition(other) != partition(own):
        yield Problem(
            "backup.replicateTo",
            f"{other} is in partition {partition(other)}, the stack in {partition(own)}, and S3 copies nothing between"
            " them; name a region of the same",
        )
