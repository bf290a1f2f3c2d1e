"""Nothing may be given twice, even in different notations."""

from typing import Any

import pytest

from tests.settings.written import AWS, EXISTING, accepted, problems

ROLE = {"principalArn": "arn:aws:iam::123456789012:role/team"}
A, B = EXISTING["privateSubnetIds"].values()


@pytest.mark.parametrize(
    ("written", "key", "text"),
    [
        (
            {"access": {"clientCidrs": ["198.51.100.0/24", "198.51.100.0/24"]}},
            "access.clientCidrs",
            "198.51.100.0/24 is named twice; remove one",
        ),
        (
            {"access": {"clientCidrs": ["198.51.100.7", "198.51.100.7/32"]}},
            "access.clientCidrs",
            "198.51.100.7/32 is named twice",
        ),
        (
            {"cluster": {"publicAccessCidrs": ["198.51.100.0/24", "198.51.100.0/255.255.255.0"]}},
            "cluster.publicAccessCidrs",
            "198.51.100.0/24 is named twice",
        ),
        ({"access": {"accountIds": ["123456789012"] * 2}}, "access.accountIds", "123456789012 is named twice"),
        ({"kafka": {"users": ["a", "a"]}}, "kafka.users", "a is named twice"),
        ({"cluster": {"architectures": ["arm64", "arm64"]}}, "cluster.architectures", "arm64 is named twice"),
        (
            {"cluster": {"accessEntries": {"team": ROLE, "ops": {**ROLE, "policy": "edit"}}}},
            "cluster.accessEntries.ops.principalArn",
            "role/team is also cluster.accessEntries.team.principalArn; put what it may do into one entry",
        ),
        (
            {"cluster": {"accessEntries": {"team": {**ROLE, "namespaces": ["shop", "shop"]}}}},
            "cluster.accessEntries.team.namespaces",
            "shop is named twice",
        ),
        (
            {"network": {"existing": {**EXISTING, "privateSubnetIds": {"us-east-1a": A, "us-east-1b": A}}}},
            "network.existing.privateSubnetIds.us-east-1b",
            "is also network.existing.privateSubnetIds.us-east-1a",
        ),
        (
            {"network": {"existing": {**EXISTING, "publicSubnetIds": {"us-east-1a": A}}}},
            "network.existing.publicSubnetIds.us-east-1a",
            "is also network.existing.privateSubnetIds.us-east-1a; a subnet has one zone, and is public or private",
        ),
    ],
)
def test_what_is_named_twice_is_refused(written: dict[str, Any], key: str, text: str) -> None:
    assert text in problems({**AWS, **written})[key]


def test_a_network_with_host_bits_is_told_how_it_is_written() -> None:
    found = problems({**AWS, "access": {"clientCidrs": ["198.51.100.0/24", "198.51.100.9/24"]}})
    assert "198.51.100.9/24 has host bits set; write 198.51.100.0/24" in found["access.clientCidrs[1]"]


def test_networks_that_overlap_are_no_duplicates() -> None:
    assert accepted({**AWS, "access": {"clientCidrs": ["10.0.0.0/8", "10.1.0.0/16"]}})
