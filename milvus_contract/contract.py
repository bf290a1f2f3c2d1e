"""The contract of a Milvus stack as a plain dataclass: its outputs, with the same names for every target.

Within a major version keys are only added. It never contains secrets, but names them by ARN, to be read at run time.
This module needs Python only. reading.py and stack_reference.py get the values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

CONTRACT_VERSION = "1.2"
"""major.minor: a new key increases the minor version; a removed key or a changed
meaning increases the major version."""


class ContractError(Exception):
    """The contract can't be read, or its Milvus can't be reached; the message says what to do."""


class RefusedError(ContractError):
    """Milvus answered and refused: because of a wrong password, a missing privilege, or an unknown database."""


def missing(package: str, extra: str) -> ContractError:
    """The error for a function whose package is not installed. `extra` of this distribution brings it."""
    return ContractError(f'{package} is not installed: pip install "./milvus_contract[{extra}]", or the package itself')


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Outputs of a stack as its readers see them."""

    contract_version: str
    """Version of this contract, as major.minor."""
    target: Literal["aws", "embedded"]
    """The place where this Milvus runs."""
    milvus_uri: str | None = None
    """Address for MilvusClient, with scheme, host and port."""
    milvus_host: str | None = None
    """Host of milvus_uri."""
    milvus_port: int | None = None
    """Port of milvus_uri."""
    milvus_tls: bool | None = None
    """True if clients must use TLS."""
    milvus_auth_secret_arn: str | None = None
    """Secret in Secrets Manager with `username` and `password`; null if there is no authentication."""
    attu_url: str | None = None
    """Address of Attu, the web console."""
    dashboard_url: str | None = None
    """Address of the stack's CloudWatch dashboard; null without alarms."""
    bucket_name: str | None = None
    """S3 bucket with Milvus' data."""
    backup_bucket_name: str | None = None
    """S3 bucket with backups; null if none are made."""
    backup_copy_bucket_name: str | None = None
    """S3 bucket with copies of all backups in another region."""
    backup_role_arn: str | None = None
    """IAM role that makes backups."""
    restore_role_arn: str | None = None
    """IAM role that restores backups and deletes old ones."""
    kafka_bootstrap_servers: str | None = None
    """Addresses of the brokers' SASL/SCRAM listeners, separated by commas."""
    kafka_secret_arn: str | None = None
    """Secret in Secrets Manager of the active Kafka user."""
    vpc_id: str | None = None
    """VPC that contains everything."""
    private_subnet_ids: list[str] | None = None
    """Private subnets, in which nodes and brokers are."""
    private_link_service_name: str | None = None
    """Endpoint service of AWS PrivateLink, for consumers in other VPCs; null if there is none."""
    private_link_dns_name: str | None = None
    """Name by which consumers reach Milvus through their endpoint if it has private DNS; null if none is verified."""
    client_security_group_id: str | None = None
    """Security group whose members may connect to Milvus."""
    nlb_arn: str | None = None
    """Network Load Balancer of Milvus."""
    cluster_name: str | None = None
    """Name of the EKS cluster, for `aws eks update-kubeconfig --name`."""
    namespace: str | None = None
    """Kubernetes namespace of Milvus."""
    aws_region: str | None = None
    """AWS region that contains everything."""
    estimate: dict[str, Any] | None = None
    """Sizes and monthly cost, as planned for the workload."""


HINTS: Mapping[str, Any] = get_type_hints(Contract)
"""Type of each key."""


def parse(values: Mapping[str, Any], source: str) -> Contract:
    """The contract in a stack's outputs.

    Keys of a newer minor version are ignored, and keys that an older one lacks are null. `source` names the stack in
    errors. Raises ContractError if the outputs are no contract of this major version.
    """
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
    """A whole number as int: Pulumi's numbers are floats. Other values are returned as they are."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _fits(value: Any, hint: Any) -> bool:
    """True if a value has the type of a hint."""
    if isinstance(hint, UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is list:
        return isinstance(value, list) and all(type(each) is str for each in cast(list[object], value))
    return type(value) is (get_origin(hint) or hint)
