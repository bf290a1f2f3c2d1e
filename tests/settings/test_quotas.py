"""Counts that AWS limits, which include resources that the program itself creates."""

from typing import Any

import pytest

from tests.settings.written import AWS, accepted, problems

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
NAMES = {"milvus": "milvus.example.com", "attu": "attu.example.com"}
MILVUS_ALONE: dict[str, Any] = {"attu": {"exposure": "none"}}


def networks(count: int) -> list[str]:
    return [f"198.51.{number}.0/24" for number in range(count)]


@pytest.mark.parametrize(
    ("settings", "access", "most"),
    [
        (MILVUS_ALONE, {}, 59),  # 60 rules, of which one is the client security group's
        ({"attu": {"exposure": "internal", "behind": "nlb"}}, {}, 29),  # ports 19530 and 3000 in one group
        ({"attu": {"exposure": "internal"}}, {}, 59),  # a group for Attu, by HTTP alone
        ({"attu": {"exposure": "internal"}}, {"certificateArn": CERTIFICATE, "domain": NAMES}, 30),  # 80 and 443
    ],
)
def test_clients_are_as_many_as_the_security_groups_hold(
    settings: dict[str, Any], access: dict[str, Any], most: int
) -> None:
    assert accepted({**AWS, **settings, "access": {**access, "clientCidrs": networks(most)}})
    found = problems({**AWS, **settings, "access": {**access, "clientCidrs": networks(most + 1)}})
    assert f"{most + 1} networks: each needs rules in the security groups of " in found["access.clientCidrs"]
    assert f"give at most {most}, for example by joining" in found["access.clientCidrs"]


def test_seventy_clients_are_too_many() -> None:
    text = problems({**AWS, **MILVUS_ALONE, "access": {"clientCidrs": networks(70)}})["access.clientCidrs"]
    assert text.startswith("70 networks: each needs rules in the security groups of Milvus' load balancer, which hold")
    assert "give at most 59" in text


def test_the_kubernetes_api_takes_forty_networks() -> None:
    assert accepted({**AWS, "cluster": {"publicAccessCidrs": networks(40)}})
    found = problems({**AWS, "cluster": {"publicAccessCidrs": networks(41)}})
    assert found["cluster.publicAccessCidrs"] == "41 networks: EKS takes 40; join neighbours"
