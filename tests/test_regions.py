"""The whole program in every region: no type that the region lacks, and nothing of another region or partition."""

import json

import pytest

from planning.pricing.prices import load
from planning.regions import TWO_OF_THREE, partition
from tests.components.recording import Recording
from tests.program import run

WITHOUT_MSK = "ap-southeast-6"
REGIONS = sorted(load()["regions"].keys() - {WITHOUT_MSK})
SOME = ("ap-northeast-1", "us-gov-west-1")


def deployed(stack: str, region: str) -> Recording:
    return run(stack, region=region, network={})


def fits(recording: Recording, region: str) -> None:
    known = load()["regions"][region]
    groups = [kind for each in recording.all("aws:eks/nodeGroup:NodeGroup") for kind in each.inputs["instanceTypes"]]
    assert {kind.partition(".")[0] for kind in groups} <= set(known["instances"]["families"])
    broker = recording.one("aws:msk/cluster:Cluster").inputs["brokerNodeGroupInfo"]["instanceType"]
    assert f"msk.{broker}" in known["prices"]
    zones = {each.inputs["availabilityZone"] for each in recording.all("aws:ec2/subnet:Subnet")}
    assert zones == set(recording.stack_outputs["estimate"]["zones"])
    assert all(zone.startswith(region) for zone in zones)
    written = json.dumps([each.inputs for each in recording.resources], default=str)
    for answered in ("elb.us-east-1.amazonaws.com", "oidc.eks.us-east-1.amazonaws.com"):  # by the recording, not by us
        written = written.replace(answered, "")
    assert "us-east-1" not in written or region == "us-east-1"
    if partition(region) != "aws":
        assert '"arn:aws:' not in written


@pytest.mark.parametrize("region", SOME)
def test_a_region_gets_what_it_offers_and_nothing_of_another(region: str) -> None:
    fits(deployed("prod", region), region)


@pytest.mark.slow
@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_region_does(region: str, stack: str) -> None:
    if stack == "prod" and region in TWO_OF_THREE:
        pytest.skip("an account has two zones there, too few for production")
    fits(deployed(stack, region), region)
