"""Finds and ends processes that a test run has left behind, such as servers, emulated clouds and engines."""

import os

import psutil

from tests.environment import MARK

GRACE_SECONDS = 10
"""Time for an engine that has been told to end, because on a loaded machine it takes a moment to end its plugins."""


def end() -> list[str]:
    """Ends processes that are left of this run, and returns the id and command line of each."""
    mine = psutil.Process()
    above = {mine.pid, *(each.pid for each in mine.parents())}
    found = [each for each in psutil.process_iter() if each.pid not in above and _of_this_run(each)]
    # Children may lack the mark, such as a server with an environment of its own.
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
    except psutil.Error:  # it belongs to another user, or has ended
        return False


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(" ".join(process.cmdline()).split())[:300]
    except psutil.Error:
        return "?"
