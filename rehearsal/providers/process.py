"""The emulated cloud's process, as who starts it sees it."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rehearsal.warm import starter as warm

ROOT = Path(__file__).resolve().parent.parent.parent


class CloudProcess:
    """Runs `rehearsal/providers/server.py` on a journal, which outlives the process."""

    def __init__(self, journal: Path, *, forgiving: bool, behind: Sequence[str]) -> None:
        self._arguments = (*(["--forgiving"] if forgiving else []), str(journal), *behind)
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id; None if it does not run."""
        return self._process.pid if self._process else None

    def launch(self) -> None:
        """Starts it, and does not wait for it."""
        warmly = warm.for_cloud()
        by = [warm.START] if warmly else []
        self._process = subprocess.Popen(
            [sys.executable, *by, "-m", "rehearsal.providers.server", *self._arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **warmly},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a Ctrl-C is for the CLI, which still needs its providers then
        )

    def debug_providers(self) -> str:
        """Waits until it answers, and returns where, as the CLI takes it. Raises RuntimeError if it does not start."""
        line = self._process.stdout.readline() if self._process and self._process.stdout else ""
        if self._process and not line:
            code = self._process.wait()
            raise RuntimeError(f"the emulated cloud did not start (exit code {code}); its error is above")
        return ",".join(f"{package}:{port}" for package, port in json.loads(line).items())

    def stop(self) -> None:
        process, self._process = self._process, None
        if process:
            process.communicate()  # closes its standard input, and waits for its end

    def kill(self) -> None:
        """Kills it, without a chance to finish what it writes into the journal."""
        if self._process:
            self._process.kill()
        self.stop()
