"""The command line of a rehearsal: `python -m rehearsal STACK`, and `python -m testbed STACK` on a real data plane."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from rehearsal.report.terminal import show
from rehearsal.run import DataPlane, UnavailableError, rehearse
from rehearsal.stage import ROOT
from rehearsal.sweep import ALL
from rehearsal.workspace import configuration
from settings.stack_file import StackFileError, of_stack

EXIT_NOTHING_TO_REHEARSE = 2


def main(prog: str, data_plane: Callable[[], DataPlane] | None = None) -> int:
    """Rehearses the stack that the command line names, shows the report, and returns the exit code.

    `data_plane` creates the real services behind the emulated cloud. It may raise UnavailableError.
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
        target = configuration(of_stack(arguments.stack, ROOT)).get("milvus-on-aws:target")
    except StackFileError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if target == "embedded":
        print(
            f"{arguments.stack} needs no rehearsal: its Milvus runs on this machine, nothing of it in a cloud. Try it:"
            f" `make up STACK={arguments.stack}`",
            file=sys.stderr,
        )
        return EXIT_NOTHING_TO_REHEARSE
    try:
        plane = data_plane() if data_plane else None
    except UnavailableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    dump = Path(os.environ["DUMP"]) if "DUMP" in os.environ else None
    report = rehearse(arguments.stack, dump=dump, faults=arguments.faults, data_plane=plane)
    if arguments.json:
        print(report.as_json())
    else:
        show(report, Console())
        if plane:
            plane.show(Console())
    if page_file := os.environ.get("REPORT"):
        from rehearsal.report import page  # plotly takes a second to load

        page.write(report, Path(page_file))
    return 0 if report.succeeded else 1


def _number_of_faults(text: str) -> int:
    """Parses the option --faults. Raises ValueError for anything but a number or `all`."""
    return ALL if text == "all" else int(text)
