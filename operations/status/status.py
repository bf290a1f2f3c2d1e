"""Shows how a stack is, on one screen or as JSON. It changes nothing.

Left out: when the last backup was made, and rules of a Prometheus, which only its own Alertmanager knows.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from milvus_contract import Contract
from operations.estimate import settings_of
from operations.status import aws, local
from operations.status.facts import Client, Fact, State

COLOURS: Mapping[State, str] = {"good": "green", "bad": "bold red", "soon": "yellow", "unknown": "magenta"}
CODES: Mapping[State, int] = {"good": 0, "soon": 0, "bad": 1, "unknown": 2}
"""Exit codes; if there are several, `bad` wins."""


def status(
    stack: str, contract: Contract, *, as_json: bool = False, client: Callable[[str, str], Client] | None = None
) -> int:
    """Shows all facts. Returns the exit code: 0 all is well, 1 something is wrong, 2 something could not be asked."""
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
    codes = [CODES[fact.state] for fact in facts]
    return 1 if 1 in codes else max(codes)


def screen(stack: str, facts: list[Fact]) -> Table:
    """The screen: a line for each fact."""
    table = Table(title=f"stack {stack}", show_header=False, box=None, pad_edge=False, title_justify="left")
    for fact in facts:
        table.add_row(fact.about, f"[{COLOURS[fact.state]}]{fact.state}[/]", escape(fact.text))
    return table


def of_boto3(service: str, region: str) -> Client:
    """A client with the caller's own credentials."""
    import boto3  # half a second that a local stack need not wait for

    return cast(Any, boto3).client(service, region_name=region)
