"""Differences between AWS' regions that are known without asking an account: partitions, and names of zones.

Left out: which account sees which zone. Letters are dealt out anew to each account, so that only a zone that no account
has can be refused here; arguments/account.py and components/network/existing.py ask AWS.
"""

import re
from collections.abc import Collection

REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")

ISOLATED = re.compile(r"(cn|eusc)-|[a-z]{2}-iso[a-z]?-")
"""Regions of partitions with a DNS suffix of their own (amazonaws.com.cn, amazonaws.eu, c2s.ic.gov ...)."""
DNS_SUFFIX = "amazonaws.com"
"""What host names of AWS end in, in every region that is not ISOLATED, those of GovCloud included. Names of services in
policies (eks.amazonaws.com) are the same in every partition and have nothing to do with it."""

# Letters of a new account's zones, if they are not a, b and c. ap-northeast-1b is closed to accounts opened since 2018
# (openshift/installer#1789), and Canada's third zone is d.
LETTERS = {"ap-northeast-1": "acd", "ca-central-1": "abd"}
# All letters that accounts have in a region. us-east-1e is use1-az3 in many accounts, in which EKS creates no control
# plane.
KNOWN = {
    "ap-northeast-1": "abcd",
    "ap-northeast-2": "abcd",
    "ca-central-1": "abd",
    "us-east-1": "abcdef",
    "us-west-2": "abcd",
}
USUAL = "abc"
TWO_OF_THREE = ("us-west-1",)
"""Regions in which an account has two zones, whose letters differ from account to account: a and b stand for them
until the account is asked."""
NO_CONTROL_PLANE = ("use1-az3", "usw1-az2", "cac1-az3")
"""Ids of zones in which EKS creates no control plane
(docs.aws.amazon.com/eks/latest/userguide/network-reqs.html#network-requirements-subnets).
"""


def partition(region: str) -> str:
    """Partition, the second part of every ARN (docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html)."""
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def console(region: str) -> str:
    """Host of AWS' console in a region
    (docs.aws.amazon.com/govcloud-us/latest/UserGuide/using-govcloud-endpoints.html)."""
    return "console.amazonaws-us-gov.com" if region.startswith("us-gov-") else f"{region}.console.aws.amazon.com"


def unsupported(region: str) -> str | None:
    """The reason why a stack cannot be deployed to a region; None if it can."""
    if not REGION.fullmatch(region):
        return "a region such as us-east-1"
    if ISOLATED.match(region):
        return (
            "it is in a partition of AWS with other host names and ARNs, which this program does not know; "
            "choose a commercial region or us-gov-*"
        )
    return None


def first_zones(region: str, count: int) -> tuple[str, ...]:
    """Names of the first zones of a region, as a new account has them; fewer than `count` where it has fewer."""
    most = 2 if region in TWO_OF_THREE else 3
    return tuple(region + letter for letter in LETTERS.get(region, USUAL)[: min(count, most)])


def known_zones(region: str) -> tuple[str, ...]:
    """Names of all zones of a region that some account has."""
    return tuple(region + letter for letter in KNOWN.get(region, USUAL))


def chosen_zones(region: str, count: int, there: Collection[str]) -> tuple[str, ...]:
    """Names of the zones that a new deployment takes among those that the account has (`there`), in order.

    Those of the table come first: what an earlier version of this program chose from it stays where it is.
    """
    usual = [zone for zone in first_zones(region, count) if zone in there]
    others = [zone for zone in sorted(there) if zone not in usual]
    return tuple(sorted([*usual, *others][:count]))


def zone_problem(region: str, zone: str) -> str | None:
    """The reason why no account has a zone in a region; None if some account has it."""
    if not zone.startswith(region) or not re.fullmatch(r"[a-z]", zone.removeprefix(region)):
        return f"not in region {region}, whose zones are called {region}a and so on"
    letters = KNOWN.get(region, USUAL)
    if zone[-1] not in letters:
        return f"region {region} has zones {', '.join(letters)} only"
    return None
