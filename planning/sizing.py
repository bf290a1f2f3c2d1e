"""Computes the memory, disk and CPU that Milvus needs, by the rules and numbers of the official sizing tool.

Our additions (second copies, CPU requests) are in deployment.py; machines and cost are elsewhere.

Source of every number here: milvus.io/tools/sizing for Milvus 2.6, file src/utils/sizingTool.ts of milvus-io/milvus.io
(memoryAndDiskCalculator, clusterNodesConfigCalculator, streamNodeConfigCalculator, dependencyCalculator) and
sizingToolCommon.ts (standaloneNodeConfigCalculator, rawDataSizeCalculator). GiB is 1024^3 bytes, as in the tool.
"""

from dataclasses import dataclass
from math import ceil
from typing import Literal

from planning.workload import Workload

Mode = Literal["standalone", "cluster"]

_GIB = 1024**3
_MILLION_768D_GIB = 1_000_000 * 768 * 4 / _GIB


@dataclass(frozen=True)
class Role:
    """`count` pods of one kind. `cpu` (cores) and `gib` are the tool's numbers for one pod, which we use as limits."""

    name: str
    count: int
    cpu: float
    gib: float


@dataclass(frozen=True)
class Dependencies:
    """The etcd members and Kafka brokers that the tool asks for; for a standalone Milvus the tool asks for no Kafka."""

    etcd: Role
    etcd_disk_gib: int
    broker: Role | None
    broker_disk_gib: int


@dataclass(frozen=True)
class Sizing:
    """The tool's answer for one workload. The functions of the same names below say what each size means."""

    raw_gib: float
    base_gib: float
    disk_gib: float
    loading_gib: float
    standalone: Role | None
    """Standalone mode's role; None if the tool does not offer this mode for so much data."""
    cluster: tuple[Role, ...]
    recommended: Mode

    @property
    def stored_gib(self) -> float:
        """GiB of objects in the bucket, as the sizing tool estimates them: raw data and index files."""
        return self.raw_gib + self.loading_gib


def size(workload: Workload) -> Sizing:
    """Everything that the tool says about one workload."""
    loading = loading_gib(workload)
    return Sizing(
        raw_gib=raw_gib(workload),
        base_gib=base_gib(workload),
        disk_gib=disk_gib(workload),
        loading_gib=loading,
        standalone=standalone_role(loading) if standalone_offered(workload) else None,
        cluster=cluster_roles(loading),
        recommended=recommended_mode(workload),
    )


def rows(workload: Workload) -> int:
    """Number of rows to hold, growth included."""
    return ceil(workload.vectors * workload.growth)


def vectors_gib(workload: Workload) -> float:
    return rows(workload) * workload.dimension * 4 / _GIB


def scalars_gib(workload: Workload) -> float:
    return rows(workload) * workload.scalar_bytes / _GIB


def raw_gib(workload: Workload) -> float:
    """Vectors and scalar fields as they are inserted."""
    return vectors_gib(workload) + scalars_gib(workload)


def base_gib(workload: Workload) -> float:
    """Memory of the vector index alone."""
    vectors = vectors_gib(workload)
    centroids = workload.nlist * workload.dimension * 4 / _GIB
    match workload.index:
        case "FLAT":
            return vectors
        case "IVF_FLAT":
            return vectors + centroids
        case "IVF_SQ8":
            return vectors / 4 + centroids
        case "IVF_RABITQ":
            return vectors * (1 + workload.refine_bits) / 32 + centroids
        case "SCANN":
            return vectors * 9 / 8 if workload.raw_data else vectors / 8
        case "HNSW":
            return (1 + 2 * workload.hnsw_m / workload.dimension) * vectors
        case "DISKANN":
            return vectors / 4


def disk_gib(workload: Workload) -> float:
    """Local disk of the query nodes: DISKANN's graph, and the scalar fields if they are memory-mapped."""
    graph = (1 + workload.max_degree / workload.dimension) * vectors_gib(workload)
    return (graph if workload.index == "DISKANN" else 0.0) + (scalars_gib(workload) if workload.mmap else 0.0)


