"""Number of addresses that a deployment needs in each subnet."""

import pytest

from planning.addresses import demand, node_addresses
from planning.addressing import usable
from planning.estimate import estimate
from planning.workload import Workload


@pytest.mark.parametrize(
    ("instance", "pods", "addresses"),
    [
        ("m7g.large", 1, 20),  # one interface of 10 in use, one in reserve
        ("m7g.large", 9, 20),  # nine pods beside the interface's own address
        ("m7g.large", 10, 30),
        ("m7g.large", 29, 30),  # it has three interfaces, no more
        ("r7g.8xlarge", 5, 60),
    ],
)
def test_a_node_takes_whole_interfaces_and_one_in_reserve(instance: str, pods: int, addresses: int) -> None:
    assert node_addresses(instance, pods) == addresses


def test_a_zone_needs_room_for_nodes_brokers_balancers_and_eks() -> None:
    plan = estimate(Workload(vectors=100_000_000, dimension=1536), "production")
    assert [(group.instance, group.nodes_a_zone) for group in plan.fleet.groups] == [
        ("r7g.12xlarge", 2),
        ("r7g.8xlarge", 1),
    ]
    # (2 + 1 nodes and 2 of each group during an update) x 60, a broker, EKS' 6, a load balancer's 8
    needed = demand(plan, private_balancers=1, public_balancers=0, interface_endpoints=0, nat=True)
    assert needed.private == dict.fromkeys(plan.zones, 7 * 60 + 1 + 6 + 8)
    assert needed.public == 1


def test_public_balancers_take_public_addresses_and_endpoints_private_ones() -> None:
    plan = estimate(Workload(vectors=1_000_000, dimension=1024))
    inside = demand(plan, private_balancers=2, public_balancers=0, interface_endpoints=0, nat=False)
    outside = demand(plan, private_balancers=0, public_balancers=2, interface_endpoints=9, nat=False)
    assert (inside.public, outside.public) == (0, 16)
    assert inside.private["us-east-1b"] - outside.private["us-east-1b"] == 2 * 8 - 9


def test_in_development_only_the_first_zone_has_nodes() -> None:
    plan = estimate(Workload(vectors=1_000_000, dimension=1024))
    private = demand(plan, private_balancers=1, public_balancers=0, interface_endpoints=0, nat=False).private
    assert private["us-east-1b"] == 1 + 6 + 8
    assert private["us-east-1a"] > 100


def test_five_addresses_of_a_subnet_are_aws_own() -> None:
    assert (usable("10.0.0.0/27"), usable("10.0.0.0/24")) == (27, 251)
