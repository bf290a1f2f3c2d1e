"""Checks counts that AWS limits and that settings can exceed, and says how many are left for the user."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from settings.problems import Problem

if TYPE_CHECKING:
    from planning.estimate import Estimate
    from settings.model import Settings

RULES = 60
"""Most inbound rules of a security group (docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html)."""
API_NETWORKS = 40
"""Most networks that may reach a cluster's public endpoint, which AWS does not raise
(docs.aws.amazon.com/eks/latest/userguide/service-quotas.html).
"""
NOT_ON_THE_INTERNET = tuple(
    IPv4Network(each)
    for each in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
)
"""Reserved addresses, of which no block can be in publicAccessCidrs
(docs.aws.amazon.com/eks/latest/userguide/config-cluster-endpoint.html)."""
NODE_GROUPS = 30
"""Most managed node groups of a cluster, from the same page."""


def problems(settings: "Settings") -> Iterator[Problem]:
    networks = len(settings.access.client_cidrs) + len(settings.access.client_prefix_lists)
    if networks > (most := most_networks(settings, RULES)):
        whose = ", ".join(_rules(settings))
        yield Problem(
            "access.clientCidrs",
            f"{networks} networks: each needs rules in the security groups of {whose}, which hold {RULES}; give at "
            f"most {most}, for example by joining neighbours into larger networks, or have AWS raise that quota and "
            "name a prefix list (access.clientPrefixLists)",
        )
    if len(settings.cluster.public_access_cidrs) > API_NETWORKS:
        yield Problem(
            "cluster.publicAccessCidrs",
            f"{len(settings.cluster.public_access_cidrs)} networks: EKS takes {API_NETWORKS}; join neighbours",
        )
    for number, network in enumerate(settings.cluster.public_access_cidrs):
        if any(IPv4Network(network).overlaps(each) for each in NOT_ON_THE_INTERNET):
            yield Problem(
                f"cluster.publicAccessCidrs[{number}]",
                f"{network}: EKS refuses private networks here: name addresses as the internet sees them",
            )


def most_networks(settings: "Settings", rules: int) -> int:
    """How many client networks fit into each security group that admits them, if a group holds so many rules."""
    return min((rules - fixed) // each for each, fixed in _rules(settings).values())


def _rules(settings: "Settings") -> dict[str, tuple[int, int]]:
    """Whose group: its rules for each network, and those that it has anyway."""
    attu, encrypted = settings.attu, settings.encrypted
    rules = {"Milvus' load balancer": (1, 1)}  # port 19530, and one rule for members of the client security group
    if attu.exposure != "none" and attu.behind == "nlb":
        rules["Milvus' load balancer"] = (2, 1)  # port 3000 needs a rule, too
    elif attu.exposure != "none":
        rules["Attu's load balancer"] = (2 if encrypted else 1, 0)  # with HTTPS, port 80 is open, too, and redirects
    return rules


def of_plan(plan: "Estimate") -> Iterator[Problem]:
    groups = sum(len(group.zones) for group in plan.fleet.groups)
    if groups > NODE_GROUPS:
        yield Problem("workload", f"needs {groups} node groups, one a zone; EKS allows {NODE_GROUPS} a cluster")
