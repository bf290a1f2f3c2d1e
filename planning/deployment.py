"""What we deploy for a workload, by tier: the tool's roles, second copies, and every other pod that needs room.

The only place in planning that looks at the tier. It does not choose machines (capacity.py) or Kafka brokers
(kafka.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType
from typing import Literal

from planning.errors import PlanningError
from planning.overrides import AS_DERIVED, RoleOverride
from planning.regions import first_zones
from planning.sizing import Mode, Role, dependencies, disk_gib, size
from planning.workload import Workload

Tier = Literal["development", "production"]
Network = Literal["none", "single", "perZone"]
Console = Literal["none", "shared", "own"]

# What nodes and pods call when no NAT carries them: volumes, images, the cluster, targets, keys, logs, credentials.
INTERFACE_ENDPOINTS = (
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "elasticloadbalancing",
    "kms",
    "logs",
    "secretsmanager",
    "sts",
)


CPU_SHARE = 0.5
"""What all pods of a role request together, as a share of the CPU that the tool gives the role. The tool's own Helm
values set only limits, ours are the same. Memory cannot be shared and is requested in full; CPU can, and a new or moved
pod shall not wait for CPU that idles. Memory decides how many nodes there are: even on the densest (8 GiB a vCPU) the
two copies in production of a role with 4 GiB a CPU bring all of the tool's CPU with them."""


@dataclass(frozen=True)
class TierRules:
    """Where the tiers differ, and why."""

    mode: Mode | None
    """None: standalone as long as the tool recommends it. One process is enough to try things; a copy of it is no
    standby, so production is always a cluster."""
    copies: int
    """Least number of pods of each Milvus role: 2, so that one stays when a zone is lost. Coordinators
    run active and standby."""
    zones: int
    """Default number of zones. Three is the least in which etcd keeps two of three members whichever zone is lost."""
    node_zones: int | None
    """Zones that get nodes; None: all. One zone in development: etcd's disk can then be attached to any node that is
    left."""
    survives: Literal["node", "zone"]
    nat: Network
    console: Console
    """Attu: off, on a port of Milvus' own load balancer, or behind one of its own."""
    small_kafka: bool
    """kafka.t3.small below 10 million 768-dimensional vectors; see kafka.py."""


TIERS: dict[Tier, TierRules] = {
    "development": TierRules(
        mode=None,
        copies=1,
        zones=2,
        node_zones=1,
        survives="node",
        nat="single",
        console="own",
        small_kafka=True,
    ),
    "production": TierRules(
        mode="cluster",
        copies=2,
        zones=3,
        node_zones=None,
        survives="zone",
        nat="perZone",
        console="none",
        small_kafka=False,
    ),
}


@dataclass(frozen=True)
class PodGroup:
    """`count` identical pods and what the scheduler must know of them. `cpu` and `gib` are limits."""

    name: str
    count: int
    cpu: float
    gib: float
    millicpu: int
    """Requested."""
    mib: int
    """Requested."""
    needed: int
    """That many must run again after a node (development) or a zone (production) is lost, without waiting for AWS."""
    disk_gib: int = 0
    """Local NVMe, for DISKANN and memory-mapped fields."""
    surge: int = 0
    """Extra pods while a new version rolls out."""
    spread: bool = False
    """No zone may hold two pods more than another (topologySpreadConstraints, DoNotSchedule)."""
    bound: bool = False
    """Keeps its zone: its disk is there."""


@dataclass(frozen=True)
class Deployment:
    """Everything that must run, before machines are chosen."""

    mode: Mode
    roles: tuple[PodGroup, ...]
    etcd: PodGroup
    etcd_disk_gib: int
    system: tuple[PodGroup, ...]

    @property
    def pods(self) -> tuple[PodGroup, ...]:
        return (*self.roles, self.etcd, *self.system)


