"""Arguments of the canary, and of the IAM role with which it tells CloudWatch that it succeeded."""

from arguments.deployment import Deployment
from components.cluster.cluster import Cluster
from components.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.milvus.canary import SERVICE_ACCOUNT, CanaryArgs, policy
from components.milvus.milvus import Milvus
from components.order import known_after
from planning.signals.canary import NAMESPACE


def for_canary_identity(deployment: Deployment, cluster: Cluster) -> WorkloadIdentityArgs | None:
    """Arguments of the role; None for a stack without a canary."""
    settings = deployment.settings
    if not settings.canaried:
        return None
    return WorkloadIdentityArgs(
        oidc_provider_arn=cluster.oidc_provider_arn,
        oidc_issuer=cluster.oidc_issuer,
        namespace=settings.milvus.namespace,
        service_account=SERVICE_ACCOUNT,
        policies={"metrics": policy(NAMESPACE)},
        permissions_boundary=settings.cluster.permissions_boundary,
    )


def for_canary(deployment: Deployment, milvus: Milvus, identity: WorkloadIdentity) -> CanaryArgs:
    """Arguments of the canary."""
    return CanaryArgs(
        namespace=known_after(milvus.namespace, milvus.ready),
        service=milvus.service,
        root_secret=milvus.root_secret,
        role_arn=identity.role_arn,
        region=deployment.plan.region,
        stack=deployment.name,
        metrics_namespace=NAMESPACE,
        registry=deployment.settings.milvus.registry,
    )
