"""Tries the operations of a program one after the other, and says what came of each, as a line of JSON."""

import asyncio
import inspect
import json
import os
import sys
from collections.abc import Callable
from typing import Any

URI = sys.argv[1]
"""Address of the Milvus."""
REFUSAL = "UNIMPLEMENTED|does not support"
"""How Milvus Lite refuses what it has not."""
_OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what packages print is none of the lines


def operation(title: str, beyond: str = "", refusal: str = REFUSAL) -> Callable[[Callable[[], Any]], None]:
    """Does an operation, which may be a coroutine. `beyond` says what it needs that Milvus Lite's engine has not, and
    `refusal`, a regular expression, how that is refused.
    """

    def try_(run: Callable[[], Any]) -> None:
        try:
            found = run()
            if inspect.iscoroutine(found):
                asyncio.run(found)
        except Exception as raised:  # whatever a package may raise
            say(title, beyond, refusal, raised)
        else:
            say(title, beyond)

    return try_


def say(title: str, beyond: str = "", refusal: str = REFUSAL, raised: Exception | None = None) -> None:
    """Says what came of an operation."""
    error = " ".join(f"{type(raised).__name__}: {raised}".split()) if raised else ""
    print(json.dumps({"title": title, "beyond": beyond, "refusal": refusal, "error": error}), file=_OUT, flush=True)


def same(found: Any, wanted: Any) -> None:
    """Raises AssertionError, with both, unless they are equal."""
    if found != wanted:
        raise AssertionError(f"{found!r} instead of {wanted!r}")


def letters(text: str) -> list[float]:
    """A vector of 16 numbers for a text: how often each letter from a to p stands in it."""
    return [text.lower().count(letter) + 0.01 for letter in "abcdefghijklmnop"]
