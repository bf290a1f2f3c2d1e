"""The contract of a Milvus stack as a plain dataclass: what it exports, the same names for every target.

Additive only within a major version. No secret is ever in it: secrets are named by ARN and read at run time.
Needs nothing but Python. Left out: where the values come from (reading.py, stack_reference.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

CONTRACT_VERSION = "1.0"
"""major.minor: a new key is a new minor version; a key that goes or changes its meaning is a new major one."""


class ContractError(Exception):
    """The contract can't be read, or its Milvus can't be reached; the message says what to do."""


class RefusedError(ContractError):
    """Milvus answered, and the answer is no: a wrong password, a missing privilege, no such database."""


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Outputs of a stack, as its readers see them."""

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


HINTS: Mapping[str, Any] = get_type_hints(Contract)
"""Type of each key."""


def parse(values: Mapping[str, Any], source: str) -> Contract:
    """The contract in a stack's outputs. Keys that a newer minor version has are left out, those that an older one
    lacks are null. `source` names the stack in errors. Raises ContractError."""
    version = values.get("contract_version")
    if version is None:
        raise ContractError(
            f"{source} exports no contract: it was never deployed, or was destroyed, or is no Milvus stack; deploy it "
            "with `make up`, or name another"
        )
    major, known = str(version).partition(".")[0], CONTRACT_VERSION.partition(".")[0]
    if major != known:
        newer = major.isdecimal() and int(major) > int(known)
        way_out = f"get the milvus_contract of version {major}" if newer else "deploy the stack with a current program"
        raise ContractError(f"{source} has contract version {version}, this reads {CONTRACT_VERSION}: {way_out}")
    read = {field.name: _whole(values.get(field.name)) for field in fields(Contract)}
    if wrong := [f"{key}: {value!r}" for key, value in read.items() if not _fits(value, HINTS[key])]:
        raise ContractError(f"{source} breaks contract version {version} in {', '.join(wrong)}")
    return Contract(**read)


def _whole(value: Any) -> Any:
    """Pulumi's numbers are floating."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(hint, UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is list:
        return isinstance(value, list) and all(type(each) is str for each in cast(list[object], value))
    return type(value) is (get_origin(hint) or hint)
