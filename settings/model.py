"""Every setting of a stack, typed and documented, and what the tier makes of those that are left out.

Left out: the keys of each section (sections.py), reading them (reading.py), and numbers that follow from the workload
(planning/ derives them; a setting overrides one).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from planning.deployment import INTERFACE_ENDPOINTS, TIERS, Tier
from planning.errors import PlanningError
from planning.overrides import BrokerOverride
from planning.regions import first_zones
from planning.workload import Workload
from settings.formats import Region
from settings.sections import Access, Attu, Bucket, Cluster, Embedded, Kafka, Milvus, Network, Section

if TYPE_CHECKING:
    from planning.addresses import Demand
    from planning.estimate import Estimate
    from planning.pricing.cost import SupportingServices

NAMESPACE = "milvus-on-aws"
"""The project's name, before the colon of every key."""

TIER_DEFAULTS: Mapping[Tier, Mapping[str, Any]] = {
    "development": {
        "protect": False,
        "network": {"nat": "single", "flowLogDays": 7},
        "cluster": {"logDays": 7},
        "kafka": {"logDays": 7},
        "bucket": {"forceDestroy": True, "keepDeletedDays": 0},
        "attu": {"exposure": "internal"},
    },
    "production": {
        "protect": True,
        "network": {"nat": "perZone", "flowLogDays": 90},
        "cluster": {"logDays": 90, "keepVolumes": True},
        "kafka": {"logDays": 90},
        "bucket": {"forceDestroy": False, "keepDeletedDays": 7},
        "attu": {"exposure": "none"},
    },
}
"""What the tier decides beside sizes (planning/deployment.py): defaults, for what the stack's settings leave out."""


class Settings(Section):
    """What `Pulumi.<stack>.yaml` says under `milvus-on-aws:`."""

    target: Literal["aws", "embedded"]
    """Where Milvus runs: on AWS, or as a process on this machine."""
    tier: Tier = "development"
    """Sizes and defaults: cheap and easy to destroy, or highly available and protected."""
    region: Region | None = None
    """AWS region of everything. Needed for target `aws`."""
    protect: bool = False
    """Whether what holds data refuses to be deleted or replaced: bucket, keys, Kafka, cluster, passwords."""
    tags: dict[str, str] = {}
    """On everything in AWS, beside `project` and `stack`: at most 40, of letters, digits, spaces and
    _ . : / = + - @ (no = in keys). Quote dates and numbers."""
    workload: Workload | None = None
    """What the database must hold: from it follow sizes and price. Needed for target `aws`."""
    embedded: Embedded = Embedded()
    network: Network = Network()
    cluster: Cluster = Cluster()
    kafka: Kafka = Kafka()
    bucket: Bucket = Bucket()
    milvus: Milvus = Milvus()
    attu: Attu = Attu()
    access: Access = Access()

    @property
    def zones(self) -> tuple[str, ...]:
        """Availability zones by name: of the existing subnets, as set, or the first of the region.

        Always in one order, however they are written, so that nodes stay where the disks of etcd are.
        """
        if self.network.existing:
            return tuple(sorted(self.network.existing.private_subnet_ids))
        return tuple(sorted(self.network.zones)) or first_zones(self.region or "", TIERS[self.tier].zones)

    def plan(self) -> "Estimate":
        """Size, nodes, brokers and price of target `aws`. Raises PlanningError for what cannot be served."""
        from planning.estimate import estimate  # `embedded` needs none

        if self.workload is None or self.region is None:
            raise PlanningError("workload and region are needed to plan")
        kafka = self.kafka
        return estimate(
            self.workload,
            self.tier,
            region=self.region,
            zones=self.zones,
            architectures=self.cluster.architectures,
            roles={str(role): override for role, override in self.milvus.roles.items()},
            broker=BrokerOverride(
                instance_type=kafka.instance_type,
                brokers_per_zone=kafka.brokers_per_zone,
                storage_gib=kafka.storage_gib,
            ),
            supporting=self._supporting_services(),
        )

    def _supporting_services(self) -> "SupportingServices":
        from planning.pricing.cost import SupportingServices

        existing, attu = self.network.existing, self.attu
        own = attu.exposure != "none" and attu.behind == "alb"
        return SupportingServices(
            nat="none" if existing else self.network.nat,
            console="own" if own else "none",
            public_balancers=self.access.public + (own and attu.exposure == "public"),
            interface_endpoints=len(INTERFACE_ENDPOINTS) if self.network.interface_endpoints and not existing else 0,
            keys=2 + self.bucket.customer_key,
            secrets=1 + len(self.kafka.users),
        )

    def addresses(self, plan: "Estimate") -> "Demand":
        """Addresses that the plan takes in each subnet, balancers and endpoints as these settings have them."""
        from planning.addresses import demand

        existing, attu = self.network.existing, self.attu
        own = attu.exposure != "none" and attu.behind == "alb"
        public = self.access.public + (own and attu.exposure == "public")
        return demand(
            plan,
            private_balancers=1 + own - public,
            public_balancers=public,
            interface_endpoints=len(INTERFACE_ENDPOINTS) if self.network.interface_endpoints and not existing else 0,
            nat=self.network.nat != "none" and not existing,
        )
