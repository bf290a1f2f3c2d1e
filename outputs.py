"""The contract: what a stack exports, the same names for every target, null where a target has none.

Additive only within a major version. No secret is ever an output: readers of a stack with one need the producer's key
(pulumi#11109, #21143), so secrets are named by ARN and read at run time. Left out: how consumers read it.
"""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import pulumi

CONTRACT_VERSION = "1.0"
"""major.minor: a new key is a new minor version; a key that goes or changes its meaning is a new major one."""


class Contract(BaseModel):
    """Outputs of a stack, as its readers see them."""

    model_config = ConfigDict(
        frozen=True, strict=True, use_attribute_docstrings=True, json_schema_serialization_defaults_required=True
    )

    contract_version: str
    """major.minor of this contract."""
    target: Literal["aws", "embedded"]
    """Where this Milvus runs."""
    milvus_uri: str | None = None
    """For MilvusClient: scheme, host, port."""
    milvus_host: str | None = None
    """Host of milvus_uri."""
    milvus_port: int | None = None
    """Port of milvus_uri."""
    milvus_tls: bool | None = None
    """Whether clients speak TLS to it."""
    milvus_auth_secret_arn: str | None = None
    """Secrets Manager secret with `username` and `password`; null: no authentication."""
    attu_url: str | None = None
    """The web console."""
    bucket_name: str | None = None
    """S3 bucket of the data."""
    kafka_bootstrap_servers: str | None = None
    """SASL/SCRAM brokers, comma-separated."""
    kafka_secret_arn: str | None = None
    """Secrets Manager secret of the active Kafka user."""
    vpc_id: str | None = None
    """VPC of everything."""
    private_subnet_ids: list[str] | None = None
    """Subnets of nodes and brokers."""
    client_security_group_id: str | None = None
    """Attach it to what may connect to Milvus."""
    nlb_arn: str | None = None
    """Network Load Balancer of Milvus."""
    cluster_name: str | None = None
    """EKS cluster: `aws eks update-kubeconfig --name` it."""
    namespace: str | None = None
    """Kubernetes namespace of Milvus."""
    aws_region: str | None = None
    """Region of everything."""
    estimate: dict[str, Any] | None = None
    """Size and monthly price, as planned from the workload."""


def export(**values: "pulumi.Input[Any]") -> None:
    """Exports the contract. What is not given is null: the SDK leaves nulls out, and `StackReference.get_output` gives
    None for them. Raises TypeError for a name that is not in the contract; a secret fails the deployment."""
    import pulumi  # here alone: readers of the contract deploy nothing

    if unknown := values.keys() - Contract.model_fields.keys():
        raise TypeError(f"not in the contract: {', '.join(sorted(unknown))}")
    for name, value in {"contract_version": CONTRACT_VERSION, **values}.items():
        output = pulumi.Output.from_input(value)
        pulumi.export(name, pulumi.Output.from_input(_checked(name, output)))


async def _checked(name: str, output: "pulumi.Output[Any]") -> "pulumi.Output[Any]":
    if await output.is_secret():
        from pulumi import RunError

        raise RunError(f"output {name} is a secret: export the ARN of the secret that holds it instead")
    return output
