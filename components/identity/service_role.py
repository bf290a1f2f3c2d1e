"""An IAM role for an AWS service, with AWS managed policies, as EKS and its nodes each need one."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.identity.policy import trust
from planning.regions import partition


def service_role(
    name: str,
    description: str,
    service: str,
    managed_policies: Sequence[str],
    *,
    region: str,
    permissions_boundary: pulumi.Input[str] | None,
    parent: pulumi.Resource,
) -> tuple[aws.iam.Role, list[aws.iam.RolePolicyAttachment]]:
    """The role, and its policy attachments, which must exist as long as anything uses the role."""
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        description=description,
        assume_role_policy=trust(service),
        permissions_boundary=permissions_boundary,
        opts=child,
    )
    return role, [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy}",
            role=role.name,
            policy_arn=f"arn:{partition(region)}:iam::aws:policy/{policy}",
            opts=child,
        )
        for policy in managed_policies
    ]
