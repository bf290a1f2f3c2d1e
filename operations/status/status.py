"""Shows how a stack is, on one screen or as JSON. It changes nothing.

Left out: rules of a Prometheus, which only its own Alertmanager knows.
"""

import json
from collections.abc import Callable

from rich.console import Console

from milvus_contract import Contract
from operations.estimate import settings_of
from operations.facts import Client, exit_code, of_boto3, screen
from operations.status import aws, local


def status(
    stack: str, contract: Contract, *, as_json: bool = False, client: Callable[[str, str], Client] | None = None
) -> int:
    """Shows all facts, and returns the exit code."""
    name = stack.rsplit("/", 1)[-1]
    facts = (
        [*local.facts(name, contract)]
        if contract.target == "embedded"
        else [*aws.facts(name, contract, settings_of(name), client or of_boto3)]
    )
    if as_json:
        print(json.dumps({"stack": stack, "facts": [vars(fact) for fact in facts]}, indent=2))
    else:
        Console().print(screen(stack, facts))
    return exit_code(facts)
