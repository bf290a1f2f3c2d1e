"""Chooses type, number and disk size of the MSK brokers for a workload.

Configuration, users and keys of the cluster belong to components/kafka/kafka.py.
"""

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
LARGE = BrokerType("kafka.m7g.large", 2, 8, 1000, "3.9.x.kraft")
XLARGE = BrokerType("kafka.m7g.xlarge", 4, 16, 1000, "3.9.x.kraft")
TYPES = {item.name: item for item in (SMALL, LARGE, XLARGE)}
"""Broker types, by name, that have a price in prices.json."""


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
) -> Brokers:
    """Brokers whose disks hold all data of the workload, written once within the retention time.

    A constant stream of writes may be as fast as that. Raises PlanningError for an override that MSK or the price list
    does not have, and TooMuchError for more data than the brokers' disks can hold.
    """
    raw = raw_gib(workload)
    tool = dependencies(workload, "cluster")
    if tool.broker is None:
        raise AssertionError
    small = TIERS[tier].small_kafka and raw <= _TEN_MILLION_768D_GIB
    kind = SMALL if small else next(item for item in (LARGE, XLARGE) if item.gib >= tool.broker.gib)
    if override.instance_type:
        if override.instance_type not in TYPES:
            raise PlanningError(
                f"broker type {override.instance_type} has no price here; use one of {', '.join(sorted(TYPES))}"
            )
        kind = TYPES[override.instance_type]
    most = MAX_BROKERS[kind.metadata]
    counts = range(zones, most + 1, zones)
    if override.brokers_per_zone:
        asked = zones * override.brokers_per_zone
        if asked > most:
            raise PlanningError(
                f"{override.brokers_per_zone} brokers a zone are {asked}, but MSK allows {most} with {kind.metadata}; "
                f"use at most {most // zones} a zone"
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
