"""Looks at every preview whether the zone of `access.domain` can prove its name, before anything is registered."""

import pulumi
import pulumi_aws as aws

from arguments.deployment import Deployment
from arguments.refusal import refuse
from components.endpoints.private_link import PrivateName

SETTING = "access.domain.zoneId"


def private_name(deployment: Deployment, provider: aws.Provider) -> PrivateName | None:
    """The name for consumers, if the settings want one. Raises pulumi.RunError if AWS would never verify it."""
    access = deployment.settings.access
    domain, link = access.domain, access.private_link
    if not (link and link.private_dns and domain and domain.zone_id):
        return None
    try:
        zone = aws.route53.get_zone(zone_id=domain.zone_id, opts=pulumi.InvokeOptions(provider=provider))
    except Exception as error:  # the SDK raises nothing narrower for what a provider refuses
        refuse(
            SETTING,
            f"{domain.zone_id}: AWS does not show it ({error}); name a zone that the deployer may read",
        )
    above = zone.name.rstrip(".")
    if zone.private_zone:
        refuse(
            SETTING,
            f"{domain.zone_id} ({above}) is private: AWS verifies names by public records only; name a public zone",
        )
    if domain.milvus != above and not domain.milvus.endswith(f".{above}"):
        refuse(
            SETTING,
            f"{domain.zone_id} is the zone of {above}, which {domain.milvus} is not in; name its zone",
        )
    return PrivateName(host=domain.milvus, zone_id=domain.zone_id)
