"""Computes the CIDR blocks of the VPC's subnets. A subnet's block depends on the VPC and the zone's letter only.

It does not choose zones, and it does not check other networks for overlap: only the user knows peered VPCs and offices.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

# A zone's slot is its letter, so that a zone added later moves no existing subnet: a subnet that moves is replaced, and
# with it EKS and MSK (terraform-aws-modules/terraform-aws-vpc#106, #714). No region has zones after f (2026-11).
LETTERS = "abcdefgh"
ZONE = re.compile(rf"[a-z]{{2}}(-[a-z]+)+-\d[{LETTERS}]")  # local zones (us-west-2-lax-1a) share letters: refused
# A VPC is cut into 16 blocks: one for each zone's private subnet, one shared by all public subnets, the rest free.
PRIVATE_BITS = 4
PUBLIC_BLOCK = len(LETTERS)
PUBLIC_BITS = 4
# AWS allows /16 to /28; a load balancer asks for public subnets of /27 or larger, which makes /19 the smallest.
# docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#availability-zones
PREFIXES = range(16, 20)
PRIVATE_RANGES = [IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
SHARED_RANGE = IPv4Network("100.64.0.0/10")
# docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html
SERVICE_PREFIXES = range(12, 25)
DEFAULT_SERVICE_CIDR = "172.20.0.0/16"

RESERVED = 5
"""Addresses of each subnet that AWS keeps (docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html)."""


@dataclass(frozen=True, kw_only=True)
class ZoneSubnets:
    """CIDR blocks of one zone's subnets."""

    public: str
    private: str


def problems(vpc_cidr: str, zones: Sequence[str], service_cidr: str = DEFAULT_SERVICE_CIDR) -> list[str]:
    """Messages about everything that is wrong with a network's addresses, each with the way out."""
    found = [*_zone_problems(zones)]
    vpc, service = _network(vpc_cidr, found), _network(service_cidr, found)
    if vpc and vpc.prefixlen not in PREFIXES:
        found.append(f"VPC {vpc}: its size must be between /16 and /19; use a /16 or give an existing VPC")
    if vpc and not any(vpc.subnet_of(each) for each in [*PRIVATE_RANGES, SHARED_RANGE]):
        found.append(f"VPC {vpc}: not in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10")
    if service and service.prefixlen not in SERVICE_PREFIXES:
        found.append(f"service CIDR {service}: its size must be between /12 and /24")
    if service and not any(service.subnet_of(each) for each in PRIVATE_RANGES):
        found.append(f"service CIDR {service}: EKS takes it from 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 only")
    if vpc and service and vpc.overlaps(service):
        free = [cidr for cidr in (DEFAULT_SERVICE_CIDR, "10.100.0.0/16") if not vpc.overlaps(IPv4Network(cidr))]
        found.append(
            f"VPC {vpc} and the cluster's service CIDR {service} overlap: pods could not reach those machines;"
            f" move one of them, for example the service CIDR to {(free or ['192.168.0.0/16'])[0]}"
        )
    return found


def subnets(vpc_cidr: str, zones: Sequence[str]) -> dict[str, ZoneSubnets]:
    """Subnets by zone, in the order of `zones`. Call it only for a network for which `problems` returned nothing."""
    vpc = IPv4Network(vpc_cidr)
    blocks = list(vpc.subnets(PRIVATE_BITS))
    public = list(blocks[PUBLIC_BLOCK].subnets(PUBLIC_BITS))
    slots = {zone: LETTERS.index(zone[-1]) for zone in zones}
    return {zone: ZoneSubnets(public=str(public[slot]), private=str(blocks[slot])) for zone, slot in slots.items()}


def usable(cidr: str) -> int:
    """Addresses of a subnet that can be given to anything."""
    return IPv4Network(cidr).num_addresses - RESERVED


def _zone_problems(zones: Sequence[str]) -> list[str]:
    """Messages about zones that are malformed, repeated, of several regions, or too few or too many."""
    found = [f"zone {zone!r} is no availability zone such as us-east-1a" for zone in zones if not ZONE.fullmatch(zone)]
    if len(zones) not in (2, 3):
        found.append(f"{len(zones)} zones: give 2 or 3, since EKS and MSK need two and Milvus gains nothing from four")
    if len(set(zones)) != len(zones):
        found.append(f"zones {', '.join(zones)}: one is named twice")
    if len({zone[:-1] for zone in zones}) > 1:
        found.append(f"zones {', '.join(zones)}: they must lie in one region")
    return found


def _network(cidr: str, found: list[str]) -> IPv4Network | None:
    """The parsed network; None for text that is no network, with the reason added to `found`."""
    try:
        return IPv4Network(cidr)
    except ValueError as error:
        found.append(f"{cidr!r} is no IPv4 network such as 10.0.0.0/16: {error}")
        return None
