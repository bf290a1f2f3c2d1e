"""Reads the contract of a deployed stack with the Pulumi CLI. Left out: other ways to read it (milvus_contract/)."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from milvus_contract import Contract, from_cli

ROOT = Path(__file__).parent.parent


class StackError(Exception):
    """A stack cannot be used as asked. The message says what to do."""


def read_contract(stack: str, environment: Mapping[str, str] | None = None) -> Contract:
    """Reads the contract of a stack from the current Pulumi backend, which make sets for local stacks, or from that of
    other variables in the `environment`.

    Raises StackError if there is no CLI, and ContractError if there is no contract.
    """
    return from_cli(stack, cli=cli(), folder=ROOT, environment=environment)


def is_local(stack: str) -> bool:
    """True for a local stack, by the same rule as in the Makefile."""
    return stack == "local" or stack.startswith("local-")


def cli() -> str:
    """Path of the CLI that bootstrap installed, or else of the one on PATH. Raises StackError if there is neither."""
    provided = ROOT / ".tools" / "bin" / "pulumi"
    found = str(provided) if provided.exists() else shutil.which("pulumi")
    if not found:
        raise StackError("there is no Pulumi CLI; run any `make` command once, it provides one")
    return found
