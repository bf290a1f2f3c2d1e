"""Processes that a test run has started and not ended: servers, clouds, engines, programs that wait for a server."""

import os

import psutil

from tests.environment import MARK

GRACE_SECONDS = 10
"""An engine that was told to end ends its plugins; a loaded machine takes a moment for that."""


def end() -> list[str]:
    """Ends what is left of this run, and says what it was: pid and command line."""
    mine = psutil.Process()
    above = {mine.pid, *(each.pid for each in mine.parents())}
    found = [each for each in psutil.process_iter() if each.pid not in above and _of_this_run(each)]
    # A child without the mark, such as a server that got an environment of its own.
    found += [each for each in mine.children(recursive=True) if each not in found]
    _, alive = psutil.wait_procs(found, timeout=GRACE_SECONDS)
    said = [f"{each.pid}: {_command(each)}" for each in alive]
    for each in alive:
        each.kill()
    psutil.wait_procs(alive, timeout=GRACE_SECONDS)
    return said


def _of_this_run(process: psutil.Process) -> bool:
    try:
        return process.environ().get(MARK) == os.environ[MARK]
    except psutil.Error:  # somebody else's, or gone
        return False


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(" ".join(process.cmdline()).split())[:300]
    except psutil.Error:
        return "?"
