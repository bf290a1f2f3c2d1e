"""Estimates sizes, pods, nodes, brokers, cost and time for one workload. It is also the stack's output `estimate`."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

from planning.deployment import TIERS, Deployment, Tier, deploy, zone_names
from planning.errors import TooMuchError
from planning.fleet.capacity import Fleet, plan
from planning.fleet.instances import Architecture
from planning.kafka import Brokers, brokers
from planning.log import Log
from planning.overrides import BROKERS_AS_DERIVED, BrokerOverride, RoleOverride
from planning.pricing import cost
from planning.pricing.bill import Cost
from planning.pricing.prices import prices
from planning.sizing import Sizing, size
from planning.timing.duration import Duration, minutes_to_ready
from planning.workload import Workload


@dataclass(frozen=True)
class Estimate:
    """Everything that was computed for one workload in one region."""

    workload: Workload
    tier: Tier
    log: Log
    region: str
    zones: tuple[str, ...]
    """Names of all zones; the nodes may be in fewer."""
    sizing: Sizing
    deployment: Deployment
    fleet: Fleet
    kafka: Brokers | None
    """None for a log without brokers, or with brokers that are there."""
    cost: Cost
    prices_as_of: str
    duration: Duration

    def to_json(self) -> dict[str, Any]:
        """The estimate as plain JSON, with cents and MiB as the smallest units, so that two runs give the same text."""
        return {
            "tier": self.tier,
            "region": self.region,
            "zones": list(self.zones),
            "workload": asdict(self.workload),
            "raw_gib": round(self.sizing.raw_gib, 3),
            "base_gib": round(self.sizing.base_gib, 3),
            "disk_gib": round(self.sizing.disk_gib, 3),
            "loading_gib": round(self.sizing.loading_gib, 3),
            "mode": self.deployment.mode,
            "recommended_mode": self.sizing.recommended,
            "roles": [
                {
                    "name": role.name,
                    "count": role.count,
                    "cpu": role.cpu,
                    "gib": role.gib,
                    "cpu_request": role.millicpu / 1000,
                    "disk_gib": role.disk_gib,
                }
                for role in self.deployment.roles
            ],
            "etcd": {
                "count": self.deployment.etcd.count,
                "cpu": self.deployment.etcd.cpu,
                "gib": self.deployment.etcd.gib,
                "cpu_request": self.deployment.etcd.millicpu / 1000,
                "disk_gib": self.deployment.etcd_disk_gib,
            },
            "nodes": [
                {
                    "pool": group.pool,
                    "instance": group.instance,
                    "count": group.nodes,
                    "zones": list(group.zones),
                    "root_volume_gib": group.root_volume_gib,
                    "labels": group.labels,
                    "taints": group.taints,
                }
                for group in self.fleet.groups
            ],
            "log": self.log,
            "brokers": self.kafka
            and {
                "instance": self.kafka.type.name,
                "count": self.kafka.count,
                "gib_each": self.kafka.gib_each,
                "kafka_version": self.kafka.type.versions,
                "replication_factor": self.kafka.replication_factor,
                "min_insync_replicas": self.kafka.min_insync_replicas,
                "retention_hours": self.kafka.retention_hours,
            },
            "usd_per_month": round(self.cost.usd, 2),
            "usd_per_month_low": round(self.cost.low, 2),
            "usd_per_month_high": round(self.cost.high, 2),
            "usd_per_month_estimated": round(self.cost.estimated, 2),
            "cost": [
                asdict(item) | {k: round(getattr(item, k), 2) for k in ("usd", "low", "high")}
                for item in self.cost.items
            ],
            "prices_as_of": self.prices_as_of,
            "minutes_to_ready": round(self.duration.minutes, 1),
            "minutes_low": round(self.duration.low, 1),
            "minutes_high": round(self.duration.high, 1),
            "waits_for": list(self.duration.path),
        }


def estimate(
    workload: Workload,
    tier: Tier = "development",
    *,
    region: str = "us-east-1",
    zones: tuple[str, ...] | None = None,
    architectures: tuple[Architecture, ...] = ("arm64", "x86_64"),
    roles: Mapping[str, RoleOverride] = MappingProxyType({}),
    broker: BrokerOverride = BROKERS_AS_DERIVED,
    log: Log = "kafka",
    supporting: cost.SupportingServices | None = None,
) -> Estimate:
    """The estimate for one workload.

    `zones` are names of zones; None: the region's first, as many as the tier needs. `roles` are keyed by Milvus role.
    `supporting` None: the tier's defaults. Raises PlanningError for a request that cannot be served, and its subclass
    TooMuchError, whose message names the largest number of vectors that works, for too much data.
    """
    zones = tuple(sorted(zones or zone_names(region, tier)))  # their order means nothing: volumes stay where they are
    zone_names(region, tier, len(zones))
    price = prices(region)
    rules = TIERS[tier]

    def attempt(workload: Workload, roles: Mapping[str, RoleOverride]) -> Estimate:
        sizing = size(workload)
        deployment = deploy(workload, tier, roles)
        kafka = brokers(workload, tier, len(zones), broker, priced=price.brokers()) if log == "kafka" else None
        fleet = plan(deployment.pods, zones[: rules.node_zones], price.nodes(), rules.survives, architectures)
        etcd_gib = deployment.etcd.count * deployment.etcd_disk_gib
        paid = cost.topology(
            tier,
            len(zones),
            fleet.groups,
            sizing,
            kafka and (kafka.type.name, kafka.count, kafka.gib_each),
            etcd_gib,
            supporting,
            log_in_bucket=log == "woodpecker",
        )
        return Estimate(
            workload,
            tier,
            log,
            region,
            zones,
            sizing,
            deployment,
            fleet,
            kafka,
            cost.monthly(paid, price),
            price.as_of,
            minutes_to_ready(log),
        )

    def works(workload: Workload) -> bool:
        """True if a workload works without overrides: less data may mean another mode, whose roles have other
        overrides.
        """
        try:
            attempt(workload, {})
        except TooMuchError:
            return False
        return True

    try:
        return attempt(workload, roles)
    except TooMuchError as error:
        if roles and works(workload):
            set_by_hand = ", ".join(roles)
            raise TooMuchError(f"{error}. Without what is set for {set_by_hand} it works.", error.remedy) from None
        fits = _most_vectors(workload, works)
        nearest = f"{fits:,} vectors of this kind work" if fits else "Not even one vector of this kind works"
        raise TooMuchError(f"{error}. {nearest}; for more, {error.remedy}.", error.remedy) from None


def _most_vectors(workload: Workload, works: Callable[[Workload], bool]) -> int:
    """The largest number of vectors that works, rounded down to two digits.

    Bisection is enough, because the resources needed grow with the number of vectors.
    """
    low, high = 0, workload.vectors
    while high - low > max(1, low // 100):
        middle = (low + high) // 2
        if works(replace(workload, vectors=middle)):
            low = middle
        else:
            high = middle
    digits = max(0, len(str(low)) - 2)
    return low // 10**digits * 10**digits
