"""One row of the doctor's table: what it asks, and how an answer, a refusal and silence become a verdict.

A reading that the caller may not do proves nothing about the stack: it is skipped, with the permission that it lacks.
A service that does not answer is told apart from it, because then nobody knows (exit code 2).
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from operations.doctor.subject import Subject

DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "Forbidden", "403")
"""Error codes with which AWS' services refuse a caller."""

Verdict = Literal["ok", "fault", "skipped", "unanswered"]


class SkipError(Exception):
    """A check that does not apply, or can't be made from here. The message says why."""


class Finding(NamedTuple):
    """Something wrong."""

    what: str
    fix: str
    """What to do, as a command where there is one."""


@dataclass(frozen=True)
class Check:
    """A row of the table."""

    layer: str
    name: str
    asks: str
    """What is asked, as the API's own action."""
    find: Callable[["Subject"], Iterable[Finding]]
    """Everything wrong. May raise SkipError, and whatever botocore raises."""


@dataclass(frozen=True)
class Result:
    """What came of a check."""

    check: Check
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    text: str = ""
    """Why it was skipped, or had no answer."""
    seconds: float = 0


def examine(check: Check, subject: "Subject") -> Result:
    """Makes one check. It never raises: a check that breaks must not hide what others find."""
    from botocore.exceptions import BotoCoreError, ClientError

    start = time.monotonic()
    try:
        found = tuple(check.find(subject))
        return Result(check, "fault" if found else "ok", found, seconds=time.monotonic() - start)
    except SkipError as reason:
        return Result(check, "skipped", text=str(reason), seconds=time.monotonic() - start)
    except ClientError as error:
        if is_denied(error):
            return Result(check, "skipped", text=f"you may not {error.operation_name} ({check.asks})")
        return Result(check, "unanswered", text=str(error))
    except (BotoCoreError, OSError) as error:
        return Result(check, "unanswered", text=f"{type(error).__name__}: {error}")
    except Exception as error:
        return Result(check, "unanswered", text=f"an answer that is not understood here: {error!r}")


def is_denied(error: Exception) -> bool:
    """Whether a ClientError is a refusal of the caller."""
    code: str = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    return code in DENIED
