"""Arguments of the endpoint service of AWS PrivateLink."""

from arguments.deployment import Deployment
from arguments.there import There
from components.endpoints.endpoints import Endpoints
from components.endpoints.private_link import PrivateLinkArgs


def for_link(deployment: Deployment, endpoints: Endpoints, there: There) -> PrivateLinkArgs | None:
    """Arguments of the endpoint service; None for a stack without one."""
    link = deployment.settings.access.private_link
    if link is None:
        return None
    return PrivateLinkArgs(
        balancer_arn=endpoints.nlb_arn,
        principals=link.principals,
        acceptance_required=link.acceptance_required,
        name=there.private_name,
    )
