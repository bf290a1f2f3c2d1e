"""Progress on a terminal and without one, of a process with two steps that writes a log of events."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from rehearsal.progress import Finished
from rehearsal.stage import ROOT

PROGRAM = """
import sys, time
from pathlib import Path
from rehearsal.progress import Progress

log = Path(sys.argv[1])
with Progress(2) as progress:
    with progress.step("preview", log):
        log.write_text('{"resOutputsEvent": {"metadata": {"urn": "a"}}}\\n')
        time.sleep(0.5)
    with progress.step("up", log, 3):
        with log.open("a") as writing:
            for urn in "abc":
                writing.write('{"resOutputsEvent": {"metadata": {"urn": "%s"}}}\\n' % urn)
                writing.flush()
                time.sleep(0.4)
        progress.note("[as it is]")
print("the result")
"""


def test_without_a_terminal_there_is_one_line_a_step_and_only_on_standard_error(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "log")], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert answer.stdout == "the result\n"
    lines = [re.sub(r"^\[ *\d+ s\] ", "", line) for line in answer.stderr.splitlines()]
    assert lines == ["step 1 of 2: preview", "step 2 of 2: up, 3 expected", "[as it is]"]


def test_a_terminal_shows_each_step_and_how_many_resources_are_done(tmp_path: Path) -> None:
    own, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "log")],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=terminal, text=True,
    )  # fmt: skip
    os.close(terminal)
    shown = read_all(own)
    stdout, _ = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (0, "the result\n")
    for part in ("1 of 2: preview", "1/1", "2 of 2: up", "1/3", "2/3", "3/3", "[as it is]"):
        assert part in shown
    assert "✓ 2 of 2: up" in shown
    assert "step 1" not in shown


def test_a_terminal_that_can_only_write_lines_gets_lines(tmp_path: Path) -> None:
    own, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "log")],
        cwd=ROOT, env={**os.environ, "TERM": "dumb"}, stdout=subprocess.DEVNULL, stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    shown = read_all(own)
    assert process.wait(timeout=60) == 0
    assert "step 2 of 2: up, 3 expected" in shown
    assert "\x1b[" not in shown


def read_all(terminal: int) -> str:
    pieces: list[bytes] = []
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux says so where the other end is closed
            piece = b""
        if not piece:
            os.close(terminal)
            return re.sub(r"\x1b\[[0-9;?]*[A-LN-Zac-ln-z]|\x1b\[[0-9;]*m", "", b"".join(pieces).decode())
        pieces.append(piece)


def test_a_half_written_event_counts_once_it_is_whole_and_each_resource_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("of the last command\n")
    count = Finished(log)
    assert count() == 0
    event = '{"resOpFailedEvent": {"metadata": {"urn": "a"}}}\n'
    log.write_text(event[:20])
    assert count() == 0
    with log.open("a") as writing:
        writing.write(event[20:] + event + '{"diagnosticEvent": {"message": "resOutputsEvent"}}\n')
    assert count() == 1
