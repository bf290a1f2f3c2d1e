"""The program's inputs for AWS have counterparts in AWS' own APIs, and AWS' published rules judge them."""

import subprocess
import sys

import pytest

from rehearsal import coverage
from rehearsal.published import mapping
from rehearsal.stage import ROOT

pytestmark = pytest.mark.slow


def test_the_command_shows_that_at_least_95_percent_is_judged() -> None:
    command = [sys.executable, "-m", "rehearsal.coverage"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    shown = answer.stdout
    assert answer.returncode == 0, shown + answer.stderr
    assert all(name in shown for name in coverage.SETUPS)
    assert "aws:s3/bucket:Bucket forceDestroy: how the provider deletes a bucket, nothing that AWS is told" in shown
    assert "no reason is written down" not in shown


@pytest.mark.parametrize("name", coverage.SETUPS)
def test_every_type_and_property_of_the_program_has_a_counterpart_or_a_reason(name: str) -> None:
    for resource in coverage.deployed(name):
        counterpart = mapping.counterpart(resource.type)
        if counterpart is None:
            assert resource.type in mapping.data()["types_without"]
        else:
            assert (resource.type, mapping.document(counterpart, resource.inputs).unmapped) == (resource.type, [])


def test_no_reason_outlives_its_property() -> None:
    """The map contains only what the program uses, so that all of it is tried."""
    used = {resource.type for name in coverage.SETUPS for resource in coverage.deployed(name)}
    assert used == mapping.data()["types"].keys() | mapping.data()["types_without"].keys()
    inputs = {
        (resource.type, key)
        for name in coverage.SETUPS
        for resource in coverage.deployed(name)
        for key in resource.inputs
    }
    for type_ in mapping.data()["types"]:
        counterpart = mapping.counterpart(type_)
        assert counterpart
        assert {key for key in counterpart.without if (type_, key) not in inputs} <= {"namePrefix"}


def test_a_leaf_that_no_rule_limits_counts_as_unjudged() -> None:
    bucket = next(each for each in coverage.deployed("dev") if each.type == "aws:s3/bucket:Bucket")
    measured = coverage.measure([bucket])
    assert measured.unjudged == {("aws:s3/bucket:Bucket", "forceDestroy")}
    assert ("aws:s3/bucket:Bucket", "bucket") in measured.inputs


def test_leaves_go_by_their_place_without_indexes_and_keys_of_maps() -> None:
    assert coverage.pattern("aws:eks/nodeGroup:NodeGroup", ("taints", 0, "key")) == "taints[].key"
    assert coverage.pattern("aws:eks/nodeGroup:NodeGroup", ("labels", "a.b/c")) == "labels.*"
    template = "aws:ec2/launchTemplate:LaunchTemplate"
    assert coverage.pattern(template, ("tagSpecifications", 0, "tags", "Name")) == "tagSpecifications[].tags.*"
