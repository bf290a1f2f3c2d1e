"""Service accounts of pods that take a role of AWS (IRSA). EKS mounts the role's token by the annotation, no other."""

import pulumi
from pulumi_kubernetes.core import v1 as core


def account_with_role(
    name: str,
    account: str,
    namespace: pulumi.Input[str],
    role_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """Makes a service account under its own name, by which the role's trust policy knows it. Returns this name."""
    made = core.ServiceAccount(
        name,
        metadata={"name": account, "namespace": namespace, "annotations": {"eks.amazonaws.com/role-arn": role_arn}},
        automount_service_account_token=False,
        opts=opts,
    )
    return made.metadata.name.apply(str)
