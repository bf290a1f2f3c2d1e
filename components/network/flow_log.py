"""A VPC's flow log in CloudWatch. S3 would halve the price of a GB, but needs one more bucket to secure and delete."""

from typing import Literal

import pulumi
import pulumi_aws as aws

from components.identity.policy import allow, document, trust
from components.order import known_after


def flow_log(
    name: str,
    vpc_id: pulumi.Input[str],
    traffic: Literal["rejected", "all"],
    retention_days: int,
    permissions_boundary: pulumi.Input[str] | None,
    parent: pulumi.Resource,
) -> aws.ec2.FlowLog:
    """A log of a VPC's connections, with the log group and the role with which AWS writes to it."""
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.cloudwatch.LogGroup(name, retention_in_days=retention_days, opts=child)
    # As in docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html, but without permission to create groups.
    role = aws.iam.Role(
        name,
        description="Writes the VPC's flow log",
        assume_role_policy=trust("vpc-flow-logs.amazonaws.com"),
        permissions_boundary=permissions_boundary,
        opts=child,
    )
    policy = aws.iam.RolePolicy(name, role=role.name, policy=group.arn.apply(write_policy), opts=child)
    return aws.ec2.FlowLog(
        name,
        vpc_id=vpc_id,
        traffic_type={"rejected": "REJECT", "all": "ALL"}[traffic],
        log_destination=group.arn,
        # Known once the policy exists: a flow log created before it shows "Access error" and records nothing.
        iam_role_arn=known_after(role.arn, policy.id),
        max_aggregation_interval=600,
        opts=child,
    )


def write_policy(group_arn: str) -> str:
    """Policy that allows writing to one log group only; the permission to describe groups cannot be limited to one."""
    return document(
        allow(
            "WriteTheFlowLog",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            f"{group_arn}:*",
        ),
        allow("FindTheLogGroup", ["logs:DescribeLogGroups"], "*"),
    )
