"""The account that is deployed into: its provider, and which zones it has, asked before the first resource is there.

Zones that nobody named are chosen among them: letters are dealt out anew to each account, and not every account has
every zone (openshift/installer#1789). Left out: subnets that exist, which components/network/existing.py looks at.
"""

import pulumi
import pulumi_aws as aws

from arguments.deployment import Deployment
from arguments.prefix_lists import check_prefix_lists
from arguments.refusal import refuse
from planning.deployment import TIERS
from planning.regions import NO_CONTROL_PLANE, chosen_zones

SETTING = "network.zones"


def in_account(name: str, deployment: Deployment) -> tuple[aws.Provider, pulumi.Output[str], Deployment]:
    """The provider of all AWS resources, the id of its account, and the deployment in zones that the account has."""
    provider = aws.Provider(
        name,
        region=deployment.plan.region,
        allowed_account_ids=list(deployment.settings.access.account_ids) or None,
        default_tags={"tags": deployment.tags},
    )
    account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(provider=provider))
    check_prefix_lists(deployment.settings, provider)
    return provider, account.account_id, _in_zones(deployment, provider)


def _in_zones(deployment: Deployment, provider: aws.Provider) -> Deployment:
    """The deployment, in zones that the account has. Raises pulumi.RunError if there are too few, or not those named.

    `zone-type` leaves out local and wavelength zones, which have neither MSK nor EKS' control plane.
    """
    settings = deployment.settings
    if settings.network.existing:
        return deployment
    answer = aws.get_availability_zones(
        state="available",
        filters=[{"name": "zone-type", "values": ["availability-zone"]}],
        opts=pulumi.InvokeOptions(provider=provider),
    )
    there = [name for name, id_ in zip(answer.names, answer.zone_ids, strict=True) if id_ not in NO_CONTROL_PLANE]
    region = deployment.plan.region
    if not settings.network.zones:
        count = TIERS[settings.tier].zones
        zones = chosen_zones(region, count, there)
        if len(zones) < count:
            refuse(
                SETTING,
                f"{len(there)} zones of {region} take EKS in this account, {count} are needed; choose another region",
            )
        if zones == deployment.plan.zones:
            return deployment
        network = settings.network.model_copy(update={"zones": zones})
        return Deployment.of(settings.model_copy(update={"network": network}), deployment.stack)
    if missing := [zone for zone in settings.zones if zone not in there]:
        refuse(SETTING, f"{', '.join(missing)}: this account has {', '.join(there)} for EKS; name some of these")
    return deployment
