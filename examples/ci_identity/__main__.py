"""Creates GitHub's identity provider in AWS, and for each stack of milvus-on-aws a role that
reads and one that deploys.

A person runs it once for each account; its state may be in the same bucket. README.md
describes its settings and outputs.
"""

import re
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[2]))

import pulumi
import pulumi_aws as aws
from roles import StackIdentity, StackIdentityArgs

from planning.regions import partition

ISSUER = "token.actions.githubusercontent.com"

config = pulumi.Config()
repository = config.require("repository")
if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
    raise pulumi.RunError(f"repository: {repository!r} is not OWNER/NAME as on GitHub; patterns would trust others")
region = config.require("region")
stacks: dict[str, dict[str, Any]] = config.require_object("stacks")

provider = aws.Provider(
    "aws", region=region, default_tags={"tags": {"project": pulumi.get_project(), "stack": pulumi.get_stack()}}
)
on_aws = pulumi.ResourceOptions(provider=provider)
account = aws.get_caller_identity(opts=pulumi.InvokeOptions(provider=provider)).account_id

if config.get_bool("existingIssuer"):
    issuer_arn: pulumi.Input[str] = f"arn:{partition(region)}:iam::{account}:oidc-provider/{ISSUER}"
else:
    # There is no thumbprint, because AWS itself trusts GitHub's certificate authority.
    # docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
    issuer_arn = aws.iam.OpenIdConnectProvider(
        "github", url=f"https://{ISSUER}", client_id_lists=["sts.amazonaws.com"], opts=on_aws
    ).arn

for name, settings in stacks.items():
    identity = StackIdentity(
        name,
        StackIdentityArgs(
            repository=repository,
            issuer=ISSUER,
            issuer_arn=issuer_arn,
            account=account,
            region=settings.get("region", region),
            state_bucket=config.require("stateBucket"),
            secrets_key_arn=config.require("secretsKeyArn"),
            hosted_zone_id=settings.get("hostedZoneId"),
            permissions_boundary=config.get("permissionsBoundary"),
        ),
        on_aws,
    )
    pulumi.export(name, {"preview": identity.preview_role_arn, "deploy": identity.deploy_role_arn})
