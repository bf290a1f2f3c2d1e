"""Shows the progress of a long command: steps with bars on a terminal, one line a step elsewhere.

It writes to standard error, so that standard output has nothing but the result. How much of a step is done is read from
the log of events that the engine writes while it runs (`pulumi --event-log`). Left out: the result, which the report
shows.
"""

import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

POLL_SECONDS = 0.2
DONE = ("resOutputsEvent", "resOpFailedEvent")
"""Events of the engine that end its work on a resource."""


class Progress:
    """A context manager: while it is open, it shows the steps."""

    def __init__(self, steps: int, console: Console | None = None) -> None:
        """`steps` is the number of steps, as far as it is known yet."""
        self._console = console or Console(stderr=True, highlight=False)
        self.steps, self._step = steps, 0
        self._begun = time.monotonic()
        self._bars: Bars | None = None
        if self._console.is_interactive:
            self._bars = Bars(
                SpinnerColumn(finished_text="[green]✓[/green]"), TextColumn("{task.description}"),
                BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn(), console=self._console,
            )  # fmt: skip

    def __enter__(self) -> Self:
        self._begun = time.monotonic()
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    @contextmanager
    def step(self, name: str, done: Callable[[], int] | Path | None = None, of: int | None = None) -> Generator[None]:
        """Shows the next step while its block runs.

        `done` counts what has been done in it: a function, or the log that an engine writes. `of` is the count at its
        end; None if that is unknown.
        """
        count = Finished(done) if isinstance(done, Path) else done
        self._step += 1
        self.steps = max(self.steps, self._step)
        title = f"{self._step} of {self.steps}: {name}"
        if not self._bars:
            expected = f", {of} expected" if of and done else ""
            self._console.print(f"[{time.monotonic() - self._begun:3.0f} s] step {title}{expected}", markup=False)
            yield
            return
        task = self._bars.add_task(escape(title), total=of)
        ended = threading.Event()
        polling = threading.Thread(target=self._poll, args=(task, count, ended), daemon=True)
        polling.start()
        try:
            yield
        finally:
            ended.set()
            polling.join()
            reached = max(1, int(self._bars.tasks[task].completed))
            self._bars.update(task, total=reached, completed=reached)

    def _poll(self, task: TaskID, count: Callable[[], int] | None, ended: threading.Event) -> None:
        last = False
        while count and self._bars and not last:
            last = ended.wait(POLL_SECONDS)
            self._bars.update(task, completed=count())

    def note(self, text: str) -> None:
        """Shows one line about an event within a step."""
        (self._bars.console if self._bars else self._console).print(text, markup=False)


class Silent(Progress):
    """Shows nothing, for callers that show progress of their own."""

    def __init__(self) -> None:
        super().__init__(0, Console(quiet=True, force_interactive=False))


class Finished:
    """Counts resources on which the engine's work has ended. Each call reads new events in the log."""

    def __init__(self, log: Path) -> None:
        log.unlink(missing_ok=True)  # left by the engine's last command
        self._log, self._offset, self._rest = log, 0, b""
        self._urns: set[str] = set()

    def __call__(self) -> int:
        if self._log.exists():
            with self._log.open("rb") as reading:
                reading.seek(self._offset)
                new = reading.read()
            self._offset += len(new)
            *lines, self._rest = (self._rest + new).split(b"\n")
            for line in lines:
                if any(kind.encode() in line for kind in DONE):
                    event = json.loads(line)
                    self._urns |= {event[kind]["metadata"]["urn"] for kind in DONE if kind in event}
        return len(self._urns)
