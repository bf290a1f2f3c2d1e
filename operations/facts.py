"""Facts about a stack: how one is found out, the screen that shows them, and the exit code that follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from rich.markup import escape
from rich.table import Table

State = Literal["good", "bad", "soon", "unknown"]
"""`soon`: something to do within weeks. `unknown`: nobody answered, which is neither good nor bad."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A line of the screen."""

    about: str
    state: State
    text: str


def asked(about: str, question: Callable[[], tuple[State, str]]) -> Fact:
    """A fact from an answer. A question that fails is a fact, too: the others are still asked."""
    try:
        state, text = question()
    except Exception as error:  # whatever a network, an account or a server may answer
        return Fact(about=about, state="unknown", text=f"{type(error).__name__}: {error}".strip())
    return Fact(about=about, state=state, text=text)


def many(count: int, what: str) -> str:
    """A number with its noun."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


Client = Any
"""A client of boto3, which publishes no types."""

COLOURS: Mapping[State, str] = {"good": "green", "bad": "bold red", "soon": "yellow", "unknown": "magenta"}
CODES: Mapping[State, int] = {"good": 0, "soon": 0, "bad": 1, "unknown": 2}
"""Exit codes; if there are several, `bad` wins."""


def exit_code(facts: list[Fact]) -> int:
    """0 all is well, 1 something is wrong, 2 something could not be asked."""
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
