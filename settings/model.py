"""Every setting of a stack with its type and documentation, and the defaults that depend on the tier.

Left out: the keys of each section (sections.py), reading settings (reading.py), and numbers that follow from the
workload, which planning/ computes unless a setting overrides them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from planning import cron
from planning.deployment import INTERFACE_ENDPOINTS, TIERS, Tier
from planning.errors import PlanningError
from planning.overrides import BrokerOverride
from planning.regions import first_zones
from planning.workload import Workload
from settings.alarms import Alarms
from settings.backup import Backup
from settings.bucket import Bucket
from settings.formats import Region
from settings.kafka import Kafka, Log
from settings.monitoring import Monitoring
from settings.sections import Access, Attu, Cluster, Embedded, Milvus, Network, Review, Section
from settings.stack_file import NAMESPACE

if TYPE_CHECKING:
    from planning.addresses import Demand
    from planning.estimate import Estimate
    from planning.pricing.cost import SupportingServices

TIER_DEFAULTS: Mapping[Tier, Mapping[str, Any]] = {
    "development": {
        "protect": False,
        "network": {"nat": "single", "flowLogDays": 7},
        "cluster": {"logDays": 7},
        "kafka": {"logDays": 7},
        "bucket": {"forceDestroy": True, "keepDeletedDays": 0},
        "backup": {"enabled": TIERS["development"].backup, "keepOnDestroy": False},
        "attu": {"exposure": "internal"},
    },
    "production": {
        "protect": True,
        "network": {"nat": "perZone", "flowLogDays": 90},
        "cluster": {"logDays": 90, "keepVolumes": True},
        "kafka": {"logDays": 90},
        "bucket": {"forceDestroy": False, "keepDeletedDays": 7},
        "backup": {"enabled": TIERS["production"].backup, "keepOnDestroy": True},
        "attu": {"exposure": "none"},
    },
}
"""Defaults of settings that are left out, by tier. The tier also decides about sizes (planning/deployment.py)."""


class Settings(Section):
    """All settings of a stack, which `Pulumi.<stack>.yaml` has under `milvus-on-aws:`."""

    target: Literal["aws", "embedded"]
    """Place where Milvus runs: `aws`, or `embedded` for a process on this machine."""
    tier: Tier = "development"
    """Sizes and defaults: `development` is cheap and easy to destroy, `production` highly available and protected."""
    region: Region | None = None
    """AWS region that contains everything. Target `aws` needs it."""
    extends: str | None = None
    """A file beside Pulumi.yaml, such as base.yaml, with settings that several stacks share (docs/new-stack.md). What
    a stack says itself goes before: sections are joined key by key."""
    protect: bool = False
    """Refuse to delete or replace resources that hold data: bucket, keys, Kafka, cluster and passwords."""
    tags: dict[str, str] = {}
    """Tags of everything in AWS, in addition to `project` and `stack`: at most 40, of letters, digits, spaces and _
    . : / = + - @ (no = in keys). Quote dates and numbers.
    """
    workload: Workload | None = None
    """The data that the database must hold. Sizes and price follow from it. Target `aws` needs it."""
    embedded: Embedded = Embedded()
    network: Network = Network()
    cluster: Cluster = Cluster()
    log: Log = Log()
    kafka: Kafka = Kafka()
    bucket: Bucket = Bucket()
    backup: Backup = Backup()
    milvus: Milvus = Milvus()
    attu: Attu = Attu()
    access: Access = Access()
    review: Review = Review()
    alarms: Alarms = Alarms()
    monitoring: Monitoring = Monitoring()

    @property
    def encrypted(self) -> bool:
        """Whether clients connect by TLS."""
        return bool(self.access.certificate_arn or self.access.domain)

    @property
    def alarmed(self) -> bool:
        """Whether there are alarms."""
        told = bool(self.alarms.emails or self.alarms.topic_arns)
        return (TIERS[self.tier].alarms or told) if self.alarms.enabled is None else self.alarms.enabled

    @property
    def canaried(self) -> bool:
        """Whether there is a canary."""
        return self.alarms.canary and self.alarmed

    @property
    def zones(self) -> tuple[str, ...]:
        """Names of the availability zones: of existing subnets, as in network.zones, or the first of the region.

        They are sorted, so that another order in the file does not move nodes away from the disks of etcd.
        """
        if self.network.existing:
            return tuple(sorted(self.network.existing.private_subnet_ids))
        return tuple(sorted(self.network.zones)) or first_zones(self.region or "", TIERS[self.tier].zones)

    @staticmethod
    def cluster_name(stack: str) -> str:
        """Name of a stack's EKS cluster, also used in the names of its log groups."""
        return f"{NAMESPACE}-{stack}"

    def tags_of(self, stack: str) -> dict[str, str]:
        """Tags of every AWS resource of a stack. A team's own tags override ours of the same name."""
        return {"project": NAMESPACE, "stack": stack, **self.tags}

    @property
    def interface_endpoints(self) -> tuple[str, ...]:
        """AWS services that get an interface endpoint; CloudWatch if backups tell it how old they are."""
        if not self.network.interface_endpoints or self.network.existing:
            return ()
        return (*INTERFACE_ENDPOINTS, "monitoring") if self.backup.enabled else INTERFACE_ENDPOINTS

    def plan(self) -> "Estimate":
        """Plans size, nodes, brokers and price of target `aws`.

        Raises PlanningError if the workload cannot be served.
        """
        from planning.estimate import estimate  # target `embedded` does not need it

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
            log="existing kafka" if self.log.kind == "kafka" and kafka.existing else self.log.kind,
            supporting=self._supporting_services(),
        )

    def _supporting_services(self) -> "SupportingServices":
        from planning.pricing.backups import Backups
        from planning.pricing.cost import SupportingServices

        existing, attu = self.network.existing, self.attu
        own = attu.exposure != "none" and attu.behind == "alb"
        backup = self.backup
        backups = Backups(
            runs_a_day=cron.parse(backup.schedule).runs_a_day,
            kept_days=backup.keep_days + backup.keep_deleted_days,
            replicated_to=backup.replicate_to,
        )
        with_msk = self.log.kind == "kafka" and not self.kafka.existing
        return SupportingServices(
            own_bucket=not self.bucket.existing,
            nat="none" if existing else self.network.nat,
            console="own" if own else "none",
            public_balancers=self.access.public + (own and attu.exposure == "public"),
            interface_endpoints=len(self.interface_endpoints),
            keys=1
            + with_msk
            + self.bucket.customer_key
            + self.alarmed
            + backup.enabled * (1 + bool(backup.replicate_to)),
            secrets=1 + (len(self.kafka.users) if with_msk else 0),
            alarms=self.alarmed,
            canary=self.canaried,
            certificates=int(self.encrypted),
            backups=backups if backup.enabled else None,
        )

    def addresses(self, plan: "Estimate") -> "Demand":
        """Number of addresses that a plan needs in each subnet, with these settings' load balancers and endpoints."""
        from planning.addresses import demand

        existing, attu = self.network.existing, self.attu
        own = attu.exposure != "none" and attu.behind == "alb"
        public = self.access.public + (own and attu.exposure == "public")
        return demand(
            plan,
            private_balancers=1 + own - public,
            public_balancers=public,
            interface_endpoints=len(self.interface_endpoints),
            nat=self.network.nat != "none" and not existing,
        )
