"""Reads the contract of a deployed stack by the Pulumi CLI. Left out: every other way to reach it."""

import shutil
from pathlib import Path

from milvus_contract import Contract, from_cli

ROOT = Path(__file__).parent.parent


class StackError(Exception):
    """A stack can't be read; the message says what to do."""


def read_contract(stack: str) -> Contract:
    """The contract of a stack of the person's current Pulumi backend (make sets that of local stacks).

    Raises StackError, or ContractError.
    """
    return from_cli(stack, cli=cli(), folder=ROOT)


def cli() -> str:
    """The CLI that bootstrap provided, else the one on PATH."""
    provided = ROOT / ".tools" / "bin" / "pulumi"
    found = str(provided) if provided.exists() else shutil.which("pulumi")
    if not found:
        raise StackError("there is no Pulumi CLI; run any `make` command once, it provides one")
    return found
