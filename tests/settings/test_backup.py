"""Settings of backups: schedules, days and regions that fit each other."""

from typing import Any

import pytest

from planning import cron
from tests.settings.written import AWS, Wrong, accepted, problems, settings


def on(**more: Any) -> dict[str, Any]:
    return {**AWS, "backup": {"enabled": True, **more}}


FIVE = "a schedule such as 0 3 * * *, but it has"
WRONG: list[Wrong] = [
    (on(schedule="@daily"), "backup.schedule", f'"@daily" is not allowed: {FIVE} 1 fields; five are needed'),
    (on(schedule=""), "backup.schedule", f"{FIVE} 0 fields"),
    (on(schedule="0 3 * *"), "backup.schedule", f"{FIVE} 4 fields"),
    (on(schedule="0 0 3 * * *"), "backup.schedule", f"{FIVE} 6 fields"),
    (on(schedule="60 3 * * *"), "backup.schedule", "60 is no minute: 0 to 59"),
    (on(schedule="0 24 * * *"), "backup.schedule", "24 is no hour: 0 to 23"),
    (on(schedule="0 3 0 * *"), "backup.schedule", "0 is no day of the month: 1 to 31"),
    (on(schedule="0 3 * 13 *"), "backup.schedule", "13 is no month: 1 to 12"),
    (on(schedule="0 3 * * 7"), "backup.schedule", "7 is no day of the week: 0 to 6"),
    (on(schedule="0 3 * * noday"), "backup.schedule", "noday is no day of the week"),
    (on(schedule="0 3 30 2 *"), "backup.schedule", "there is no such day"),
    (on(schedule="0 3-1 * * *"), "backup.schedule", "3-1 is no hour: 3 comes after 1"),
    (on(schedule="*/0 3 * * *"), "backup.schedule", "the step after / is a number from 1"),
    (on(schedule="*/15 * * * *"), "backup.schedule", "runs after 15 minutes again"),
    (on(schedule=3), "backup.schedule", "3 is not allowed: text"),
    (on(keepDays=0), "backup.keepDays", "0 is not allowed: at least 1"),
    (on(keepDays=-1), "backup.keepDays", "-1 is not allowed: at least 1"),
    (on(keepDays=2.5), "backup.keepDays", "2.5 is not allowed: a whole number"),
    (on(schedule="0 3 * * 1", keepDays=3), "backup.keepDays", "3 is less than the 7 days that backup.schedule"),
    (on(schedule="0 3 * * 1", verifyDays=2), "backup.verifyDays", "2 is less than the 7 days that backup.schedule"),
    (on(keepDeletedDays=0), "backup.keepDeletedDays", "0 is not allowed: at least 1"),
    (on(verifyDays=0), "backup.verifyDays", "0 is not allowed: at least 1"),
    (on(objectLockDays=-1), "backup.objectLockDays", "-1 is not allowed: at least 0"),
    (on(objectLockDays=8, keepOnDestroy=True), "backup.objectLockDays", "8 is more than backup.keepDays 7"),
    (on(objectLockDays=3), "backup.objectLockDays", "3 with backup.keepOnDestroy false: a destroy could not delete"),
    (on(replicateTo="us-east-1"), "backup.replicateTo", "us-east-1 is the region of the stack"),
    (on(replicateTo="us-gov-west-1"), "backup.replicateTo", "is in partition aws-us-gov, the stack in aws"),
    (on(replicateTo="mars"), "backup.replicateTo", '"mars" is not allowed: a region such as us-east-1'),
    (on(versioning=True), "backup.versioning", "no such key; Known here: enabled, schedule"),
    (on(keepdays=3), "backup.keepdays", "did you mean keepDays?"),
    ({**AWS, "backup": {"keepDays": 3}}, "backup.keepDays", "has no effect with backup.enabled false"),
    ({**AWS, "backup": True}, "backup", "true is not allowed: keys below it, indented"),
    ({"target": "embedded", "backup": {}}, "backup", "has no effect with target embedded"),
]


@pytest.mark.parametrize(("written", "key", "text"), WRONG, ids=[f"{key} {text[:20]}" for _, key, text in WRONG])
def test_a_wrong_setting_is_refused_with_its_key_its_value_and_what_is_allowed(
    written: dict[str, Any], key: str, text: str
) -> None:
    assert text in problems(written)[key]


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        ("0 3 * * *", 24),
        ("  0   3 * * *", 24),
        ("0 */6 * * *", 6),
        ("30 1,13 * * MON-FRI", 60),
        ("0 3 * jan-dec 1", 168),
        ("0 3 1,15 * *", 408),
        ("0 0 1 * 1", 168),
        ("15 2-4/2 * * *", 22),
    ],
)
def test_schedules_are_read_as_kubernetes_reads_them(schedule: str, hours: float) -> None:
    assert cron.parse(schedule).longest_gap_minutes == hours * 60
    assert accepted(on(schedule=schedule, keepDays=60, verifyDays=60))


def test_production_makes_backups_and_development_does_when_asked() -> None:
    production = {**AWS, "tier": "production"}
    assert (settings(AWS).backup.enabled, settings(production).backup.enabled) == (False, True)
    assert settings({**production, "backup": {"enabled": False}}).backup.enabled is False
    assert (settings(on()).backup.keep_on_destroy, settings(production).backup.keep_on_destroy) == (False, True)


def test_a_region_of_the_same_partition_gets_copies() -> None:
    assert settings(on(replicateTo="eu-west-1")).backup.replicate_to == "eu-west-1"
    assert accepted({**on(replicateTo="us-gov-east-1"), "region": "us-gov-west-1"})
