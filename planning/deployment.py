"""Lists the pods to deploy for a workload and tier: the sizing tool's roles, second copies, and all system pods.

TIERS holds every rule in which the tiers differ. It does not choose machines (capacity.py) or Kafka brokers (kafka.py).
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

# AWS services that nodes and pods call, and that need an interface endpoint where the network has no NAT gateway.
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
"""CPU that all pods of a role request together, as a share of the CPU that the sizing tool gives to the role. The
tool's own Helm values set only limits, and ours are the same. Memory cannot be shared and is requested in full. CPU can
be shared, and a new or moved pod should not wait for CPU that idles. Memory decides the number of nodes: even on types
with the most memory (8 GiB a vCPU), production's two copies of a role with 4 GiB a CPU bring all
of the tool's CPU along."""


@dataclass(frozen=True)
class TierRules:
    """Everything in which the tiers differ."""

    mode: Mode | None
    """Milvus' mode; None: whatever the sizing tool recommends. One process is enough to try things, but it cannot have
    a standby, so production is always a cluster."""
    copies: int
    """Least number of pods of each Milvus role. With 2, one is left when a zone is lost; of two coordinators one is
    active and one is standby."""
    zones: int
    """Default number of zones. With three, etcd keeps two of its three members whichever zone is lost."""
    node_zones: int | None
    """Number of zones that get nodes; None: all. Development uses one zone, so that etcd's disk, which cannot leave its
    zone, can be attached to any node that is left."""
    survives: Literal["node", "zone"]
    """The loss after which enough pods run again without waiting for AWS."""
    nat: Network
    """NAT gateways: none, a single one, or one in each zone."""
    console: Console
    """Attu, the web console: off, on a port of Milvus' load balancer, or behind a load balancer of its own."""
    alarms: bool
    """Whether there are alarms even if the settings name nobody to tell."""
    backup: bool
    """Whether backups are made unless the settings say otherwise."""
    small_kafka: bool
    """Whether brokers are kafka.t3.small up to 10 million 768-dimensional vectors; see kafka.py."""


TIERS: dict[Tier, TierRules] = {
    "development": TierRules(
        mode=None,
        copies=1,
        zones=2,
        node_zones=1,
        survives="node",
        nat="single",
        console="own",
        alarms=False,
        backup=False,
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
        alarms=True,
        backup=True,
        small_kafka=False,
    ),
}


@dataclass(frozen=True)
class PodGroup:
    """`count` identical pods, as the scheduler sees them. `cpu` (cores) and `gib` are the limits of one pod."""

    name: str
    count: int
    cpu: float
    gib: float
    millicpu: int
    """CPU request of one pod."""
    mib: int
    """Memory request of one pod."""
    needed: int
    """How many must run again after losing a node (development) or a zone (production), without waiting for AWS."""
    disk_gib: int = 0
    """Local NVMe disk of one pod in GiB, for DISKANN and memory-mapped fields."""
    surge: int = 0
    """Number of extra pods while a new version rolls out."""
    spread: bool = False
    """Whether no zone may hold two pods more than another (topologySpreadConstraints, DoNotSchedule)."""
    bound: bool = False
    """Whether a pod cannot leave its zone, because its disk is there."""


@dataclass(frozen=True)
class Deployment:
    """Everything that must run; the machines are chosen later."""

    mode: Mode
    roles: tuple[PodGroup, ...]
    etcd: PodGroup
    etcd_disk_gib: int
    system: tuple[PodGroup, ...]
    """Pods that are neither Milvus nor etcd."""

    @property
    def pods(self) -> tuple[PodGroup, ...]:
        return (*self.roles, self.etcd, *self.system)


def deploy(workload: Workload, tier: Tier, overrides: Mapping[str, RoleOverride] = MappingProxyType({})) -> Deployment:
    """The deployment for a workload. `overrides` are keyed by Milvus role.

    Raises PlanningError for an override of a role that the mode does not have, or for several standalone pods.
    """
    rules = TIERS[tier]
    sizing = size(workload)
    mode = rules.mode or sizing.recommended
    tool = [role for role in (sizing.cluster if mode == "cluster" else (sizing.standalone,)) if role]
    names = [role.name for role in tool]
    if unknown := sorted(overrides.keys() - set(names)):
        raise PlanningError(
            f"role {', '.join(unknown)}: there is none in a {mode}; its roles are {', '.join(names)}", "milvus.roles"
        )
    needs = dependencies(workload, mode)
    return Deployment(
        mode=mode,
        roles=tuple(_milvus(role, workload, rules, overrides.get(role.name, AS_DERIVED)) for role in tool),
        etcd=PodGroup(
            "etcd",
            needs.etcd.count if rules.copies > 1 else 1,
            needs.etcd.cpu,
            needs.etcd.gib,
            # Half of the limit. The tool's Helm values request all, but Milvus' metadata leaves most of a core idle.
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
        raise PlanningError(
            f"role standalone: replicas is {count}, but two share no data; remove it, or use a cluster", "milvus.roles"
        )
    cpu, gib = override.cpu or role.cpu, override.memory_gib or role.gib
    once = min(count, ceil(role.count * role.gib / gib))
    """Number of pods that together hold one copy of the data in memory."""
    return PodGroup(
        role.name,
        count,
        cpu,
        gib,
        ceil(min(cpu * 1000, cpu * 1000 * CPU_SHARE * role.count / count)),
        int(gib * 1024),
        # Pods of the other roles share their work (streaming nodes the channels, data nodes a queue of compactions and
        # index builds, proxies the clients), and the pods that are left take it over.
        needed=once if loads_data else max(1, count - ceil(count / 3)),
        disk_gib=ceil(disk_gib(workload) / once) if loads_data else 0,
        surge=1,
        spread=rules.copies > 1,
    )


def zone_names(region: str, tier: Tier, zones: int | None = None) -> tuple[str, ...]:
    """Names of a region's first zones.

    `zones` is their number; None: the tier's default. Raises PlanningError for a number with which the tier cannot
    survive what it promises to survive.
    """
    count = zones or TIERS[tier].zones
    if count not in (2, 3):
        raise PlanningError(f"zones is {count}; EKS and MSK are planned over 2 or 3: use one of these.")
    if TIERS[tier].survives == "zone" and count < 3:
        raise PlanningError(
            f"zones is {count}, but production needs 3: with etcd's three members in two zones, "
            "losing the zone with two of them stops Milvus. Use 3 zones, or the development tier."
        )
    names = first_zones(region, count)
    if len(names) < count:
        raise PlanningError(
            f"region {region} has {len(names)} zones for an account, not {count}; choose another region"
        )
    return names


# Requests in millicores and MiB: the publisher's defaults, except where we set them ourselves (marked *).
_SYSTEM = {
    "coredns": (100, 70),  # EKS add-on, as upstream kubernetes/cluster/addons/dns/coredns
    "ebs-csi-controller": (60, 240),  # six containers of 10m / 40Mi: aws-ebs-csi-driver, charts values.yaml
    "metrics-server": (100, 200),  # kubernetes-sigs/metrics-server, manifests/base
    "aws-load-balancer-controller": (100, 128),  # * the chart sets none
    "attu": (100, 256),  # * the chart sets none; a Node.js server of one page
    "probe": (100, 256),  # * one Job pod at a time: the readiness probe, a backup, the canary, etcd's defragmentation
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
