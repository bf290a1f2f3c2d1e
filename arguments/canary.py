"""Arguments of the canary, with those of the IAM role by which it tells CloudWatch that it succeeded."""

from arguments.deployment import Deployment
from components.cluster.cluster import Cluster
from components.identity.workload_identity import WorkloadIdentityArgs
from components.milvus.canary import POLICY, SERVICE_ACCOUNT, CanaryArgs
from components.milvus.milvus import Milvus


def for_canary(deployment: Deployment, cluster: Cluster, milvus: Milvus) -> CanaryArgs | None:
    """Arguments of the canary; None for a stack without one."""
    settings = deployment.settings
    if not settings.canaried:
        return None
    return CanaryArgs(
        namespace=milvus.namespace,
        proof=milvus.proof,
        service=milvus.service,
        root_secret=milvus.root_secret,
        identity=WorkloadIdentityArgs(
            oidc_provider_arn=cluster.oidc_provider_arn,
            oidc_issuer=cluster.oidc_issuer,
            namespace=settings.milvus.namespace,
            service_account=SERVICE_ACCOUNT,
            policies={"metrics": POLICY},
            permissions_boundary=settings.cluster.permissions_boundary,
        ),
        region=deployment.plan.region,
        stack=deployment.name,
        registry=settings.milvus.registry,
    )
