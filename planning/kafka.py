"""Chooses type, number and disk size of the MSK brokers for a workload.

Configuration, users and keys of the cluster belong to components/kafka/kafka.py.
"""

from collections.abc import Collection
from dataclasses import dataclass
from math import ceil

from planning.deployment import TIERS, Tier
from planning.errors import PlanningError, TooMuchError
from planning.overrides import BROKERS_AS_DERIVED, BrokerOverride
from planning.sizing import dependencies, raw_gib
from planning.workload import Workload

RETENTION_HOURS = 168
"""How long Kafka keeps messages. Milvus never deletes the messages that it has read, and clusters stopped when messages
expired that Milvus had not read yet (milvus#45210, #47802)."""
TOPICS = 16
"""Number of topics (Milvus' rootCoord.dmlChannelNum). Milvus writes to partition 0 only, so a broker that holds a topic
holds all of it."""
DISK_USED = 0.6
"""Share of a broker's disk to fill: MSK's storage target. AWS recommends an alarm at 85 % (MSK developer guide, best
practices for Standard brokers)."""
MAX_GIB = 16_384  # MSK API, EBSStorageInfo.VolumeSize: 1 to 16384
MAX_BROKERS = {"ZooKeeper": 30, "KRaft": 60}  # MSK developer guide, quotas: brokers a cluster, unless raised
_TEN_MILLION_768D_GIB = 10_000_000 * 768 * 4 / 1024**3


@dataclass(frozen=True)
class BrokerType:
    """One MSK instance type, with the limits and the Kafka version that we use with it."""

    name: str
    vcpu: int
    gib: int
    partitions: int
    """Recommended maximum a broker, replicas included (MSK developer guide, best practices for Standard brokers)."""
    versions: str
    """Kafka version to create the cluster with; it ends in `.kraft` in KRaft mode."""

    @property
    def metadata(self) -> str:
        """Where Kafka keeps its metadata: `KRaft` or `ZooKeeper`."""
        return "KRaft" if self.versions.endswith(".kraft") else "ZooKeeper"


# "You can't select the kafka.t3.small instance type when the metadata mode is KRaft" (AWS CloudFormation,
# AWS::MSK::Cluster BrokerNodeGroupInfo); with 3.8.x in ZooKeeper mode CreateCluster took it in July 2026. Clients see
# no difference, but the mode is fixed at creation: moving a stack to KRaft replaces its Kafka.
SMALL = BrokerType("kafka.t3.small", 2, 2, 300, "3.8.x")
# vCPU of every size; both families have 4 GiB a vCPU. Partitions a broker: MSK developer guide, as above.
_SIZES = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "12xlarge": 48, "16xlarge": 64}
_FAMILIES = {"m7g": _SIZES, "m5": _SIZES | {"24xlarge": 96}}
"""Families of brokers in order of preference: Graviton is cheaper, and older regions have only m5."""
TYPES = {
    kind.name: kind
    for kind in (
        SMALL,
        *(
            BrokerType(
                f"kafka.{family}.{size}",
                vcpu,
                4 * vcpu,
                1000 if vcpu < 8 else 2000 if vcpu < 16 else 4000,
                "3.9.x.kraft",
            )
            for family, sizes in _FAMILIES.items()
            for size, vcpu in sizes.items()
        ),
    )
}
"""MSK's Standard brokers for Kafka 3 (MSK developer guide, "Amazon MSK broker types"). Not Express ones: they fix
replication and have no volumes."""


@dataclass(frozen=True)
class Brokers:
    """The brokers chosen for a workload."""

    type: BrokerType
    count: int
    gib_each: int
    replication_factor: int
    min_insync_replicas: int
    retention_hours: int = RETENTION_HOURS


def brokers(
    workload: Workload,
    tier: Tier,
    zones: int,
    override: BrokerOverride = BROKERS_AS_DERIVED,
    retention_hours: int = RETENTION_HOURS,
    priced: Collection[str] = TYPES,
) -> Brokers:
    """Sized for loading everything once within the retention time; a constant stream may be as fast as that.

    `priced` names the broker types that the region has, by its price list.
    """
    raw = raw_gib(workload)
    tool = dependencies(workload, "cluster")
    if tool.broker is None:
        raise AssertionError
    small = TIERS[tier].small_kafka and raw <= _TEN_MILLION_768D_GIB
    kind = _broker_type(SMALL.gib if small else tool.broker.gib, override.instance_type, priced)
    most = MAX_BROKERS[kind.metadata]
    counts = range(zones, most + 1, zones)
    if override.brokers_per_zone:
        asked = zones * override.brokers_per_zone
        if asked > most:
            raise PlanningError(
                f"{override.brokers_per_zone} brokers a zone are {asked}, but MSK allows {most} with {kind.metadata}; "
                f"use at most {most // zones} a zone",
                "kafka.brokersPerZone",
            )
        counts = range(asked, asked + 1)
    factor = min(zones, 3)
    for count in counts:
        topics_a_broker = ceil(TOPICS * factor / count)
        gib = max(ceil(topics_a_broker * raw / TOPICS / DISK_USED), tool.broker_disk_gib if count == zones else 20)
        if override.storage_gib or gib <= MAX_GIB:
            return Brokers(kind, count, override.storage_gib or gib, factor, max(1, factor - 1), retention_hours)
    raise TooMuchError(
        f"{raw:,.0f} GiB of raw data, kept for {retention_hours} hours in {TOPICS} topics of one partition, "
        f"need more than the {MAX_GIB:,} GiB that a broker may have, with {counts[-1]} brokers",
        "load the data by bulk import, which bypasses Kafka, or split it over several deployments",
    )


def _broker_type(gib: float, asked: str | None, priced: Collection[str]) -> BrokerType:
    """The type that was asked for, or the first with enough memory among those that have a price."""
    known = [kind for name, kind in TYPES.items() if name in priced]
    if not known:
        raise PlanningError(
            "MSK's price list has no broker type in this region: choose another region, or, if AWS offers MSK there "
            "since, `make prices REGION=...` reads which ones"
        )
    names = ", ".join(kind.name for kind in known)
    if asked:
        if not (found := [kind for kind in known if kind.name == asked]):
            raise PlanningError(
                f"broker type {asked} is not offered in this region; use one of {names}", "kafka.instanceType"
            )
        return found[0]
    enough = [kind for kind in known if kind.gib >= gib]
    if not enough:
        raise PlanningError(f"no broker type with {gib:g} GiB is offered in this region, only {names}; choose another")
    return enough[0]
