"""Computes what a deployment costs a month, item by item, and what the guides' fixed topology costs at the same prices.

Prices are on demand; taxes, support and savings plans are left out. An item that depends on use is a range with a
typical value, and the constants below are the assumptions.
"""

from dataclasses import dataclass

from planning.deployment import TIERS, Console, Network, Tier
from planning.fleet.capacity import NodeGroup
from planning.fleet.instances import ROOT_VOLUME_GIB
from planning.log import KEPT_HOURS, WRITES_A_SECOND, WRITING_HOURS
from planning.pricing.backups import Backups, backup_items
from planning.pricing.bill import Cost, Item
from planning.pricing.prices import HOURS, Prices, hourly
from planning.signals.signal import Resource, metrics
from planning.signals.table import TABLE
from planning.sizing import Sizing


@dataclass(frozen=True)
class Topology:
    """Everything that has to be paid for, except traffic and requests."""

    nodes: tuple[tuple[str, int], ...]
    """Instance types of nodes, each with the number of nodes."""
    broker: str
    brokers: int
    """Number of brokers that are made; 0 for a log in the bucket, or on brokers that are there."""
    broker_gib: int
    etcd_gib: int
    """Size of the disks of all etcd members together."""
    zones: int
    supporting: "SupportingServices"
    s3_gib: float
    rewritten_gib: float
    """GiB that one complete load (see LOADS) writes to Kafka and S3, and that restarted query nodes read back."""
    log_gb: tuple[float, float, float]
    """CloudWatch logs in GB a month: low, typical, high."""
    backup_gib: float = 0.0
    """Size of one backup."""
    log_in_bucket: bool = False
    """Whether Woodpecker writes the log to the bucket."""
    alarm_metrics: int = 0
    """Number of metrics that alarms read; 0 for no alarms."""


@dataclass(frozen=True)
class SupportingServices:
    """Paid services whose number does not depend on the workload."""

    nat: Network
    console: Console
    public_balancers: int = 0
    """Number of load balancers that have a public address in each zone."""
    interface_endpoints: int = 0
    """Number of AWS services with an interface endpoint; each has one in every zone."""
    keys: int = 2
    """Number of customer-managed KMS keys: Kafka's, and the one for the cluster's secrets."""
    secrets: int = 2
    """Number of secrets in Secrets Manager: Kafka's user, and Milvus' root."""
    own_bucket: bool = True
    """Whether Milvus' bucket is made, and watched by an alarm; one that is there holds more than Milvus' data."""
    alarms: bool = False
    """Whether there are alarms, whose topics are encrypted with one of the keys."""
    backups: Backups | None = None
    """Backups, if there are any. Their bucket is encrypted with one of the keys, and each copy of it with another."""
    canary: bool = False
    """Whether a canary writes a metric of its own."""
    certificates: int = 0
    """Number of certificates that load balancers present: 0 or 1."""


GUIDES = Topology(
    # The guides build public load balancers, one customer-managed key and one secret for SCRAM, and 500 GB in S3.
    nodes=(("m6i.2xlarge", 3),),
    broker="kafka.m7g.large",
    brokers=3,
    broker_gib=100,
    etcd_gib=30,
    zones=3,
    supporting=SupportingServices(nat="single", console="own", public_balancers=2, keys=1, secrets=1),
    s3_gib=500,
    rewritten_gib=8,
    log_gb=(0, 0, 0),
)

# Low, typical and high amounts a month: image pulls and AWS calls through NAT in GB; average capacity units of a load
# balancer; searches between zones in GB, with 4 kB up and down each and one in three within its zone; logs of control
# plane and brokers in GB, by tier.
NAT_GB = (5.0, 30.0, 200.0)
CAPACITY_UNITS = (0.0, 0.1, 2.0)
SEARCH_GB = (0.0, 20.0, 1000.0)
LOG_GB: dict[Tier, tuple[float, float, float]] = {"development": (1, 3, 15), "production": (5, 15, 100)}
LOADS = (0.0, 1.0, 10.0)
"""How many times a month all data is written, and read back from S3 when query nodes restart: low, typical, high."""
S3_OBJECT_MIB = 16
"""Size of the S3 objects that Milvus writes and reads (milvus.yaml, dataNode.segment.insertBufSize: 16777216)."""