def loading_gib(workload: Workload) -> float:
    """Memory needed to hold one copy of everything, loaded."""
    segments = 0.0 if workload.index == "DISKANN" else 2 * workload.segment_mib / 1024
    scalars = scalars_gib(workload)
    return (base_gib(workload) + segments) * 1.15 + (scalars / 10 if workload.mmap else scalars)


def recommended_mode(workload: Workload) -> Mode:
    """Above 10 million 768-dimensional vectors (DISKANN: 50 million) the tool proposes a cluster."""
    millions = 50 if workload.index == "DISKANN" else 10
    return "cluster" if raw_gib(workload) > millions * _MILLION_768D_GIB else "standalone"


def standalone_offered(workload: Workload) -> bool:
    """True if the tool offers standalone mode, which it does up to 100 million 768-dimensional vectors (DISKANN:
    500 million).
    """
    millions = 500 if workload.index == "DISKANN" else 100
    return raw_gib(workload) <= millions * _MILLION_768D_GIB


def standalone_role(loading: float) -> Role:
    gib = 8 if loading <= 8 else 16 if loading <= 16 else ceil(loading / 32) * 32
    return Role("standalone", 1, gib / 4, gib)


# Least GiB to load, then queryNode, proxy, mixCoord and dataNode as (count, cpu, GiB).
_SMALL_TIERS: tuple[tuple[float, tuple[tuple[int, int, int], ...]], ...] = (
    (80, ((6, 4, 16), (1, 2, 8), (1, 2, 8), (4, 4, 16))),
    (64, ((5, 4, 16), (1, 2, 8), (1, 2, 8), (4, 4, 16))),
    (48, ((4, 4, 16), (1, 2, 8), (1, 2, 8), (2, 4, 16))),
    (32, ((3, 4, 16), (1, 2, 8), (1, 2, 8), (2, 4, 16))),
    (16, ((2, 4, 16), (1, 2, 8), (1, 2, 8), (2, 4, 16))),
    (8, ((1, 4, 16), (1, 2, 8), (1, 2, 8), (1, 4, 16))),
    (0, ((1, 2, 8), (1, 1, 4), (1, 1, 4), (1, 2, 8))),
)
_LARGE_TIERS = ((2048, 32, 128), (512, 16, 64), (96, 8, 32))
_LARGE_OTHERS = ((1, 8, 32), (1, 8, 32), (8, 8, 16))


def cluster_roles(loading: float) -> tuple[Role, ...]:
    """The roles of a cluster that loads so many GiB."""
    for bound, cpu, gib in _LARGE_TIERS:
        if loading >= bound:
            tier = ((ceil(loading / gib), cpu, gib), *_LARGE_OTHERS)
            break
    else:
        tier = next(roles for bound, roles in _SMALL_TIERS if loading >= bound)
    query, proxy, coordinator, data = tier
    return (
        Role("queryNode", *query),
        streaming_role(query[0] * query[1]),
        Role("dataNode", *data),
        Role("proxy", *proxy),
        Role("mixCoordinator", *coordinator),
    )


def streaming_role(query_cores: int) -> Role:
    """The streaming nodes beside query nodes with so many cores in all."""
    units = ceil(query_cores / 16)
    if units <= 1:
        return Role("streamingNode", 1, 2, 8)
    if units <= 4:
        return Role("streamingNode", 1 if units == 2 else 2, 4, 16)
    return Role("streamingNode", 2 if units <= 8 else ceil(2 * units / 8), 8, 32)


def dependencies(workload: Workload, mode: Mode) -> Dependencies:
    """The etcd and Kafka that the tool asks for."""
    raw = raw_gib(workload)
    if mode == "standalone":
        return Dependencies(Role("etcd", 1, 0.5, 2 if raw >= _MILLION_768D_GIB else 1), 10, None, 0)
    large = raw >= 100 * _MILLION_768D_GIB
    return Dependencies(
        etcd=Role("etcd", 3, 1, 8 if large else 4),
        etcd_disk_gib=50 if large else 20,
        broker=Role("broker", 3, 4, 16) if large else Role("broker", 3, 2, 8),
        broker_disk_gib=max(ceil(raw), 20),
    )
