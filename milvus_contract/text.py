"""Converts the contract to and from text: JSON, environment variables, and SSM parameters.

Variables and parameters leave out the estimate, which is a plan and no address, and longer than a parameter may be.
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
"""Prefix of all variables. It is not MILVUS_, because pymilvus reads MILVUS_URI at import, and Kubernetes sets
MILVUS_PORT for a Service called milvus."""
KEYS = tuple(key for key in HINTS if key != "estimate")
"""Keys that variables and parameters have."""


def variable(key: str) -> str:
    """Name of a key's variable: MILVUS_STACK_URI for milvus_uri, MILVUS_STACK_AWS_REGION for aws_region."""
    return PREFIX + key.removeprefix("milvus_").upper()


def to_text(contract: Contract) -> dict[str, str]:
    """The contract's values as text, by key, without the estimate and keys that are null."""
    return {key: text(value) for key, value in asdict(contract).items() if key in KEYS and value is not None}


def text(value: Any) -> str:
    """A value as text: lists are separated by commas, and booleans are `true` or `false`."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return ",".join(value)  # pyright: ignore[reportUnknownArgumentType] - of strings, says the contract
        case _:
            return str(value)


def from_text(texts: Mapping[str, str], source: str) -> Contract:
    """The contract in texts by key; empty texts are null. Raises ContractError."""
    return parse({key: _value(key, texts[key], source) for key in KEYS if texts.get(key)}, source)


def _value(key: str, content: str, source: str) -> Any:
    kind = next(each for each in get_args(HINTS[key]) or (str,) if each is not NoneType)
    if kind == list[str]:
        return content.split(",")
    if kind is bool and content.lower() in ("true", "false"):
        return content.lower() == "true"
    if kind is int and content.isdecimal():
        return int(content)
    if kind in (bool, int):
        raise ContractError(
            f"{source}: {key} is {content!r}: expected {'true or false' if kind is bool else 'a number'}"
        )
    return content


def environment(contract: Contract) -> dict[str, str]:
    """The contract's variables, by name."""
    return {variable(key): value for key, value in to_text(contract).items()}


def as_json(contract: Contract) -> str:
    """All keys as JSON; null for those that the target does not have."""
    return json.dumps(asdict(contract), indent=2) + "\n"


def as_shell(contract: Contract) -> str:
    """Lines of `export NAME=value` for `eval`, quoted for every POSIX shell."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment(contract).items())


def as_dotenv(contract: Contract) -> str:
    """Lines for .env files, which a POSIX shell can source, too.

    Values are quoted only if they must be, because `docker run --env-file` takes quotes as part of the value. Raises
    ContractError for a value that no quoting expresses for both.
    """
    return "".join(f"{name}={_dotenv_quoted(name, value)}\n" for name, value in environment(contract).items())


def _dotenv_quoted(name: str, value: str) -> str:
    if re.fullmatch(r"[\w./:@,+=-]*", value, re.ASCII):
        return value
    # github.com/theskumar/python-dotenv and sh agree on these: single quotes around text without single quotes and
    # backslashes, and \\ and \" within double quotes. The former does not know \$ and \`, and sh does not know \'
    # within single quotes.
    if not re.search(r"['\\]", value):
        return f"'{value}'"
    if not re.search(r"[$`]", value):
        return '"' + re.sub(r'([\\"])', r"\\\1", value) + '"'
    raise ContractError(
        f"{name} is {value!r}, which a shell and readers of .env files unquote differently: use FORMAT=json"
    )