def topology(
    tier: Tier,
    zones: int,
    groups: tuple[NodeGroup, ...],
    sizing: Sizing,
    kafka: tuple[str, int, int] | None,
    etcd_gib: int,
    supporting: SupportingServices | None,
    *,
    log_in_bucket: bool = False,
) -> Topology:
    """Everything a planned deployment pays for.

    `kafka` is broker type, number of brokers and GiB of each; None: none are made. `supporting` None: those of
    the tier.
    """
    rules = TIERS[tier]
    own = kafka is not None
    supporting = supporting or SupportingServices(
        rules.nat,
        rules.console,
        keys=1 + own + rules.alarms + rules.backup,
        secrets=1 + own,
        alarms=rules.alarms,
        backups=Backups() if rules.backup else None,
    )
    broker, brokers, broker_gib = kafka or ("", 0, 0)
    return Topology(
        nodes=tuple((group.instance, group.nodes) for group in groups),
        broker=broker,
        brokers=brokers,
        broker_gib=broker_gib,
        etcd_gib=etcd_gib,
        zones=zones,
        supporting=supporting,
        s3_gib=sizing.stored_gib,
        rewritten_gib=sizing.stored_gib,
        log_gb=LOG_GB[tier],
        backup_gib=sizing.stored_gib,
        log_in_bucket=log_in_bucket,
        alarm_metrics=_alarm_metrics(tier, zones, brokers, supporting) if supporting.alarms else 0,
    )


def gateways(nat: Network, zones: int) -> int:
    """Number of NAT gateways."""
    return {"none": 0, "single": 1, "perZone": zones}[nat]


def _alarm_metrics(tier: Tier, zones: int, brokers: int, supporting: SupportingServices) -> int:
    watched: dict[Resource, int] = {
        "milvus": 1,
        "canary": int(supporting.canary),
        "attu": int(supporting.console == "own"),
        "certificate": supporting.certificates,
        "nat": gateways(supporting.nat, zones),
        "eks": 1,
        "kafka": int(brokers > 0),
        "bucket": int(supporting.own_bucket),
        "backup": int(supporting.backups is not None),
    }
    return metrics(TABLE, tier, watched, brokers)


