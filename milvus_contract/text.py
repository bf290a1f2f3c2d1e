"""The contract as text: JSON, and names and values for environments and SSM, where everything is a string.

Those have no estimate: it is a plan, no address, and longer than a parameter may be.
"""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from types import NoneType
from typing import Any, get_args

from milvus_contract.contract import HINTS, Contract, ContractError, parse

PREFIX = "MILVUS_STACK_"
"""Not MILVUS_: pymilvus reads MILVUS_URI at import, and Kubernetes sets MILVUS_PORT for a Service called milvus."""
KEYS = tuple(key for key in HINTS if key != "estimate")


def variable(key: str) -> str:
    """milvus_uri -> MILVUS_STACK_URI, aws_region -> MILVUS_STACK_AWS_REGION."""
    return PREFIX + key.removeprefix("milvus_").upper()


def to_text(contract: Contract) -> dict[str, str]:
    """By key; what is null is left out."""
    return {key: text(value) for key, value in asdict(contract).items() if key in KEYS and value is not None}


def text(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return ",".join(value)  # pyright: ignore[reportUnknownArgumentType] - of strings, says the contract
        case _:
            return str(value)


def from_text(texts: Mapping[str, str], source: str) -> Contract:
    """Raises ContractError."""
    return parse({key: _value(key, texts[key], source) for key in KEYS if texts.get(key)}, source)


def _value(key: str, given: str, source: str) -> Any:
    kind = next(each for each in get_args(HINTS[key]) or (str,) if each is not NoneType)
    if kind == list[str]:
        return given.split(",")
    if kind is bool and given.lower() in ("true", "false"):
        return given.lower() == "true"
    if kind is int and given.isdecimal():
        return int(given)
    if kind in (bool, int):
        raise ContractError(f"{source}: {key} is {given!r}: expected {'true or false' if kind is bool else 'a number'}")
    return given


def environment(contract: Contract) -> dict[str, str]:
    """Name of each variable, and its value."""
    return {variable(key): value for key, value in to_text(contract).items()}


def as_json(contract: Contract) -> str:
    """Everything, null where the target has none."""
    return json.dumps(asdict(contract), indent=2) + "\n"


def as_shell(contract: Contract) -> str:
    """For `eval`: lines of `export NAME=value`, quoted for every POSIX shell."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment(contract).items())


def as_dotenv(contract: Contract) -> str:
    """For .env files. Quoted only where it must be: `docker run --env-file` takes quotes for part of the value."""
    return "".join(f"{name}={_dotenv_quoted(value)}\n" for name, value in environment(contract).items())


def _dotenv_quoted(value: str) -> str:
    if re.fullmatch(r"[\w./:@,+=-]*", value, re.ASCII):
        return value
    # github.com/theskumar/python-dotenv: within single quotes only \\ and \' mean something else
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
