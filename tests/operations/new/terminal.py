"""Runs a program on a pseudo terminal, and types each answer once the program has printed the question."""

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path

CURSOR_REPORT = (b"\x1b[6n", b"\x1b[1;1R")
"""A terminal's question and answer, without which prompt_toolkit warns."""


def typed(
    command: Sequence[str], folder: Path, steps: Sequence[tuple[str, str]], seconds: float = 120
) -> tuple[str, int]:
    """Runs a command, and returns what the terminal showed, without colours, and the exit code.

    Each step is a text to wait for, and the keys to type then.
    """
    terminal, inner = os.openpty()
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    started = subprocess.Popen(command, cwd=folder, env=environment, stdin=inner, stdout=inner, stderr=inner)
    os.close(inner)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    said, seen = b"", 0
    for text, keys in [*steps, ("", "")]:
        end = time.monotonic() + seconds
        while not text or text.encode() not in said[seen:]:
            assert time.monotonic() < end, f"{text!r} was not said: {_plain(said[seen:])}"
            if select.select([terminal], [], [], 0.2)[0]:
                read = _read(terminal)
                if not read:
                    assert not text, f"it ended before {text!r}: {_plain(said)}"
                    break
                said += read
                if CURSOR_REPORT[0] in read:
                    os.write(terminal, CURSOR_REPORT[1])
        if text:
            seen = said.index(text.encode(), seen) + len(text)
            os.write(terminal, keys.encode())
    os.close(terminal)
    return _plain(said), started.wait()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux' way to say that the other side has closed it
        return b""


def _plain(said: bytes) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", said.decode(errors="replace"))
