"""Starts launcher.py, which becomes a server when it is told what to serve.

A launcher takes a second for its imports, so who knows that a server will be wanted can have one `prepared`. What is
served, and on which conditions, is in server.py.
"""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

LAUNCHER = Path(__file__).with_name("launcher.py")
"""The program that is started."""
PARTS = Path(__file__).with_name("as_milvus")
"""What it imports of this project."""
ROOT = Path(__file__).resolve().parents[2]


class Launcher:
    """A process that waits for what to serve. It ends by itself if this process ends before it has let it go.

    `mark` is a word of its command line, by which it is told from another process that has got its pid.
    """

    def __init__(self, program: Path, output: IO[bytes] | int) -> None:
        self.mark = uuid.uuid4().hex
        # Unbuffered: on a full disk the server must fail by its first line, not lose it and serve what it can't store.
        self.process = subprocess.Popen(
            [sys.executable, "-uP", str(program), self.mark],
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "MILVUS_URI": "",  # pymilvus reads it at import, and fails on what is no URL
            },
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def serve(self, log: Path, log_level: str, arguments: Sequence[str]) -> None:
        """Runs milvus-lite with these arguments."""
        self._say(json.dumps({"log": str(log), "log_level": log_level, "arguments": arguments}))

    def let_go(self) -> None:
        """Lets the server outlive this process."""
        self._say("stay")
        self._input.close()

    def _say(self, line: str) -> None:
        with suppress(BrokenPipeError):  # it has ended, which its starter finds out
            self._input.write(f"{line}\n".encode())

    @property
    def _input(self) -> IO[bytes]:
        return cast("IO[bytes]", self.process.stdin)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


_waiting: list[Launcher] = []


@contextmanager
def prepared() -> Generator[None]:
    """Within it, the next server that this process starts finds a launcher that is at its imports, or behind them."""
    _waiting.append(Launcher(LAUNCHER, subprocess.DEVNULL))
    try:
        yield
    finally:
        while launcher := take():
            launcher.end()


def take() -> Launcher | None:
    """The prepared launcher, for its one server. None if there is none, or if it has failed."""
    launcher = _waiting.pop() if _waiting else None
    if launcher and launcher.process.poll() is not None:
        launcher.end()
        return None
    return launcher
