"""An IAM role that one Kubernetes service account alone may assume (IRSA).

EKS Pod Identity is not used: Milvus' C++ part supports it only from 2.6.1 on (milvus#42547), and IRSA in all versions.
The service account is not created here but by the chart that runs the pods, with this role's ARN as its annotation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.identity.policy import document
from components.order import known_after


@dataclass(frozen=True, kw_only=True)
class WorkloadIdentityArgs:
    oidc_provider_arn: pulumi.Input[str]
    oidc_issuer: pulumi.Input[str]
    """URL of the cluster's issuer without `https://`."""
    namespace: str
    service_account: str
    policies: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Inline policies by name; AWS deletes them with the role."""
    managed_policy_arns: tuple[str, ...] = ()
    permissions_boundary: pulumi.Input[str] | None = None


class WorkloadIdentity(pulumi.ComponentResource):
    role_arn: pulumi.Output[str]
    """Known once every policy is attached, so that nothing starts with a role that lacks permissions."""

    def __init__(self, name: str, args: WorkloadIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:workload_identity:WorkloadIdentity", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        subject = f"system:serviceaccount:{args.namespace}:{args.service_account}"
        role = aws.iam.Role(
            f"{name}-role",
            description=f"Kubernetes service account {args.namespace}/{args.service_account}",
            assume_role_policy=pulumi.Output.all(args.oidc_provider_arn, args.oidc_issuer).apply(
                lambda cluster: trust_service_account(cluster[0], cluster[1], subject)
            ),
            permissions_boundary=args.permissions_boundary,
            opts=child,
        )
        attached: list[pulumi.Output[str]] = [
            aws.iam.RolePolicy(f"{name}-{key}", role=role.name, policy=policy, opts=child).id
            for key, policy in args.policies.items()
        ]
        attached += [
            aws.iam.RolePolicyAttachment(
                f"{name}-{arn.rsplit('/', 1)[-1]}", role=role.name, policy_arn=arn, opts=child
            ).id
            for arn in args.managed_policy_arns
        ]
        self.role_arn = known_after(role.arn, *attached)
        self.register_outputs({"role_arn": self.role_arn})


def trust_service_account(oidc_provider_arn: str, oidc_issuer: str, subject: str) -> str:
    """A trust policy for one service account.

    Both conditions compare by StringEquals: without `:aud` any token of the cluster would be accepted, and patterns in
    `:sub` have admitted whole namespaces (terraform-aws-modules/terraform-aws-iam#486, #200).

    docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
    """
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": oidc_provider_arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{oidc_issuer}:aud": "sts.amazonaws.com", f"{oidc_issuer}:sub": subject}},
        }
    )
