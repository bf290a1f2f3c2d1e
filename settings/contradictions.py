"""Mistakes in settings that no single key shows: keys that exclude, need or outgrow each other."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from planning import addressing, versions
from planning.chart.helm_values import owned_keys
from planning.errors import PlanningError
from settings.problems import Problem

if TYPE_CHECKING:
    from settings.model import Settings

ONLY_FOR = {"embedded": "embedded"} | dict.fromkeys(
    ("region", "protect", "tags", "network", "cluster", "kafka", "bucket", "milvus", "attu", "access"), "aws"
)
"""Key -> the target that it configures."""


def contradictions(given: Mapping[str, Any], settings: "Settings") -> Iterator[Problem]:
    for key, target in ONLY_FOR.items():
        if key in given and settings.target != target:
            yield Problem(key, f"has no effect with target {settings.target}; remove it or set target: {target}")
    if settings.target == "aws":
        yield from _network(given, settings)
        yield from _kafka(settings)
        yield from _access(settings)
        yield from _versions(settings)
        yield from _workload(settings)


def _network(given: Mapping[str, Any], settings: "Settings") -> Iterator[Problem]:
    network, region = settings.network, settings.region
    if region is None:
        yield Problem("region", "is missing: the AWS region of everything, such as us-east-1")
        return
    if network.existing:
        private = network.existing.private_subnet_ids
        if made := sorted({"cidr", "zones", "nat", "interfaceEndpoints", "flowLogs"} & set(given.get("network", {}))):
            yield Problem(
                "network.existing", f"is there, so {', '.join(made)} of a new VPC have no effect; remove them"
            )
        if len(private) not in (2, 3):
            yield Problem("network.existing.privateSubnetIds", f"has {len(private)} zones: EKS and MSK need 2 or 3")
        if (settings.access.public or settings.attu.exposure == "public") and not network.existing.public_subnet_ids:
            yield Problem("network.existing.publicSubnetIds", "is missing: the public endpoint needs public subnets")
    else:
        for text in addressing.problems(network.cidr, settings.zones, settings.cluster.service_cidr):
            yield Problem(
                "network.zones" if text.startswith(("zone", str(len(settings.zones)))) else "network.cidr", text
            )
        if network.nat == "none" and not network.interface_endpoints:
            yield Problem(
                "network.nat", "none needs network.interfaceEndpoints: true, or no node could join the cluster"
            )
        if network.nat == "none" and not settings.milvus.registry:
            yield Problem("network.nat", "none needs milvus.registry: nodes can't pull images from Docker Hub")
    if strange := [zone for zone in settings.zones if not zone.startswith(region)]:
        yield Problem("network.zones", f"{', '.join(strange)}: not in region {region}")
    if settings.tier == "production" and network.nat == "single" and not network.existing:
        yield Problem("network.nat", "single: production survives the loss of a zone; use perZone or none")
    if settings.tier == "production" and len(settings.zones) < 3:
        yield Problem("network.zones", f"{len(settings.zones)} zones: production survives the loss of one; name three")


def _kafka(settings: "Settings") -> Iterator[Problem]:
    kafka = settings.kafka
    if kafka.active_user not in kafka.users:
        yield Problem(
            "kafka.activeUser", f"{kafka.active_user} is not among kafka.users ({', '.join(kafka.users)}); add it"
        )
    if len(set(kafka.users)) < len(kafka.users):
        yield Problem("kafka.users", f"{', '.join(kafka.users)}: one is named twice")
    if kafka.max_storage_gib and kafka.storage_gib and kafka.max_storage_gib < kafka.storage_gib:
        yield Problem(
            "kafka.maxStorageGib",
            f"{kafka.max_storage_gib} is less than kafka.storageGib {kafka.storage_gib}; raise it",
        )
    if kafka.instance_type == "kafka.t3.small" and settings.tier == "production":
        yield Problem("kafka.instanceType", "kafka.t3.small: burstable, for trying things; production needs m5 or m7g")
    if kafka.instance_type == "kafka.t3.small" and kafka.max_storage_gib:
        yield Problem("kafka.maxStorageGib", "has no effect on kafka.t3.small, whose storage MSK does not scale")


def _access(settings: "Settings") -> Iterator[Problem]:
    access, attu = settings.access, settings.attu
    encrypted = bool(access.certificate_arn or access.domain)
    if "0.0.0.0/0" in access.client_cidrs and not access.open_to_the_world:
        yield Problem(
            "access.clientCidrs",
            "0.0.0.0/0 opens the database to everybody; name networks, or set openToTheWorld: true",
        )
    if access.public and not access.client_cidrs:
        yield Problem("access.public", "true needs access.clientCidrs: the networks that may connect")
    if access.public and not encrypted and settings.tier == "production":
        yield Problem("access.public", "true without TLS sends passwords in clear; give certificateArn or domain")
    if attu.exposure == "public" and not access.client_cidrs:
        yield Problem("attu.exposure", "public needs access.clientCidrs: the networks that may connect")
    if attu.exposure == "internal" and settings.network.existing and not access.client_cidrs:
        yield Problem("access.clientCidrs", "is missing: say which networks of the existing VPC may open Attu")
    if attu.exposure == "public" and not encrypted:
        yield Problem("attu.exposure", "public needs HTTPS: give access.certificateArn or access.domain")
    if attu.exposure == "public" and attu.behind == "nlb" and not access.public:
        yield Problem(
            "attu.behind", "nlb shares Milvus' load balancer, which is internal; set access.public or behind: alb"
        )
    if attu.oidc and attu.behind == "nlb":
        yield Problem("attu.oidc", "needs behind: alb; a network load balancer knows no login")
    if attu.oidc and attu.exposure == "none":
        yield Problem("attu.oidc", "has no effect with exposure none; remove it, or set internal or public")
    if attu.oidc and not encrypted:
        yield Problem("attu.oidc", "needs HTTPS: give access.certificateArn or access.domain")
    if access.domain and access.domain.attu == access.domain.milvus:
        yield Problem("access.domain.attu", f"{access.domain.attu} is Milvus' own name; give it another one")
    if access.domain and access.domain.attu and attu.exposure == "none":
        yield Problem("access.domain.attu", "has no effect with attu.exposure none; remove it")


def _versions(settings: "Settings") -> Iterator[Problem]:
    found = versions.check(
        milvus=settings.milvus.version,
        chart=settings.milvus.chart_version,
        kafka=settings.kafka.version or versions.KAFKA,
        kubernetes=settings.cluster.version,
        today=datetime.now(UTC).date(),
    )
    for each in found:
        if each.severity == "error":
            yield Problem(each.key, f"{each.value}: {each.reason}. Use {each.allowed}. See {each.link}")
    small = settings.kafka.instance_type == "kafka.t3.small"
    if small and (settings.kafka.version or "").endswith(".kraft"):
        yield Problem(
            "kafka.version", f"{settings.kafka.version}: MSK runs kafka.t3.small without KRaft only; use 3.8.x"
        )
    if keys := owned_keys(settings.milvus.config):
        yield Problem("milvus.config", f"{', '.join(keys)}: this program sets these itself; remove them")
    if unknown := settings.cluster.addon_versions.keys() - versions.KUBERNETES_VERSIONS["1.35"].addons.keys():
        yield Problem(
            "cluster.addonVersions", f"{', '.join(sorted(unknown))}: not an add-on that this program installs"
        )
    if settings.milvus.prefix and "-partition-" in settings.milvus.prefix:
        yield Problem(
            "milvus.prefix", f"{settings.milvus.prefix}: Milvus stops on topics with -partition- (milvus#28675)"
        )


def _workload(settings: "Settings") -> Iterator[Problem]:
    if settings.workload is None:
        yield Problem("workload", "is missing: say how many vectors of which dimension the database must hold")
    elif settings.region and len(settings.zones) in (2, 3):
        try:
            settings.plan()
        except PlanningError as error:
            yield Problem("workload", str(error))
