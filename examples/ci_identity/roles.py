"""The two roles of a stack's workflows, and their trust policies. Their permissions are in permissions.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import permissions
import pulumi
import pulumi_aws as aws

from components.identity.policy import Statement, document


@dataclass(frozen=True, kw_only=True)
class StackIdentityArgs:
    repository: str
    """GitHub repository, as OWNER/NAME."""
    issuer: str
    issuer_arn: pulumi.Input[str]
    account: str
    region: str
    """Region of the stack."""
    state_bucket: str
    secrets_key_arn: str
    hosted_zone_id: str | None = None
    permissions_boundary: str | None = None


class StackIdentity(pulumi.ComponentResource):
    preview_role_arn: pulumi.Output[str]
    """ARN of the role that previews. Like the other role's ARN it is known once the role's policies are attached."""
    deploy_role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: StackIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws-ci:roles:StackIdentity", name, None, opts)
        place = permissions.Place(
            account=args.account,
            region=args.region,
            state_bucket=args.state_bucket,
            secrets_key_arn=args.secrets_key_arn,
            hosted_zone_id=args.hosted_zone_id,
        )
        reading = permissions.reading(place)
        self.preview_role_arn = self._role(
            f"ci-preview-{name}",
            f"preview-{name}",
            args,
            {"state": permissions.state(place, change=False), "read": reading},
            hours=1,
        )
        self.deploy_role_arn = self._role(
            f"ci-deploy-{name}",
            name,
            args,
            {
                "state": permissions.state(place, change=True),
                "read": reading,
                "network": permissions.changing_network(place),
                "services": permissions.changing_services(place),
                "identities": permissions.changing_identities(place),
            },
            hours=3,  # the longest deployments wait for MSK; .github/workflows/deploy.yml asks for the same duration
        )
        self.register_outputs({"preview_role_arn": self.preview_role_arn, "deploy_role_arn": self.deploy_role_arn})

    def _role(
        self,
        name: str,
        environment: str,
        args: StackIdentityArgs,
        policies: Mapping[str, Sequence[Statement]],
        *,
        hours: int,
    ) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            name=name,  # fixed, because it is entered in GitHub's settings; it must not begin like the program's roles
            description=f"GitHub environment {environment} of {args.repository}",
            assume_role_policy=pulumi.Output.from_input(args.issuer_arn).apply(
                lambda arn: trust(arn, args.issuer, args.repository, environment)
            ),
            max_session_duration=hours * 3600,
            permissions_boundary=args.permissions_boundary,
            opts=child,
        )
        attached: list[pulumi.Output[str]] = []
        for key, statements in policies.items():
            # Policies are managed and not inline, because all inline policies of a role share 10,240 characters.
            # docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
            policy = aws.iam.Policy(f"{name}-{key}", policy=document(*statements), opts=child)
            attached.append(
                aws.iam.RolePolicyAttachment(f"{name}-{key}", role=role.name, policy_arn=policy.arn, opts=child).id
            )
        return pulumi.Output.all(role.arn, *attached).apply(lambda known: str(known[0]))


def trust(issuer_arn: str, issuer: str, repository: str, environment: str) -> str:
    """Trust policy for the jobs of one environment of one repository, on any branch: GitHub's rules for the environment
    decide which branches these may be, and who must approve."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": issuer_arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{issuer}:aud": "sts.amazonaws.com",
                    f"{issuer}:sub": f"repo:{repository}:environment:{environment}",
                }
            },
        }
    )
