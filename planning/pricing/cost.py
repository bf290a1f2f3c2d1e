"""Computes what a deployment costs a month, item by item, and what the guides' fixed topology costs at the same prices.

Prices are on demand; taxes, support and savings plans are left out. An item that depends on use is a range with a
typical value, and the constants below are the assumptions.
"""

from dataclasses import dataclass

from planning.deployment import TIERS, Console, Network, Tier
from planning.fleet.capacity import NodeGroup
from planning.fleet.instances import ROOT_VOLUME_GIB
from planning.pricing.prices import Prices
from planning.sizing import Sizing


@dataclass(frozen=True)
class Item:
    """One line of the bill, in USD a month."""

    component: str
    """The component of components/ that creates it."""
    what: str
    usd: float
    """Typical cost."""
    low: float
    high: float


@dataclass(frozen=True)
class Cost:
    """The monthly bill. Its sums are in USD a month."""

    items: tuple[Item, ...]

    @property
    def usd(self) -> float:
        return sum(item.usd for item in self.items)

    @property
    def low(self) -> float:
        return sum(item.low for item in self.items)

    @property
    def high(self) -> float:
        return sum(item.high for item in self.items)


@dataclass(frozen=True)
class Topology:
    """Everything that has to be paid for, except traffic and requests."""

    nodes: tuple[tuple[str, int], ...]
    """Instance types of nodes, each with the number of nodes."""
    broker: str
    brokers: int
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
    kafka: tuple[str, int, int],
    etcd_gib: int,
    supporting: SupportingServices | None,
) -> Topology:
    """Everything a planned deployment pays for.

    `kafka` is broker type, number of brokers and GiB of each. `supporting` None: the tier's defaults.
    """
    rules = TIERS[tier]
    return Topology(
        nodes=tuple((group.instance, group.nodes) for group in groups),
        broker=kafka[0],
        brokers=kafka[1],
        broker_gib=kafka[2],
        etcd_gib=etcd_gib,
        zones=zones,
        supporting=supporting or SupportingServices(rules.nat, rules.console),
        # The sizing tool estimates object storage in the same way: raw data and index files.
        s3_gib=sizing.raw_gib + sizing.loading_gib,
        rewritten_gib=sizing.raw_gib + sizing.loading_gib,
        log_gb=LOG_GB[tier],
    )


def monthly(plan: Topology, price: Prices) -> Cost:
    """The monthly bill for a topology; items that cannot cost anything are left out."""
    supporting = plan.supporting
    gateways = {"none": 0, "single": 1, "perZone": plan.zones}[supporting.nat]
    nodes = sum(count for _, count in plan.nodes)
    objects = plan.rewritten_gib * 1024 / S3_OBJECT_MIB
    zone_share = (plan.zones - 1) / plan.zones

    def fixed(component: str, what: str, usd: float) -> Item:
        return Item(component, what, usd, usd, usd)

    def used(component: str, what: str, unit_usd: float, amounts: tuple[float, float, float]) -> Item:
        low, typical, high = amounts
        return Item(component, what, unit_usd * typical, unit_usd * low, unit_usd * high)

    items = [
        fixed("cluster", "EKS control plane", price.month("eks.hour")),
        *(fixed("cluster", f"{count} x {name}", price.month(f"ec2.{name}") * count) for name, count in plan.nodes),
        fixed("cluster", f"{nodes} root volumes of {ROOT_VOLUME_GIB} GiB", price["ebs.gp3"] * ROOT_VOLUME_GIB * nodes),
        fixed("kafka", f"{plan.brokers} x {plan.broker}", price.month(f"msk.{plan.broker}") * plan.brokers),
        fixed(
            "kafka",
            f"{plan.brokers} disks of {plan.broker_gib} GiB",
            price["msk.storage"] * plan.broker_gib * plan.brokers,
        ),
        fixed("milvus", f"etcd disks, {plan.etcd_gib} GiB", price["ebs.gp3"] * plan.etcd_gib),
        fixed(
            "network",
            f"{gateways} NAT gateways, their addresses",
            (price.month("nat.hour") + price.month("ipv4.hour")) * gateways,
        ),
        used("network", "NAT traffic", price["nat.gb"], NAT_GB if gateways else (0, 0, 0)),
        used(
            "network",
            "traffic between zones",
            2 * price["zone.gb"] * zone_share,  # charged on the way out and on the way in
            _amounts(SEARCH_GB, LOADS, plan.rewritten_gib),
        ),
        fixed("endpoints", "NLB for Milvus", price.month("nlb.hour")),
        used("endpoints", "NLB capacity units", price.month("nlb.lcu"), CAPACITY_UNITS),
        fixed("keys", f"{supporting.keys} KMS keys", price["kms.key"] * supporting.keys),
        fixed("keys", f"{supporting.secrets} secrets", price["secret"] * supporting.secrets),
        fixed("bucket", f"S3, {plan.s3_gib:,.0f} GiB", price["s3.storage"] * plan.s3_gib),
        used("bucket", "S3 requests", (price["s3.put"] + price["s3.get"]) * objects, LOADS),
        used("logs", "CloudWatch logs", price["logs.gb"], plan.log_gb),
    ]
    if supporting.console == "own":
        items += [
            fixed("endpoints", "load balancer for Attu", price.month("alb.hour")),
            used("endpoints", "Attu's capacity units", price.month("alb.lcu"), CAPACITY_UNITS),
        ]
    if supporting.interface_endpoints:
        endpoints = supporting.interface_endpoints * plan.zones
        items.append(fixed("network", f"{endpoints} interface endpoints", price.month("endpoint.hour") * endpoints))
    if supporting.public_balancers:
        addresses = supporting.public_balancers * plan.zones
        items.append(fixed("endpoints", f"{addresses} public addresses", price.month("ipv4.hour") * addresses))
    return Cost(tuple(item for item in items if item.high))


def _amounts(
    base: tuple[float, float, float], times: tuple[float, float, float], amount: float
) -> tuple[float, float, float]:
    """Low, typical and high: `base` plus `amount` multiplied by `times`."""
    low, typical, high = (base[n] + times[n] * amount for n in range(3))
    return low, typical, high


def guides(price: Prices) -> Cost:
    """Monthly cost of the guides' fixed topology.

    It has three nodes and no second copy of any role, and it stops when the zone of its single NAT gateway is lost.
    """
    return monthly(GUIDES, price)
