"""Reads the contract of a deployed stack by the Pulumi CLI. Left out: every other way to reach it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from outputs import CONTRACT_VERSION, Contract

ROOT = Path(__file__).parent.parent


class StackError(Exception):
    """The stack's contract can't be read; the message says what to do."""


def read_contract(stack: str) -> Contract:
    """The contract of a stack of the person's current Pulumi backend (make sets that of local stacks).

    Raises StackError.
    """
    command = [cli(), "stack", "output", "--json", "--stack", stack]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if answer.returncode:
        raise StackError(
            f"the outputs of stack {stack} can't be read: {answer.stderr.strip() or answer.stdout.strip()}"
        )
    return parse_contract(json.loads(answer.stdout), stack)


def parse_contract(values: dict[str, Any], stack: str) -> Contract:
    """Raises StackError if the stack is empty, or was deployed with another major version of the contract."""
    if not values:
        raise StackError(f"stack {stack} is not deployed; run `make up STACK={stack}`")
    version = str(values.get("contract_version", "none"))
    if version.partition(".")[0] != CONTRACT_VERSION.partition(".")[0]:
        raise StackError(
            f"stack {stack} has contract version {version}, this program reads {CONTRACT_VERSION}; "
            f"use the program that deployed it, or `make up STACK={stack}` with this one"
        )
    return Contract.model_validate(values)


def cli() -> str:
    """The CLI that bootstrap provided, else the one on PATH."""
    provided = ROOT / ".tools" / "bin" / "pulumi"
    found = str(provided) if provided.exists() else shutil.which("pulumi")
    if not found:
        raise StackError("there is no Pulumi CLI; run any `make` command once, it provides one")
    return found
