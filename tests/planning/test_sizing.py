"""Sizes equal those of the official tool, milvus.io/tools/sizing for Milvus 2.6 (source files: planning/sizing.py)."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.deployment import deploy
from planning.sizing import (
    Mode,
    Role,
    base_gib,
    cluster_roles,
    dependencies,
    disk_gib,
    loading_gib,
    raw_gib,
    recommended_mode,
    size,
    standalone_offered,
    standalone_role,
    streaming_role,
)
from planning.workload import Index, Workload

GIB = 1024**3
V = 1_000_000 * 1024 * 4 / GIB
"""One million 1024-dimensional vectors: 3.8147 GiB."""
CENTROIDS = 128 * 1024 * 4 / GIB


def million(index: Index = "HNSW", **changes: object) -> Workload:
    return replace(Workload(vectors=1_000_000, dimension=1024, index=index), **changes)


@pytest.mark.parametrize(
    ("workload", "base", "disk"),
    [
        (million("FLAT"), V, 0),
        (million("IVF_FLAT"), V + CENTROIDS, 0),
        (million("IVF_SQ8"), V / 4 + CENTROIDS, 0),
        (million("IVF_RABITQ"), V / 32 + CENTROIDS, 0),
        (million("IVF_RABITQ", refine_bits=6), V * 7 / 32 + CENTROIDS, 0),
        (million("IVF_RABITQ", refine_bits=8), V * 9 / 32 + CENTROIDS, 0),
        (million("IVF_RABITQ", refine_bits=16), V * 17 / 32 + CENTROIDS, 0),
        (million("IVF_RABITQ", refine_bits=32), V * 33 / 32 + CENTROIDS, 0),
        (million("SCANN"), V * 9 / 8, 0),
        (million("SCANN", raw_data=False), V / 8, 0),
        (million("HNSW"), V * (1 + 60 / 1024), 0),
        (million("HNSW", hnsw_m=16), V * (1 + 32 / 1024), 0),
        (million("DISKANN"), V / 4, V * (1 + 56 / 1024)),
    ],
)
def test_an_index_takes_what_the_tool_says(workload: Workload, base: float, disk: float) -> None:
    assert base_gib(workload) == pytest.approx(base, rel=1e-12)
    assert disk_gib(workload) == pytest.approx(disk, rel=1e-12)


def test_loading_adds_two_segments_and_fifteen_percent_and_the_scalars() -> None:
    scalars = 1_000_000 * 100 / GIB
    assert loading_gib(million()) == pytest.approx((V * (1 + 60 / 1024) + 2) * 1.15)
    assert loading_gib(million(scalar_bytes=100)) == pytest.approx((V * (1 + 60 / 1024) + 2) * 1.15 + scalars)
    assert loading_gib(million(segment_mib=512)) == pytest.approx((V * (1 + 60 / 1024) + 1) * 1.15)


def test_diskann_loads_without_segments() -> None:
    assert loading_gib(million("DISKANN")) == pytest.approx(V / 4 * 1.15)


def test_memory_mapped_scalars_leave_a_tenth_in_memory_and_all_on_disk() -> None:
    mapped = million(scalar_bytes=1000, mmap=True)
    assert loading_gib(mapped) == pytest.approx(loading_gib(million()) + 1_000_000 * 1000 / GIB / 10)
    assert disk_gib(mapped) == pytest.approx(1_000_000 * 1000 / GIB)


def test_one_million_of_1024_dimensions_is_the_published_example() -> None:
    assert raw_gib(million()) == pytest.approx(3.815, abs=0.001)
    assert loading_gib(million()) == pytest.approx(6.94, abs=0.01)
    roles = size(million()).cluster
    assert (sum(role.count * role.cpu for role in roles), sum(role.count * role.gib for role in roles)) == (8, 32)


# loading GiB: queryNode, proxy, mixCoordinator, dataNode as count x CPU / GiB
CLUSTER = {
    0: "1x2/8 1x1/4 1x1/4 1x2/8",
    7.999: "1x2/8 1x1/4 1x1/4 1x2/8",
    8: "1x4/16 1x2/8 1x2/8 1x4/16",
    15.999: "1x4/16 1x2/8 1x2/8 1x4/16",
    16: "2x4/16 1x2/8 1x2/8 2x4/16",
    32: "3x4/16 1x2/8 1x2/8 2x4/16",
    48: "4x4/16 1x2/8 1x2/8 2x4/16",
    63.999: "4x4/16 1x2/8 1x2/8 2x4/16",
    64: "5x4/16 1x2/8 1x2/8 4x4/16",
    80: "6x4/16 1x2/8 1x2/8 4x4/16",
    95.999: "6x4/16 1x2/8 1x2/8 4x4/16",
    96: "3x8/32 1x8/32 1x8/32 8x8/16",
    97: "4x8/32 1x8/32 1x8/32 8x8/16",
    511.999: "16x8/32 1x8/32 1x8/32 8x8/16",
    512: "8x16/64 1x8/32 1x8/32 8x8/16",
    2047.999: "32x16/64 1x8/32 1x8/32 8x8/16",
    2048: "16x32/128 1x8/32 1x8/32 8x8/16",
    2049: "17x32/128 1x8/32 1x8/32 8x8/16",
}


@pytest.mark.parametrize(("loading", "expected"), CLUSTER.items())
def test_a_cluster_has_the_roles_of_its_tier(loading: float, expected: str) -> None:
    roles = {role.name: role for role in cluster_roles(loading)}
    text = [
        f"{role.count}x{role.cpu:g}/{role.gib:g}"
        for role in (roles["queryNode"], roles["proxy"], roles["mixCoordinator"], roles["dataNode"])
    ]
    assert " ".join(text) == expected


STREAMING = {
    0: "1x2/8",
    2: "1x2/8",
    16: "1x2/8",
    17: "1x4/16",
    32: "1x4/16",
    33: "2x4/16",
    64: "2x4/16",
    65: "2x8/32",
    128: "2x8/32",
    129: "3x8/32",
    192: "3x8/32",
    193: "4x8/32",
    896: "14x8/32",
}


@pytest.mark.parametrize(("cores", "expected"), STREAMING.items())
def test_streaming_nodes_follow_the_cores_of_the_query_nodes(cores: int, expected: str) -> None:
    role = streaming_role(cores)
    assert f"{role.count}x{role.cpu:g}/{role.gib:g}" == expected


@pytest.mark.parametrize(
    ("loading", "cpu", "gib"), [(1, 2, 8), (8, 2, 8), (8.1, 4, 16), (16, 4, 16), (16.1, 8, 32), (32.1, 16, 64)]
)
def test_standalone_grows_in_steps(loading: float, cpu: float, gib: float) -> None:
    assert standalone_role(loading) == Role("standalone", 1, cpu, gib)


@pytest.mark.parametrize(
    ("vectors", "index", "mode", "offered"),
    [
        (10_000_000, "HNSW", "standalone", True),
        (10_000_001, "HNSW", "cluster", True),
        (50_000_000, "DISKANN", "standalone", True),
        (50_000_001, "DISKANN", "cluster", True),
        (100_000_000, "HNSW", "cluster", True),
        (100_000_001, "HNSW", "cluster", False),
        (500_000_001, "DISKANN", "cluster", False),
    ],
)
def test_the_mode_follows_the_raw_data(vectors: int, index: Index, mode: Mode, offered: bool) -> None:
    workload = Workload(vectors=vectors, dimension=768, index=index)
    assert recommended_mode(workload) == mode
    assert standalone_offered(workload) == offered


@pytest.mark.parametrize(
    ("vectors", "etcd", "etcd_disk", "broker", "broker_disk"),
    [
        (1_000_000, Role("etcd", 3, 1, 4), 20, Role("broker", 3, 2, 8), 20),
        (50_000_000, Role("etcd", 3, 1, 4), 20, Role("broker", 3, 2, 8), 144),
        (100_000_000, Role("etcd", 3, 1, 8), 50, Role("broker", 3, 4, 16), 287),
    ],
)
def test_a_cluster_needs_etcd_and_kafka(
    vectors: int, etcd: Role, etcd_disk: int, broker: Role, broker_disk: int
) -> None:
    needs = dependencies(Workload(vectors=vectors, dimension=768), "cluster")
    assert (needs.etcd, needs.etcd_disk_gib, needs.broker, needs.broker_disk_gib) == (
        etcd,
        etcd_disk,
        broker,
        broker_disk,
    )


def test_growth_is_sized_for() -> None:
    assert size(million(growth=3.0)) == size(million(vectors=3_000_000))


some = st.builds(
    Workload,
    vectors=st.integers(1, 2_000_000_000),
    dimension=st.integers(2, 4096),
    index=st.sampled_from(get_args(Index)),
    scalar_bytes=st.integers(0, 4096),
    mmap=st.booleans(),
    replicas=st.integers(1, 4),
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(some, st.integers(1, 10**9), st.integers(1, 4096))
def test_more_vectors_or_dimensions_never_need_less(workload: Workload, vectors: int, dimensions: int) -> None:
    before = size(workload)
    more = size(replace(workload, vectors=workload.vectors + vectors))
    wider = size(replace(workload, dimension=workload.dimension + dimensions))
    for after in (more, wider):
        assert after.raw_gib >= before.raw_gib
        assert after.base_gib >= before.base_gib
        assert after.disk_gib >= before.disk_gib
        assert after.loading_gib >= before.loading_gib
        assert memory(after.cluster, "queryNode") >= memory(before.cluster, "queryNode")


def memory(roles: tuple[Role, ...], name: str) -> float:
    return sum(role.count * role.gib for role in roles if role.name == name)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(some, st.sampled_from(("development", "production")))
def test_nothing_is_deployed_smaller_than_the_tool_says(workload: Workload, tier: str) -> None:
    made = deploy(workload, "production" if tier == "production" else "development")
    sizing = size(workload)
    tool = sizing.cluster if made.mode == "cluster" else (sizing.standalone,)
    deployed = {role.name: role for role in made.roles}
    for role in tool:
        assert role is not None
        ours = deployed[role.name]
        assert (ours.count, ours.cpu, ours.gib) >= (role.count, role.cpu, role.gib)
        assert ours.mib == role.gib * 1024
    assert made.etcd.gib == dependencies(workload, made.mode).etcd.gib


def test_production_has_a_second_copy_of_every_role() -> None:
    roles = {role.name: role.count for role in deploy(million(), "production").roles}
    assert roles == {"queryNode": 2, "streamingNode": 2, "dataNode": 2, "proxy": 2, "mixCoordinator": 2}
