"""A VPC's flow log in CloudWatch; S3 would cost half a GB's price, and a bucket more to secure, empty and delete."""

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
    """Logs a VPC's connections, with the role that AWS writes them by."""
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.cloudwatch.LogGroup(name, retention_in_days=retention_days, opts=child)
    # docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html, without creating groups: ours exists.
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
        # By the policy's role, not the role itself: a log made before the policy shows "Access error" and stays silent.
        iam_role_arn=known_after(role.arn, policy.id),
        max_aggregation_interval=600,
        opts=child,
    )


def write_policy(group_arn: str) -> str:
    """Write into one log group, and nothing else; describing groups cannot be limited to one."""
    return document(
        allow(
            "WriteTheFlowLog",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            f"{group_arn}:*",
        ),
        allow("FindTheLogGroup", ["logs:DescribeLogGroups"], "*"),
    )
