"""Asks AWS at every preview about prefix lists in `access.clientPrefixLists`, before the first resource is registered.

A rule that names a list counts as many rules as the list may have entries, however few it has, so that a security
group may be full of one (docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html).
"""

import pulumi
import pulumi_aws as aws

from arguments.refusal import refuse
from settings.access import everybody
from settings.model import Settings
from settings.quotas import RULES, most_networks

SETTING = "access.clientPrefixLists"

QUOTA = "L-0EA8095F"
"""Code of the quota "Inbound or outbound rules per security group"
(docs.aws.amazon.com/general/latest/gr/vpc-service.html)."""


def check_prefix_lists(settings: Settings, provider: aws.Provider) -> None:
    """Raises pulumi.RunError for a list that is not there, of IPv6, open to everybody, or too long."""
    with_provider = pulumi.InvokeOptions(provider=provider)
    entries = len(settings.access.client_cidrs)
    for id_ in settings.access.client_prefix_lists:
        try:
            found = aws.ec2.get_managed_prefix_list(id=id_, opts=with_provider)
        except Exception as error:  # the SDK raises nothing narrower for what a provider refuses
            refuse(
                SETTING,
                f"{id_}: AWS does not show it ({error}); name a managed prefix list of this account and region",
            )
        if found.address_family != "IPv4":
            refuse(
                SETTING,
                f"{id_}: has {found.address_family} networks; the load balancers are reached by IPv4",
            )
        if everybody([entry.cidr for entry in found.entries]) and not settings.access.open_to_the_world:
            refuse(
                SETTING,
                f"{id_}: opens the database to everybody; take 0.0.0.0/0 out of it, or set openToTheWorld: true",
            )
        entries += found.max_entries
    if not settings.access.client_prefix_lists or entries <= most_networks(settings, RULES):
        return
    quota = int(aws.servicequotas.get_service_quota(service_code="vpc", quota_code=QUOTA, opts=with_provider).value)
    if entries > (most := most_networks(settings, quota)):
        refuse(
            SETTING,
            f"{entries} networks with those of clientCidrs (a list counts with its greatest number of entries), but the"
            f" account's security groups, of {quota} rules, hold {most}: shorten the lists, or have the quota raised",
        )
