"""How far something that takes its time has come: steps with bars on a terminal, one line a step elsewhere.

All of it goes to standard error, so that what is printed for programs stays clean. What is done of a step is read from
the log of events that the engine writes while it runs (`pulumi --event-log`). Left out: the end, which is the report's.
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
"""The engine's events after which a resource is done with."""


class Progress:
    """To be used with `with`."""

    def __init__(self, steps: int, console: Console | None = None) -> None:
        """`steps` is how many there will be, as far as that is known yet."""
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
        """The next step. `done` counts what is done while it runs: a function, or the log that an engine writes; `of`
        is how much that will be, None if nobody knows."""
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
        """One line about what happens within a step."""
        (self._bars.console if self._bars else self._console).print(text, markup=False)


class Silent(Progress):
    """For callers that show their own."""

    def __init__(self) -> None:
        super().__init__(0, Console(quiet=True, force_interactive=False))


class Finished:
    """How many resources an engine's log of events has seen the end of; each call reads what is new in it."""

    def __init__(self, log: Path) -> None:
        log.unlink(missing_ok=True)  # the engine's last command has left one
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
