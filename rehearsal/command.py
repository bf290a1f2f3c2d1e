"""The command line of a rehearsal: `make rehearse STACK=dev`, and with real services `make rehearse STACK=dev
KUBERNETES=1` or `DATA_PLANE=1`.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from rehearsal.progress import Progress
from rehearsal.report import page
from rehearsal.report.comparison import compare
from rehearsal.report.origin import origin
from rehearsal.report.record import Record, record
from rehearsal.report.terminal import show
from rehearsal.run import DataPlane, Judge, UnavailableError, number_of_steps, rehearse
from rehearsal.stage import ROOT
from rehearsal.sweep import ALL
from rehearsal.workspace import configuration
from settings.base_file import whole
from settings.model import NAMESPACE
from settings.stack_file import StackFileError, of_stack

EXIT_NOTHING_TO_REHEARSE = 2
RECORDS = ROOT / ".local" / "rehearsal"
"""Folder of the records with which the next rehearsal of each stack is compared."""


def main(
    prog: str,
    data_plane: Callable[[Callable[[str], None]], DataPlane] | None = None,
    judge: Callable[[], Judge] | None = None,
) -> int:
    """Rehearses the stack that the command line names, shows the report, and returns the exit code.

    `data_plane` creates the real services behind the emulated cloud, and gets a function to report its progress to.
    `judge` prepares a service that judges objects. Both may raise UnavailableError.
    """
    parser = argparse.ArgumentParser(prog=prog, description=__doc__)
    parser.add_argument("stack", help="name of Pulumi.<stack>.yaml")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.add_argument(
        "--faults",
        metavar="N|all",
        nargs="?",
        type=_number_of_faults,
        const=ALL,
        default=0,
        help="then let about N calls go wrong, or all of them, each once, which takes minutes",
    )
    arguments = parser.parse_args()
    try:
        settings = whole(configuration(of_stack(arguments.stack, ROOT)), NAMESPACE)
    except StackFileError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if settings.get("milvus-on-aws:target") == "embedded":
        print(
            f"{arguments.stack} needs no rehearsal: its Milvus runs on this machine, nothing of it in a cloud. Try it:"
            f" `make up STACK={arguments.stack}`",
            file=sys.stderr,
        )
        return EXIT_NOTHING_TO_REHEARSE
    progress = Progress(number_of_steps(faults=arguments.faults > 0, data_plane=data_plane is not None))
    try:
        plane = data_plane(progress.note) if data_plane else None
        judging = judge() if judge else None
    except UnavailableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    dump = Path(os.environ["DUMP"]) if "DUMP" in os.environ else None
    of_commit = origin(ROOT)
    with progress:
        report = rehearse(
            arguments.stack, dump=dump, faults=arguments.faults, data_plane=plane, judge=judging, progress=progress
        )
    if arguments.json:
        print(report.as_json())
    else:
        show(report, Console())
        if plane:
            plane.show(Console())
    kept = RECORDS / f"{arguments.stack}.json"
    before, now = Record.load(kept), record(report, settings, of_commit)
    if page_file := os.environ.get("REPORT"):
        page.write(report, now, compare(before, now) if before else None, Path(page_file))
    now.save(kept, before)
    return 0 if report.succeeded else 1


def _number_of_faults(text: str) -> int:
    """Parses the option --faults. Raises ValueError for anything but a number or `all`."""
    return ALL if text == "all" else int(text)