def deploy(workload: Workload, tier: Tier, overrides: Mapping[str, RoleOverride] = MappingProxyType({})) -> Deployment:
    """`overrides` by the name of a Milvus role."""
    rules = TIERS[tier]
    sizing = size(workload)
    mode = rules.mode or sizing.recommended
    tool = [role for role in (sizing.cluster if mode == "cluster" else (sizing.standalone,)) if role]
    names = [role.name for role in tool]
    if unknown := sorted(overrides.keys() - set(names)):
        raise PlanningError(f"role {', '.join(unknown)}: there is none in a {mode}; its roles are {', '.join(names)}")
    needs = dependencies(workload, mode)
    return Deployment(
        mode=mode,
        roles=tuple(_milvus(role, workload, rules, overrides.get(role.name, AS_DERIVED)) for role in tool),
        etcd=PodGroup(
            "etcd",
            needs.etcd.count if rules.copies > 1 else 1,
            needs.etcd.cpu,
            needs.etcd.gib,
            # Half: the tool's Helm values request all of it, but Milvus' metadata leaves most of a core idle.
            int(needs.etcd.cpu * 500),
            int(needs.etcd.gib * 1024),
            needed=2 if rules.copies > 1 else 1,  # its quorum
            spread=rules.copies > 1,
            bound=True,
        ),
        etcd_disk_gib=needs.etcd_disk_gib,
        system=_system_pods(rules),
    )


def _milvus(role: Role, workload: Workload, rules: TierRules, override: RoleOverride) -> PodGroup:
    loads_data = role.name in ("queryNode", "standalone")
    # A standalone pod cannot share a collection with another: replicas need query nodes.
    replicas = max(workload.replicas, rules.copies) if role.name == "queryNode" else 1
    count = override.replicas or max(role.count * replicas, rules.copies)
    if role.name == "standalone" and count > 1:
        raise PlanningError(f"role standalone: replicas is {count}, but two share no data; remove it, or use a cluster")
    cpu, gib = override.cpu or role.cpu, override.memory_gib or role.gib
    once = min(count, ceil(role.count * role.gib / gib))
    """Pods that hold everything in memory once."""
    return PodGroup(
        role.name,
        count,
        cpu,
        gib,
        ceil(min(cpu * 1000, cpu * 1000 * CPU_SHARE * role.count / count)),
        int(gib * 1024),
        # The others share their work (streaming nodes their channels, data nodes a queue of compactions and index
        # builds, proxies the clients): those that are left carry on.
        needed=once if loads_data else max(1, count - ceil(count / 3)),
        disk_gib=ceil(disk_gib(workload) / once) if loads_data else 0,
        surge=1,
        spread=rules.copies > 1,
    )


def zone_names(region: str, tier: Tier, zones: int | None = None) -> tuple[str, ...]:
    """The first zones of a region; refuses a number that the tier's promise cannot be kept with."""
    count = zones or TIERS[tier].zones
    if count not in (2, 3):
        raise PlanningError(f"zones is {count}; EKS and MSK are planned over 2 or 3: use one of these.")
    if TIERS[tier].survives == "zone" and count < 3:
        raise PlanningError(
            f"zones is {count}, but production needs 3: with etcd's three members in two zones, "
            "losing the zone with two of them stops Milvus. Use 3 zones, or the development tier."
        )
    if names := first_zones(region, count):
        return names
    raise PlanningError(
        f"region {region}: which of its zones an account has is not known here; set network.zones to two of "
        f"`aws ec2 describe-availability-zones --region {region}`"
    )


# Requests in millicores and MiB as shipped, except where we set them ourselves (marked *).
_SYSTEM = {
    "coredns": (100, 70),  # EKS add-on, as upstream kubernetes/cluster/addons/dns/coredns
    "ebs-csi-controller": (60, 240),  # six containers of 10m / 40Mi: aws-ebs-csi-driver, charts values.yaml
    "metrics-server": (100, 200),  # kubernetes-sigs/metrics-server, manifests/base
    "aws-load-balancer-controller": (100, 128),  # * the chart sets none
    "attu": (100, 256),  # * the chart sets none; a Node server of one page
    "probe": (100, 256),  # * one Job pod at a time: the readiness probe, the canary or etcd's defragmentation
}


def _system_pods(rules: TierRules) -> tuple[PodGroup, ...]:
    counts = dict.fromkeys(_SYSTEM, rules.copies) | {
        "coredns": 2,
        "probe": 1,
        "attu": 0 if rules.console == "none" else 1,
    }
    return tuple(
        PodGroup(name, counts[name], millicpu / 1000, mib / 1024, millicpu, mib, needed=1)
        for name, (millicpu, mib) in _SYSTEM.items()
        if counts[name]
    )
