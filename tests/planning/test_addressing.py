"""Addresses never move: an upgrade that computed other CIDRs would replace subnets, and with them EKS and MSK."""

from ipaddress import IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.addressing import problems, subnets

# Frozen: a change of any of these replaces every machine of every existing stack.
FROZEN = {
    "us-east-1a": ("10.0.128.0/24", "10.0.0.0/20"),
    "us-east-1b": ("10.0.129.0/24", "10.0.16.0/20"),
    "us-east-1c": ("10.0.130.0/24", "10.0.32.0/20"),
    "us-east-1d": ("10.0.131.0/24", "10.0.48.0/20"),
    "us-east-1e": ("10.0.132.0/24", "10.0.64.0/20"),
    "us-east-1f": ("10.0.133.0/24", "10.0.80.0/20"),
}

vpcs = st.tuples(st.integers(0, 255), st.integers(16, 19)).map(lambda drawn: f"10.{drawn[0]}.0.0/{drawn[1]}")
zone_lists = st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=3, unique=True).map(
    lambda letters: [f"eu-central-1{letter}" for letter in letters]
)


@pytest.mark.parametrize("zone", FROZEN)
def test_a_zone_keeps_its_subnets_for_ever(zone: str) -> None:
    found = subnets("10.0.0.0/16", [zone])[zone]
    assert (found.public, found.private) == FROZEN[zone]


@pytest.mark.parametrize(
    ("vpc", "public", "private"),
    [
        ("10.0.0.0/17", "10.0.64.0/25", "10.0.0.0/21"),
        ("10.0.0.0/18", "10.0.32.0/26", "10.0.0.0/22"),
        ("10.0.0.0/19", "10.0.16.0/27", "10.0.0.0/23"),
    ],
)
def test_a_smaller_vpc_gets_smaller_subnets_at_the_same_places(vpc: str, public: str, private: str) -> None:
    found = subnets(vpc, ["us-east-1a"])["us-east-1a"]
    assert (found.public, found.private) == (public, private)


@settings(max_examples=50, derandomize=True)
@given(vpcs, zone_lists)
def test_subnets_lie_in_the_vpc_and_never_overlap(vpc: str, zones: list[str]) -> None:
    networks = [IPv4Network(cidr) for found in subnets(vpc, zones).values() for cidr in (found.public, found.private)]
    assert all(network.subnet_of(IPv4Network(vpc)) for network in networks)
    assert not any(a.overlaps(b) for i, a in enumerate(networks) for b in networks[:i])


@settings(max_examples=50, derandomize=True)
@given(vpcs, zone_lists, st.sampled_from("abcdefgh"))
def test_a_zone_added_later_moves_no_existing_subnet(vpc: str, zones: list[str], letter: str) -> None:
    before, after = subnets(vpc, zones), subnets(vpc, [f"eu-central-1{letter}", *zones])
    assert {zone: after[zone] for zone in zones} == before


def test_the_usual_network_has_no_problem() -> None:
    assert problems("10.0.0.0/16", ["us-east-1a", "us-east-1b", "us-east-1c"]) == []
    assert problems("172.16.0.0/16", ["us-gov-west-1a", "us-gov-west-1b"], "10.100.0.0/16") == []


@pytest.mark.parametrize(
    ("vpc", "zones", "service", "message"),
    [
        ("10.0.0.0/15", "us-east-1a us-east-1b", "172.20.0.0/16", "between /16 and /19"),
        ("10.0.0.0/20", "us-east-1a us-east-1b", "172.20.0.0/16", "between /16 and /19"),
        ("8.8.0.0/16", "us-east-1a us-east-1b", "172.20.0.0/16", "VPC 8.8.0.0/16: not in 10.0.0.0/8"),
        ("10.0.0.1/16", "us-east-1a us-east-1b", "172.20.0.0/16", "has host bits set"),
        ("fd00::/16", "us-east-1a us-east-1b", "172.20.0.0/16", "no IPv4 network"),
        ("10.0.0.0/16", "us-east-1a", "172.20.0.0/16", "1 zones: give 2 or 3"),
        ("10.0.0.0/16", "us-east-1a us-east-1a", "172.20.0.0/16", "named twice"),
        ("10.0.0.0/16", "us-east-1a us-west-2b", "172.20.0.0/16", "one region"),
        ("10.0.0.0/16", "us-east-1a us-west-2-lax-1a", "172.20.0.0/16", "'us-west-2-lax-1a' is no availability zone"),
        ("10.0.0.0/16", "us-east-1a us-east-1b", "172.20.0.0/11", "172.20.0.0/11 has host bits set"),
        ("10.0.0.0/16", "us-east-1a us-east-1b", "172.20.0.0/25", "between /12 and /24"),
        ("10.0.0.0/16", "us-east-1a us-east-1b", "100.64.0.0/16", "EKS takes it from"),
        ("172.20.0.0/16", "us-east-1a us-east-1b", "172.20.0.0/16", "for example the service CIDR to 10.100.0.0/16"),
        ("10.100.0.0/16", "us-east-1a us-east-1b", "10.100.0.0/16", "for example the service CIDR to 172.20.0.0/16"),
        ("0.0.0.0/0", "us-east-1a us-east-1b", "172.20.0.0/16", "for example the service CIDR to 192.168.0.0/16"),
        ("172.20.128.0/17", "us-east-1a us-east-1b", "172.20.0.0/16", "overlap"),
    ],
)
def test_a_wrong_network_is_refused_with_the_way_out(vpc: str, zones: str, service: str, message: str) -> None:
    assert any(message in problem for problem in problems(vpc, zones.split(), service))


def test_all_mistakes_are_told_at_once() -> None:
    assert len(problems("8.0.0.0/8", ["x"], "8.0.0.0/30")) == 7
