"""Zones and partitions of regions, as far as they are known without asking an account."""

import pytest

from planning.deployment import zone_names
from planning.errors import PlanningError
from planning.regions import chosen_zones, first_zones, partition, unsupported, zone_problem


@pytest.mark.parametrize(
    ("region", "letters"),
    [
        ("us-east-1", "abc"),
        ("ap-northeast-1", "acd"),
        ("ca-central-1", "abd"),
        ("us-gov-west-1", "abc"),
        ("us-west-1", "ab"),
    ],
)
def test_the_first_zones_are_those_of_a_new_account(region: str, letters: str) -> None:
    assert first_zones(region, 3) == tuple(region + letter for letter in letters)


def test_a_region_with_two_zones_holds_no_three() -> None:
    with pytest.raises(PlanningError, match="region us-west-1 has 2 zones for an account, not 3; choose another"):
        zone_names("us-west-1", "production")
    assert zone_names("ap-northeast-1", "development") == ("ap-northeast-1a", "ap-northeast-1c")


@pytest.mark.parametrize(
    ("region", "count", "there", "chosen"),
    [
        ("us-east-1", 2, "abcdf", "ab"),
        ("us-east-1", 3, "cbdf", "bcd"),
        ("ap-northeast-1", 2, "abcd", "ac"),  # an older account's b comes last: nothing moves that stands in a and c
        ("us-west-1", 2, "ac", "ac"),
        ("us-west-1", 2, "c", "c"),
    ],
)
def test_zones_of_the_account_are_taken_those_of_the_table_first(
    region: str, count: int, there: str, chosen: str
) -> None:
    zones = chosen_zones(region, count, [region + letter for letter in there])
    assert zones == tuple(region + letter for letter in chosen)


@pytest.mark.parametrize(
    ("region", "zone", "problem"),
    [
        ("eu-west-1", "eu-west-1d", "region eu-west-1 has zones a, b, c only"),
        ("ca-central-1", "ca-central-1c", "region ca-central-1 has zones a, b, d only"),
        ("us-east-2", "us-east-2f", "region us-east-2 has zones a, b, c only"),
        ("us-east-1", "us-east-2a", "not in region us-east-1, whose zones are called us-east-1a and so on"),
        ("us-west-2", "us-west-2-lax-1a", "not in region us-west-2, whose zones are called us-west-2a and so on"),
        ("us-east-1", "us-east-1f", None),
        ("ap-northeast-1", "ap-northeast-1b", None),  # accounts of before 2018 have it
    ],
)
def test_a_zone_that_no_account_has_is_told(region: str, zone: str, problem: str | None) -> None:
    assert zone_problem(region, zone) == problem


@pytest.mark.parametrize(
    "region", ["cn-north-1", "cn-northwest-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1"]
)
def test_a_partition_with_other_host_names_is_not_deployed_to(region: str) -> None:
    assert "it is in a partition of AWS with other host names and ARNs" in str(unsupported(region))


def test_commercial_regions_and_govcloud_are() -> None:
    assert [unsupported(region) for region in ("eu-west-1", "us-gov-east-1", "il-central-1", "us-east-2")] == [None] * 4
    assert [partition(region) for region in ("eu-west-1", "us-gov-east-1")] == ["aws", "aws-us-gov"]
