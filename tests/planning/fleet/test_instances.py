"""Allocatable resources of each instance type equal Karpenter's published table (AL2023)."""

import pytest

from planning.fleet.instances import DAEMON_MIB, DAEMON_MILLICPU, catalogue, max_pods


# https://karpenter.sh/docs/reference/instance-types/: cpu, memory, pods, instance-local-nvme (GB)
@pytest.mark.parametrize(
    ("name", "millicpu", "mib"),
    [
        ("c7g.large", 1930, 3055),
        ("m7g.large", 1930, 6844),
        ("m7g.2xlarge", 7910, 29258),
        ("m7gd.xlarge", 3920, 14103),
        ("r7i.large", 1930, 14481),
        ("r7gd.12xlarge", 47810, 360736),
        ("r7g.16xlarge", 63770, 476445),
        ("i4g.16xlarge", 63770, 476445),
    ],
)
def test_a_node_offers_what_kubelet_leaves(name: str, millicpu: int, mib: int) -> None:
    item = catalogue()[name]
    assert (item.millicpu + DAEMON_MILLICPU, item.mib + DAEMON_MIB) == (millicpu, mib)


@pytest.mark.parametrize(("interfaces", "addresses", "pods"), [(3, 10, 29), (4, 15, 58), (8, 30, 234), (15, 50, 737)])
def test_interfaces_limit_the_pods(interfaces: int, addresses: int, pods: int) -> None:
    assert max_pods(interfaces, addresses) == pods


def test_a_managed_node_group_limits_them_further() -> None:
    assert [catalogue()[name].pods + 3 for name in ("m7g.large", "m7g.4xlarge", "m7g.16xlarge")] == [29, 110, 250]


def test_local_disks_grow_with_the_machine() -> None:
    gb = {
        name: round(catalogue()[name].nvme_gib / 0.9 * 1024**3 / 1e9, -1) for name in ("r7gd.xlarge", "r7gd.12xlarge")
    }
    assert gb == {"r7gd.xlarge": pytest.approx(237, abs=4), "r7gd.12xlarge": pytest.approx(2850, abs=30)}


def test_a_billion_vectors_fit_on_what_is_offered() -> None:
    assert {item.vcpu for item in catalogue().values()} == {2, 4, 8, 16, 32, 48, 64}
    assert {item.architecture for item in catalogue().values()} == {"arm64", "x86_64"}
