"""Backups, lies of the tool, losses and copies on a real Milvus 2.3.5 with authentication on, and S3 with IAM enforced.

All tests judge one run of real_inside.py, which takes several minutes.
"""

from typing import Any

import pytest

from tests.operations.backup.real_inside import HONEST_RUNS
from tests.operations.backup.stand_in import LIES
from tests.testbed.conftest import inside


@pytest.fixture(scope="module")
def said(available: None) -> dict[str, Any]:
    return inside("tests.operations.backup.real_inside")


def test_100_000_rows_of_three_collections_are_in_the_manifest(said: dict[str, Any]) -> None:
    rows = said["under_load"]["rows"]
    assert sum(each["least"] for each in rows.values()) >= 30_600 + 34_000 + 34_000
    assert (rows["default.documents"]["digest"] is None, rows["default.parts"]["digest"] is None) == (False, False)


def test_dropped_overwritten_and_deleted_rows_come_back_as_the_manifest_says(said: dict[str, Any]) -> None:
    assert said["under_load"]["restored"] == {"code": 0, "problems": []}


def test_every_row_that_was_acknowledged_before_the_backup_is_restored(said: dict[str, Any]) -> None:
    load = said["under_load"]["load"]
    assert load["before"] > 0
    assert load["lost"] == 0


def test_users_roles_and_grants_are_in_the_manifest(said: dict[str, Any]) -> None:
    assert said["under_load"]["access"] == {
        "users": {"app": ["default_rw"]},
        "roles": {"default_rw": [["Collection", "documents", "Query", "default"]]},
    }


@pytest.mark.parametrize("lie", LIES)
def test_every_lie_of_the_tool_is_found(said: dict[str, Any], lie: str) -> None:
    (verdict,) = said["lies"][lie]
    assert verdict["result"] == "differs"
    assert verdict["rows" if lie == "builds no index" else LIES[lie]] == "differs"


def test_none_of_20_honest_runs_is_refused(said: dict[str, Any]) -> None:
    assert [each["result"] for each in said["lies"]["honest"]] == ["same"] * HONEST_RUNS


def test_a_copy_from_a_local_stack_that_was_killed_five_times_and_back_has_no_difference(said: dict[str, Any]) -> None:
    assert said["copies"] == {
        "killed": 5,
        "there": {"code": 0, "problems": []},
        "back": {"code": 0, "problems": []},
    }
