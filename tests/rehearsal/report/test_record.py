"""The record of a rehearsal, and its comparison with the next rehearsal."""

import json
from pathlib import Path

import pytest

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.report.comparison import Difference, compare, differences
from rehearsal.report.record import Record
from rehearsal.report.report import Report
from rehearsal.report.settled import Settled
from tests.rehearsal.report.reports import recorded, report

URN = "urn:pulumi:dev::p::"


def invented(suffix: str, group: str, password: str) -> Settled:
    """A cloud in which everything random is as given."""
    cloud = Cloud()
    bucket, arn = f"data-{suffix}", f"arn:aws:s3:::data-{suffix}"
    cloud.put(
        Resource("aws:s3/bucket:Bucket", bucket, f"{URN}aws:s3/bucket:Bucket::data", {"bucket": bucket}, {"arn": arn})
    )
    policy = json.dumps({"Resource": f"{arn}/*", "Group": group})
    inputs = {"policy": policy, "hash": "0" * 24 + suffix + "f" * 8, "password": password}
    cloud.put(Resource("aws:iam/role:Role", "role", f"{URN}aws:iam/role:Role::role", inputs))
    cloud.put(
        Resource("aws:ec2/securityGroup:SecurityGroup", group, f"{URN}aws:ec2/securityGroup:SecurityGroup::nodes")
    )
    secret = {"secretString": password}
    cloud.put(Resource("aws:secretsmanager/secretVersion:SecretVersion", "v", f"{URN}t:m:SecretVersion::root", secret))
    return Settled(cloud, [password])


def test_what_a_rehearsal_invents_is_no_change() -> None:
    first, second = (
        invented("1234abc", "sg-0123456789abcdef0", "first"),
        invented("abc1234", "sg-fedcba98765432100", "other"),
    )
    assert first.inputs == second.inputs
    assert first.inputs["data (aws:s3/bucket:Bucket)"] == {"bucket": "<data>"}
    assert first.inputs["role (aws:iam/role:Role)"]["password"] == "********"
    assert first.inputs["root (t:m:SecretVersion)"] == {}
    assert first.text("left: data-1234abc") == second.text("left: data-abc1234")


def test_a_record_is_read_back_and_one_of_another_version_is_none(tmp_path: Path) -> None:
    file = tmp_path / "records" / "dev.json"
    assert Record.load(file) is None
    now = recorded(report())
    now.save(file, None)
    assert Record.load(file) == now
    file.write_text('{"another": 1}')
    assert Record.load(file) is None
    file.write_text("{half")
    assert Record.load(file) is None


def test_a_rehearsal_that_made_nothing_keeps_what_the_one_before_it_had(tmp_path: Path) -> None:
    file = tmp_path / "dev.json"
    before = recorded(report(settled=invented("1234abc", "sg-0123456789abcdef0", "x")))
    failed = recorded(Report("dev", violations=["no"]))
    failed.save(file, before)
    kept = Record.load(file)
    assert kept
    assert (kept.violations, kept.minutes_to_ready, kept.usd_per_month) == (["no"], 30.5, 90.5)
    assert kept.resources == before.resources


def test_every_kind_of_change_is_told() -> None:
    before = recorded(
        report(violations=["old\n  rule: r (s)"]), **{"milvus-on-aws:workload": {"vectors": 1, "index": "HNSW"}}
    )
    now = recorded(report(minutes_to_ready=31, violations=["new"]), **{"milvus-on-aws:workload": {"vectors": 2}})
    found = compare(before, now)
    assert found.settings == [
        Difference("milvus-on-aws:workload.index", "HNSW", ""),
        Difference("milvus-on-aws:workload.vectors", "1", "2"),
    ]
    assert found.numbers == [Difference("minutes to ready", "30.50", "31.00")]
    assert (found.appeared, found.gone) == (["new"], ["old\n  rule: r (s)"])
    assert not found.nothing
    assert compare(now, now).nothing


def test_resources_are_compared_only_if_both_made_some() -> None:
    made = recorded(report(settled=invented("1234abc", "sg-0123456789abcdef0", "x")))
    nothing = recorded(Report("dev", violations=["no"]))
    assert compare(made, nothing).not_compared
    assert compare(made, nothing).removed == []


@pytest.mark.parametrize(("old", "new", "shown"), [
    ("x" * 200 + "a", "x" * 200 + "b", ("…" + "x" * 30 + "a", "…" + "x" * 30 + "b")),
    ("short", "other", ("short", "other")),
])  # fmt: skip
def test_long_values_are_shown_where_they_differ(old: str, new: str, shown: tuple[str, str]) -> None:
    (found,) = differences({"path": old}, {"path": new})
    assert (found.old, found.new) == shown
