"""Contradictions about the VPC: its addresses, zones, routes to the internet, and existing subnets."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from planning import addressing, images
from planning.regions import DNS_SUFFIX, TWO_OF_THREE, zone_problem
from settings.problems import Problem

if TYPE_CHECKING:
    from planning.estimate import Estimate
    from settings.model import Settings

OF_A_NEW_VPC = {"cidr", "zones", "nat", "interfaceEndpoints", "flowLogs"}


def problems(written: Mapping[str, Any], settings: "Settings") -> Iterator[Problem]:
    """Contradictions about the VPC. `written` is what the user wrote, without defaults."""
    network, region = settings.network, settings.region
    if region is None:
        yield Problem("region", "is missing: the AWS region of everything, such as us-east-1")
        return
    if network.existing:
        yield from _existing(written, settings)
    else:
        yield from _made(written, settings, region)
    key = "network.existing.privateSubnetIds" if network.existing else "network.zones"
    for zone in settings.zones:
        if reason := zone_problem(region, zone):
            yield Problem(key, f"{zone}: {reason}")
    needed = max(len(settings.zones), 3 if settings.tier == "production" else 2)
    if needed > 2 and region in TWO_OF_THREE:
        where = key if settings.network.zones or settings.network.existing else "region"
        yield Problem(where, f"{needed} zones: an account has two in {region}; choose another region")
    elif settings.tier == "production" and len(settings.zones) < 3:
        yield Problem(key, f"{len(settings.zones)} zones: production survives the loss of one; name three")


def _existing(written: Mapping[str, Any], settings: "Settings") -> Iterator[Problem]:
    existing = settings.network.existing
    if existing is None:
        return
    private, public = existing.private_subnet_ids, existing.public_subnet_ids
    if without_effect := sorted(OF_A_NEW_VPC & set(written.get("network", {}))):
        yield Problem(
            "network.existing", f"is there, so {', '.join(without_effect)} of a new VPC have no effect; remove them"
        )
    if len(private) not in (2, 3):
        yield Problem("network.existing.privateSubnetIds", f"has {len(private)} zones: EKS and MSK need 2 or 3")
    if (settings.access.public or settings.attu.exposure == "public") and not public:
        yield Problem("network.existing.publicSubnetIds", "is missing: the public endpoint needs public subnets")
    elif settings.attu.exposure == "public" and settings.attu.behind == "alb" and len(public) < 2:
        yield Problem("network.existing.publicSubnetIds", "has 1 zone: Attu's load balancer needs two; name another")
    for zone in public:
        if reason := zone_problem(settings.region or "", zone):
            yield Problem("network.existing.publicSubnetIds", f"{zone}: {reason}")


def _made(written: Mapping[str, Any], settings: "Settings", region: str) -> Iterator[Problem]:
    network = settings.network
    if network.flow_logs == "none" and "flowLogDays" in written.get("network", {}):
        yield Problem("network.flowLogDays", "has no effect with network.flowLogs none; remove one of them")
    zones = tuple(dict.fromkeys(settings.zones))  # what is named twice is told elsewhere (duplicates.py)
    if len(zones) < len(settings.zones):
        return
    for text in addressing.problems(network.cidr, zones, settings.cluster.service_cidr):
        about_zones = text.startswith(("zone", str(len(settings.zones))))
        yield Problem("network.zones" if about_zones else "network.cidr", text)
    if network.nat == "none" and not network.interface_endpoints:
        yield Problem("network.nat", "none needs network.interfaceEndpoints: true, or no node could join the cluster")
    registry = settings.milvus.registry
    if network.nat == "none" and not registry:
        yield Problem("network.nat", "none needs milvus.registry: nodes can't pull images from Docker Hub")
    elif network.nat == "none" and not images.in_private_ecr(registry, region):
        yield Problem(
            "milvus.registry",
            f"{registry}: with network.nat none, nodes reach a private ECR registry in the stack's region only;"
            f" mirror the images to <account>.dkr.ecr.{region}.{DNS_SUFFIX}",
        )
    if settings.tier == "production" and network.nat == "single":
        yield Problem("network.nat", "single: production survives the loss of a zone; use perZone or none")


def too_small(settings: "Settings", plan: "Estimate") -> Iterator[Problem]:
    """Subnets of a new VPC that have fewer addresses than the workload needs."""
    if settings.network.existing or addressing.problems(settings.network.cidr, plan.zones):
        return
    needed = settings.addresses(plan)
    for zone, cidrs in addressing.subnets(settings.network.cidr, plan.zones).items():
        kinds = (("private", cidrs.private, needed.private[zone]), ("public", cidrs.public, needed.public))
        for what, cidr, count in kinds:
            if (there := addressing.usable(cidr)) < count:
                yield Problem(
                    "network.cidr",
                    f"{settings.network.cidr} leaves {there} addresses for the {what} subnet of {zone}, but the"
                    f" workload needs {count} there; use a larger VPC, up to /16",
                )
