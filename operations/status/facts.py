"""One fact about a stack, and how it was found out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

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
