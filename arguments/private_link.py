"""Arguments of the endpoint service, and whether its zone can prove a name, asked before anything is made there."""

from typing import NoReturn

import pulumi
import pulumi_aws as aws

from arguments.deployment import Deployment
from components.endpoints.endpoints import Endpoints
from components.endpoints.private_link import PrivateLinkArgs, PrivateName
from settings.model import NAMESPACE


def private_name(deployment: Deployment, provider: aws.Provider) -> PrivateName | None:
    """The name for consumers, if the settings want one. Raises pulumi.RunError if AWS would never verify it."""
    access = deployment.settings.access
    domain, link = access.domain, access.private_link
    if not (link and link.private_dns and domain and domain.zone_id):
        return None
    try:
        zone = aws.route53.get_zone(zone_id=domain.zone_id, opts=pulumi.InvokeOptions(provider=provider))
    except Exception as error:  # the SDK raises nothing narrower for what a provider refuses
        _refuse(f"{domain.zone_id}: AWS does not show it ({error}); name a zone that the deployer may read")
    above = zone.name.rstrip(".")
    if zone.private_zone:
        _refuse(f"{domain.zone_id} ({above}) is private: AWS verifies names by public records only; name a public zone")
    if domain.milvus != above and not domain.milvus.endswith(f".{above}"):
        _refuse(f"{domain.zone_id} is the zone of {above}, which {domain.milvus} is not in; name its zone")
    return PrivateName(host=domain.milvus, zone_id=domain.zone_id)


def for_private_link(deployment: Deployment, endpoints: Endpoints, name: PrivateName | None) -> PrivateLinkArgs | None:
    """Arguments of the endpoint service; None for a stack without one."""
    link = deployment.settings.access.private_link
    if link is None:
        return None
    return PrivateLinkArgs(
        balancer_arn=endpoints.nlb_arn,
        principals=link.principals,
        acceptance_required=link.acceptance_required,
        name=name,
    )


def _refuse(why: str) -> NoReturn:
    """Raises pulumi.RunError, which the engine shows without a traceback."""
    raise pulumi.RunError(f"{NAMESPACE}:access.domain.zoneId: {why}; nothing was created or changed")