def monthly(plan: Topology, price: Prices) -> Cost:
    """The monthly bill for a topology; items that cannot cost anything are left out."""
    supporting = plan.supporting
    nats = gateways(supporting.nat, plan.zones)
    nodes = sum(count for _, count in plan.nodes)
    objects = plan.rewritten_gib * 1024 / S3_OBJECT_MIB
    zone_share = (plan.zones - 1) / plan.zones
    low, typical, high = (
        searched + times * plan.rewritten_gib for searched, times in zip(SEARCH_GB, LOADS, strict=True)
    )
    crossing = (low, typical, high)

    def used(component: str, what: str, amounts: tuple[float, float, float], *keys: str) -> Item:
        """An item that costs so many units of each of these prices, in low, typical and high use."""
        unit = sum(price[key] * (HOURS if hourly(key) else 1) for key in keys)
        low, typical, high = (unit * amount for amount in amounts)
        return Item(component, what, typical, low, high, not price.estimated.isdisjoint(keys))

    def fixed(component: str, what: str, amount: float, *keys: str) -> Item:
        return used(component, what, (amount, amount, amount), *keys)

    items = [
        fixed("cluster", "EKS control plane", 1, "eks.hour"),
        *(fixed("cluster", f"{count} x {name}", count, f"ec2.{name}") for name, count in plan.nodes),
        fixed("cluster", f"{nodes} root volumes of {ROOT_VOLUME_GIB} GiB", ROOT_VOLUME_GIB * nodes, "ebs.gp3"),
        fixed("milvus", f"etcd disks, {plan.etcd_gib} GiB", plan.etcd_gib, "ebs.gp3"),
        fixed("network", f"{nats} NAT gateways, their addresses", nats, "nat.hour", "ipv4.hour"),
        used("network", "NAT traffic", NAT_GB if nats else (0, 0, 0), "nat.gb"),
        # Traffic between zones is charged on the way out and on the way in.
        used("network", "traffic between zones", _times(crossing, 2 * zone_share), "zone.gb"),
        fixed("endpoints", "NLB for Milvus", 1, "nlb.hour"),
        used("endpoints", "NLB capacity units", CAPACITY_UNITS, "nlb.lcu"),
        fixed("keys", f"{supporting.keys} KMS keys", supporting.keys, "kms.key"),
        fixed("keys", f"{supporting.secrets} secrets", supporting.secrets, "secret"),
        fixed("bucket", f"S3, {plan.s3_gib:,.0f} GiB", plan.s3_gib, "s3.storage"),
        used("bucket", "S3 requests", _times(LOADS, objects), "s3.put", "s3.get"),
        used("logs", "CloudWatch logs", plan.log_gb, "logs.gb"),
    ]
    if plan.brokers:
        disks = f"{plan.brokers} disks of {plan.broker_gib} GiB"
        items += [
            fixed("kafka", f"{plan.brokers} x {plan.broker}", plan.brokers, f"msk.{plan.broker}"),
            fixed("kafka", disks, plan.broker_gib * plan.brokers, "msk.storage"),
        ]
    if plan.log_in_bucket:
        kept_months = KEPT_HOURS / HOURS
        items += [
            used("bucket", "log requests", _times(WRITING_HOURS, WRITES_A_SECOND * 3600), "s3.put"),
            used("bucket", "log, S3 storage", _times(LOADS, plan.rewritten_gib * kept_months), "s3.storage"),
        ]
    if supporting.alarms:
        # CloudWatch charges for the metrics that alarms read, so that a query over three brokers counts as three
        # (aws.amazon.com/cloudwatch/pricing). The first 1,000 mails a month cost nothing.
        items += [
            fixed("observability", f"{plan.alarm_metrics} metrics in alarms", plan.alarm_metrics, "alarm.metric"),
            fixed("observability", "1 composite alarm", 1, "alarm.composite"),
        ]
    if supporting.backups:
        objects = plan.backup_gib * 1024 / S3_OBJECT_MIB
        items += backup_items(supporting.backups, plan.backup_gib, objects, price)
    if supporting.canary:
        # Its 9,000 calls a month are among the million that cost nothing.
        items.append(fixed("observability", "1 metric of the canary", 1, "metric.custom"))
    if supporting.console == "own":
        items += [
            fixed("endpoints", "load balancer for Attu", 1, "alb.hour"),
            used("endpoints", "Attu's capacity units", CAPACITY_UNITS, "alb.lcu"),
        ]
    if supporting.interface_endpoints:
        endpoints = supporting.interface_endpoints * plan.zones
        items.append(fixed("network", f"{endpoints} interface endpoints", endpoints, "endpoint.hour"))
    if supporting.public_balancers:
        addresses = supporting.public_balancers * plan.zones
        items.append(fixed("endpoints", f"{addresses} public addresses", addresses, "ipv4.hour"))
    return Cost(tuple(item for item in items if item.high))


def _times(amounts: tuple[float, float, float], factor: float) -> tuple[float, float, float]:
    low, typical, high = amounts
    return low * factor, typical * factor, high * factor


def guides(price: Prices) -> Cost:
    """Monthly cost of the guides' fixed topology.

    It has three nodes and no second copy of any role, and it stops when the zone of its single NAT gateway is lost.
    Types that a region lacks are reckoned all the same: it is there to compare with.
    """
    types = [*(f"ec2.{name}" for name, _ in GUIDES.nodes), f"msk.{GUIDES.broker}"]
    return monthly(GUIDES, price.reckoned(types))
