"""Connects to one side of a comparison or copy: a stack of this project by its name, or any Milvus by its address.

Local stacks keep their outputs inside the project's folder and others in the user's own Pulumi backend, so that one
command can read both.
"""

import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from milvus_contract import Contract, fetch_token, log_in, read
from operations.smoke import load_client
from operations.stack import ROOT, StackError, is_local, read_contract

CONNECT_SECONDS = 60
DEFAULT_DATABASE = "default"


@dataclass(frozen=True)
class Side:
    """A Milvus, with one client for each of its databases."""

    name: str
    """The name by which the user called it."""
    contract: Contract
    token: str = field(repr=False)
    clients: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)

    def client(self, database: str = DEFAULT_DATABASE) -> Any:
        """A client of one database. Raises ContractError if Milvus does not answer, RefusedError if it refuses."""
        if database not in self.clients:
            self.clients[database] = log_in(
                self.contract, self.token, database=database, timeout_seconds=CONNECT_SECONDS
            )
        return self.clients[database]

    def databases(self) -> list[str]:
        return sorted(cast(list[str], self.client().list_databases()))

    def close(self) -> None:
        for client in self.clients.values():
            client.close()
        self.clients.clear()


@contextmanager
def opened(text: str, token_variable: str = "MILVUS_TOKEN") -> Generator[Side]:  # noqa: S107 - a variable's name
    """The side that a text names: a stack, a contract as in milvus_contract.read(), or an address.

    An address is reached with the token in the environment variable, if it is set. Raises StackError and ContractError.
    """
    load_client()
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)  # it logs a traceback for every refused call
    contract = contract_of(text)
    token = os.environ.get(token_variable, "") if "://" in text else fetch_token(contract)
    side = Side(text, contract, token)
    try:
        yield side
    finally:
        side.close()


def contract_of(text: str) -> Contract:
    """The contract of a side. Raises StackError and ContractError."""
    if "://" in text:
        return _at(text)
    return read(text) if ":" in text or text == "env" else _of_stack(text)


def _at(address: str) -> Contract:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise StackError(
            f"{address} is no address of a Milvus: expected http://HOST:PORT or https://HOST:PORT, without a user; the"
            " token (user:password) is read from the environment"
        )
    on_this_machine = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return Contract(
        contract_version="1.0",
        target="embedded" if on_this_machine else "aws",
        milvus_uri=address,
        milvus_host=parts.hostname,
        milvus_port=parts.port or 19530,
        milvus_tls=parts.scheme == "https",
    )


def _of_stack(stack: str) -> Contract:
    if not is_local(stack):
        return read_contract(stack)
    # As the Makefile sets them for local stacks.
    local = {
        "PULUMI_HOME": str(ROOT / ".local" / "pulumi"),
        "PULUMI_BACKEND_URL": f"file://{ROOT / '.local' / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
    }
    return read_contract(stack, local)
