"""Nodes whose pods may connect to Milvus, because they belong to the producer's client security group.

"Security groups for pods" are not used: they need a setting of the producer's CNI, a policy of its cluster's role, and
instances that support them (docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html). Nodes of its own
also keep the application from taking memory from Milvus. CNI and DNS belong to the producer's cluster.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# docs.aws.amazon.com/eks/latest/userguide/create-node-role.html; the CNI has a role of its own.
POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")


@dataclass(frozen=True, kw_only=True)
class ClientsArgs:
    partition: pulumi.Input[str]
    cluster_name: pulumi.Input[str]
    security_group_ids: Sequence[pulumi.Input[str]]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    node_type: str
    nodes: int = 1


class Clients(pulumi.ComponentResource):
    pool: str
    """Value of the nodes' label and taint `pool`."""

    def __init__(self, name: str, args: ClientsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("consumer:clients:Clients", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.pool = f"{pulumi.get_project()}-{pulumi.get_stack()}"
        machines = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [machines]})
        role = aws.iam.Role(name, assume_role_policy=trust, opts=child)
        attached = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy}",
                role=role.name,
                policy_arn=pulumi.Output.format("arn:{0}:iam::aws:policy/{1}", args.partition, policy),
                opts=child,
            )
            for policy in POLICIES
        ]
        template = aws.ec2.LaunchTemplate(
            name,
            vpc_security_group_ids=list(args.security_group_ids),
            # With one hop, pods cannot use their node's role.
            metadata_options={"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
            opts=child,
        )
        aws.eks.NodeGroup(
            name,
            cluster_name=args.cluster_name,
            node_role_arn=role.arn,
            subnet_ids=args.subnet_ids,
            instance_types=[args.node_type],
            ami_type="AL2023_x86_64_STANDARD",
            scaling_config={"min_size": args.nodes, "max_size": args.nodes, "desired_size": args.nodes},
            labels={"pool": self.pool},
            # Milvus' pods stay on their own nodes.
            taints=[{"key": "pool", "value": self.pool, "effect": "NO_SCHEDULE"}],
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            # A node without its policies never joins.
            opts=pulumi.ResourceOptions(parent=self, depends_on=attached),
        )
        self.register_outputs({"pool": self.pool})
