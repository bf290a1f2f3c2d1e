"""Repeats a call while Milvus fails over: a node was lost, is restarted or upgraded, or its collections load again.

pymilvus itself waits for a server that can't be reached, but raises what a server says that has just come back.
A write that failed may have been stored: repeat upserts, or inserts whose keys you know.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

FAILING_OVER = (
    "unavailable",
    "fail connecting to server",
    "not loaded",
    "no available",
    "channel not found",
    "node not found",
    "node offline",
    "not ready",
    "service internal error",
    "closed channel",
)
"""Parts of errors, in lower case, after which the same call may succeed."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 3.0

Answer = TypeVar("Answer")


def retry(call: Callable[[], Answer], *, seconds: float = 60) -> Answer:
    """What `call` returns. It is repeated for `seconds` after errors of a failover; others are raised at once."""
    pauses = _pauses(seconds)
    while True:
        try:
            return call()
        except Exception as error:
            time.sleep(_next(pauses, error))


async def retry_async(call: Callable[[], Awaitable[Answer]], *, seconds: float = 60) -> Answer:
    """The same for a coroutine function."""
    pauses = _pauses(seconds)
    while True:
        try:
            return await call()
        except Exception as error:
            await asyncio.sleep(_next(pauses, error))


def fails_over(error: BaseException) -> bool:
    """Whether an error passes with a failover."""
    said = f"{error} {error.__cause__ or ''}".lower()
    return any(part in said for part in FAILING_OVER)


def _pauses(seconds: float) -> Generator[float]:
    """Pauses that double, until the time is over."""
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        yield min(pause, left)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _next(pauses: Generator[float], error: Exception) -> float:
    """The pause after an error. Raises the error if it does not pass, or the time is over."""
    pause: Any = next(pauses, None) if fails_over(error) else None
    if pause is None:
        raise error
    return pause
