"""Which version of Milvus may follow which, and in which order the roles follow."""

from datetime import date

import pytest

from operations.stack import StackError
from operations.upgrade.step import check, order, refusal

TODAY = date(2026, 11, 26)
FORWARDS = ("mixCoordinator", "streamingNode", "queryNode", "dataNode", "proxy")


@pytest.mark.parametrize(
    ("running", "to"), [("2.6.20", "2.6.21"), ("2.6.21", "2.6.20"), ("2.6.20", "2.6.20"), ("2.6.20", "2.7.0")]
)
def test_patches_go_both_ways_and_minor_versions_up_by_one(running: str, to: str) -> None:
    assert refusal(running, to) is None


@pytest.mark.parametrize(
    ("running", "to", "reason"),
    [
        ("2.6.20", "2.8.0", "one minor version at a time: 2.7 is next"),
        ("2.6.20", "2.5.16", "an older minor version does not read what a newer one has written"),
        ("3.0.2", "2.6.20", "an older minor version does not read"),
        ("2.6.20", "3.0.2", "no way back from 3.0, but by a restore of a backup"),
        ("2.6.19", "3.0.2", "after a backup that was verified"),
    ],
)
def test_what_is_no_step_is_refused_with_the_reason(running: str, to: str, reason: str) -> None:
    with pytest.raises(StackError, match=f"^TO={to}: .*{reason}"):
        check({running}, to, TODAY)


@pytest.mark.parametrize("to", ["latest", "2.6", "v2.6.x", "", "2.6.20-gpu"])
def test_what_is_no_version_is_refused(to: str) -> None:
    with pytest.raises(StackError, match=f"^TO={to}: expected a version of Milvus with three numbers, such as 2.6.20"):
        check({"2.6.20"}, to, TODAY)


def test_a_version_that_this_program_does_not_deploy_is_refused_with_its_reason() -> None:
    with pytest.raises(StackError, match=r"^TO=2\.6\.22: S3 answers AccessDenied now and then .* Use 2\.6\.19"):
        check({"2.6.20"}, "2.6.22", TODAY)


def test_every_version_that_runs_must_allow_the_step() -> None:
    with pytest.raises(StackError, match=r"Milvus runs 2\.5\.16"):
        check({"2.7.0", "2.5.16"}, "2.7.0", TODAY)


def test_roles_follow_as_milvus_own_operator_has_them_and_go_back_in_reverse() -> None:
    assert order({"2.6.20"}, "2.6.21") == FORWARDS
    assert order({"2.6.20", "2.6.21"}, "2.6.21") == FORWARDS
    assert order({"2.6.21"}, "2.6.20") == FORWARDS[::-1]
    assert order({"2.6.20", "2.6.21"}, "2.6.20") == FORWARDS[::-1]
