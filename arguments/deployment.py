"""What is known of a deployment on AWS before its first resource: settings, plan, stack, and what follows from them."""

from dataclasses import dataclass
from typing import Self

import pulumi
import pulumi_aws as aws

from planning.estimate import Estimate
from settings.model import NAMESPACE, Settings


@dataclass(frozen=True)
class Deployment:
    """Settings for target `aws`, and the sizes and the price that were planned for them."""

    settings: Settings
    plan: Estimate
    stack: str

    @classmethod
    def of(cls, settings: Settings, stack: str) -> Self:
        """Plans the deployment of settings that read() has accepted. Raises PlanningError for none of these."""
        return cls(settings, settings.plan(), stack)

    @property
    def name(self) -> str:
        """Name of the EKS cluster, also used in the names of its log groups."""
        return f"{NAMESPACE}-{self.stack}"

    @property
    def tags(self) -> dict[str, str]:
        """Tags on every AWS resource. A team's own tags win over ours of the same name."""
        return {"project": NAMESPACE, "stack": self.stack, **self.settings.tags}


def provider(name: str, deployment: Deployment) -> tuple[aws.Provider, pulumi.Output[str]]:
    """The provider of everything on AWS, and the id of the account that it deploys into."""
    provider = aws.Provider(
        name,
        region=deployment.plan.region,
        allowed_account_ids=list(deployment.settings.access.account_ids) or None,
        default_tags={"tags": deployment.tags},
    )
    account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(provider=provider))
    return provider, account.account_id
