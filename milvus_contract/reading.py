"""Reads the contract of a stack by the Pulumi CLI, from a file, from the environment, or from SSM parameters.

Programs of other Pulumi stacks use stack_reference.py. Only SSM needs boto3.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from milvus_contract.contract import Contract, ContractError, missing, parse
from milvus_contract.text import KEYS, PREFIX, from_text, variable

SSM_ROOT = "/milvus"
"""Prefix of parameter names, which are /milvus/<stack>/<key>."""


def read(source: str) -> Contract:
    """The contract that a text names: `env`, `file:PATH`, `stack:NAME` or `ssm:STACK`. Raises ContractError."""
    kind, _, name = source.partition(":")
    match kind, bool(name):
        case "env", False:
            return from_environment(os.environ)
        case "file", True:
            return from_file(Path(name))
        case "stack", True:
            return from_cli(name)
        case "ssm", True:
            return from_ssm(name)
        case _:
            raise ContractError(
                f"{source!r} names no contract: expected env, file:PATH, stack:NAME (by the Pulumi CLI) or ssm:STACK"
            )


def from_environment(environ: Mapping[str, str]) -> Contract:
    """The contract in variables as `make -s outputs FORMAT=dotenv` writes them. Raises ContractError."""
    if variable("contract_version") not in environ:
        raise ContractError(
            f"the environment has no {variable('contract_version')}: run `make -s outputs FORMAT=dotenv > .env` where "
            f"the stack is deployed from, and load the file; all names begin with {PREFIX}"
        )
    return from_text({key: environ.get(variable(key), "") for key in KEYS}, "the environment")


def from_file(path: Path) -> Contract:
    """The contract in JSON as `make -s outputs` and `pulumi stack output --json` write it. Raises ContractError."""
    try:
        values: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContractError(f"{path} can't be read: {error.strerror}; `make -s outputs > {path}` writes it") from error
    except ValueError as error:
        raise ContractError(f"{path} is no JSON: `make -s outputs > {path}` writes it again") from error
    if not isinstance(values, dict):
        raise ContractError(f"{path} holds no JSON object: `make -s outputs > {path}` writes it again")
    return parse(cast(dict[str, Any], values), str(path))


def from_cli(
    stack: str, *, cli: str = "pulumi", folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> Contract:
    """The contract that `pulumi stack output` prints, from the user's current backend. Raises ContractError.

    Outside of the project's folder a stack's name is `organization/milvus-on-aws/NAME`. It needs no passphrase, because
    no output is a secret. `environment` are variables in addition to this process' own.
    """
    command = [cli, "stack", "output", "--json", "--non-interactive", "--stack", stack]
    try:
        answer = subprocess.run(
            command, cwd=folder, env={**os.environ, **(environment or {})}, capture_output=True, text=True
        )
    except FileNotFoundError as error:
        raise ContractError(f"there is no {cli} on PATH: install the Pulumi CLI, or read another way") from error
    if answer.returncode:
        said = answer.stderr.strip() or answer.stdout.strip()
        raise ContractError(f"the outputs of stack {stack} can't be read: {said}")
    return parse(json.loads(answer.stdout), f"stack {stack}")


def from_ssm(stack: str, *, region: str | None = None) -> Contract:
    """The contract in the SSM parameters below /milvus/<stack>. Raises ContractError.

    It needs the permission ssm:GetParametersByPath. Without `region`, boto3's default region is used.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise missing("boto3", "connect") from error

    path = f"{SSM_ROOT}/{stack}"
    try:
        client = cast(Any, boto3).client("ssm", region_name=region)
        pages = client.get_paginator("get_parameters_by_path").paginate(Path=path)
        found: dict[str, str] = {each["Name"]: each["Value"] for page in pages for each in page["Parameters"]}
    except (BotoCoreError, ClientError) as error:
        raise ContractError(f"SSM parameters below {path} can't be read: {error}") from error
    return from_text({name.rpartition("/")[2]: value for name, value in found.items()}, f"SSM {path}")
