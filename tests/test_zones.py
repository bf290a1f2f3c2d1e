"""Which zones a stack takes: those that AWS says the account has, whatever the region's table expects."""

from typing import Any

import pulumi
import pytest

from tests.program import run, zones

ZONES = "aws:index/getAvailabilityZones:getAvailabilityZones"
SUBNET = "aws:ec2/subnet:Subnet"


def zones_of(region: str, letters: str, **settings: Any) -> set[str]:
    answers = {ZONES: zones(region, letters)}
    recording = run("dev", region=region, answers=answers, **settings)
    return {subnet.inputs["availabilityZone"] for subnet in recording.all(SUBNET)}


@pytest.mark.parametrize(
    ("region", "letters", "taken"),
    [
        ("us-east-1", "abcdef", {"us-east-1a", "us-east-1b"}),
        ("us-east-1", "cdf", {"us-east-1c", "us-east-1d"}),
        ("us-west-1", "ac", {"us-west-1a", "us-west-1c"}),
        ("ap-northeast-1", "abcd", {"ap-northeast-1a", "ap-northeast-1c"}),
    ],
)
def test_a_stack_without_named_zones_takes_those_of_the_account(region: str, letters: str, taken: set[str]) -> None:
    assert zones_of(region, letters) == taken


def test_local_zones_are_not_asked_for_and_those_without_eks_are_left_out() -> None:
    answer = {"names": ["us-east-1a", "us-east-1b", "us-east-1c"], "zoneIds": ["use1-az3", "use1-az1", "use1-az2"]}
    recording = run("dev", answers={ZONES: answer})
    assert {subnet.inputs["availabilityZone"] for subnet in recording.all(SUBNET)} == {"us-east-1b", "us-east-1c"}
    ((_, asked),) = [invoke for invoke in recording.invokes if invoke[0] == ZONES]
    assert asked == {"state": "available", "filters": [{"name": "zone-type", "values": ["availability-zone"]}]}
    assert recording.stack_outputs["estimate"]["zones"] == ["us-east-1b", "us-east-1c"]


@pytest.mark.parametrize(
    ("letters", "named", "why"),
    [
        ("ab", ["us-east-1a", "us-east-1d"], "us-east-1d: this account has us-east-1a, us-east-1b for EKS"),
        ("a", [], "1 zones of us-east-1 take EKS in this account, 2 are needed; choose another region"),
    ],
)
def test_zones_that_the_account_lacks_are_refused_before_anything_is_made(
    letters: str, named: list[str], why: str
) -> None:
    with pytest.raises(pulumi.RunError, match=f"milvus-on-aws:network.zones: {why}"):
        zones_of("us-east-1", letters, network={"zones": named})
