"""Partitions and host names of regions."""

import pytest

from rehearsal.published.regions import dns_suffix, partition


@pytest.mark.parametrize(
    ("region", "name", "suffix"),
    [
        ("us-east-1", "aws", "amazonaws.com"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
        ("nowhere", "aws", "amazonaws.com"),
    ],
)
def test_each_partition_has_its_name_and_its_host_names(region: str, name: str, suffix: str) -> None:
    assert (partition(region), dns_suffix(region)) == (name, suffix)
