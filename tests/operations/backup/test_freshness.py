"""An upgrade demands a verified backup of the last day, and whoever deletes a stack is told of its last one."""

from datetime import UTC, datetime, timedelta

import pytest

from milvus_contract import parse
from operations.backup import freshness
from operations.backup.backups import Listed
from operations.backup.bucket import Bucket
from operations.backup.freshness import last, missing
from operations.destroyable import last_backup
from operations.stack import StackError
from tests.milvus_contract.contracts import AWS

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
STACK = parse(AWS | {"contract_version": "1.1", "backup_bucket_name": "backups"}, "test")


def backup(name: str, hours: float, *, verified: bool = True, problem: str | None = None) -> Listed:
    made = (NOW - timedelta(hours=hours)).isoformat(timespec="seconds")
    return Listed(name, made, 1, 10, [], 100, made if verified else None, ["default.a"] if verified else [], problem)


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> list[Listed]:
    there: list[Listed] = []
    monkeypatch.setattr(freshness, "listed", lambda _: there)
    monkeypatch.setattr(Bucket, "of", lambda _: Bucket(None, "backups"))
    monkeypatch.delenv("ALLOW", raising=False)
    return there


def test_a_verified_backup_of_the_last_day_is_enough(found: list[Listed]) -> None:
    found += [backup("new", 1, verified=False), backup("proven", 23)]
    assert missing(STACK, NOW) == ""


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ([], "none was ever verified"),
        ([backup("a", 1, verified=False)], "none was ever verified"),
        ([backup("a", 1, problem="object x is missing")], "none was ever verified"),
        ([Listed("night", None, 0, 0, [], 0, None, [], "it has no manifest")], "none was ever verified"),
        ([backup("a", 25)], "the last verified one is a of 2026-11-25 11:00 UTC (default.a)"),
    ],
)
def test_anything_else_is_refused_unless_it_is_allowed_by_name(
    found: list[Listed], there: list[Listed], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found += there
    assert missing(STACK, NOW).startswith(f"no backup of the last day was verified ({said}): `make backup`")
    monkeypatch.setenv("ALLOW", "other")
    assert missing(STACK, NOW)
    monkeypatch.setenv("ALLOW", "backup")
    assert missing(STACK, NOW) == ""


def test_a_stack_without_backups_is_asked_for_none() -> None:
    assert missing(parse(AWS, "test"), NOW) == ""
    assert last(parse(AWS, "test")) == ""


def test_whoever_deletes_a_stack_is_told_of_its_last_verified_backup(
    found: list[Listed], monkeypatch: pytest.MonkeyPatch
) -> None:
    found += [backup("new", 1, verified=False), backup("proven", 50)]
    root = {"type": "pulumi:pulumi:Stack", "outputs": {"backup_bucket_name": "backups", "aws_region": "us-east-1"}}
    state = {"deployment": {"resources": [root]}}
    assert last_backup("prod", state).startswith(
        "of its backups the last verified one is proven of 2026-11-24 10:00 UTC"
    )
    root["outputs"] = {}
    assert last_backup("prod", state) == ""

    def refused(_: object) -> list[Listed]:
        raise StackError("AccessDenied")

    monkeypatch.setattr(freshness, "listed", refused)
    assert last(STACK) == "which backups there are can't be told: AccessDenied"
