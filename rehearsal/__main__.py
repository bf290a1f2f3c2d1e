"""`python -m rehearsal STACK [--json]`: what a deployment of this stack will do, before anyone pays for it."""

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console

from rehearsal.report import show
from rehearsal.run import DataPlane, UnavailableError, rehearse
from rehearsal.stage import ROOT
from rehearsal.sweep import ALL
from rehearsal.workspace import configuration

EXIT_NOTHING_TO_REHEARSE = 2


def main() -> int:
    parser = argparse.ArgumentParser(prog="rehearsal", description=__doc__)
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
    parser.add_argument(
        "--data-plane", action="store_true", help="on real Kafka, Milvus and S3, and with their faults; takes minutes"
    )
    arguments = parser.parse_args()
    if configuration(ROOT / f"Pulumi.{arguments.stack}.yaml").get("milvus-on-aws:target") == "embedded":
        print(
            f"{arguments.stack} needs no rehearsal: its Milvus runs on this machine, nothing of it in a cloud. Try it:"
            f" `make up STACK={arguments.stack}`",
            file=sys.stderr,
        )
        return EXIT_NOTHING_TO_REHEARSE
    try:
        plane = _data_plane() if arguments.data_plane else None
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
        from rehearsal import page  # plotly takes a second to load

        page.write(report, Path(page_file))
    return 0 if report.succeeded else 1


def _data_plane() -> DataPlane:
    """Not before the command goes on in a namespace of its own."""
    from testbed import data_plane

    data_plane.enter(["-m", "rehearsal", *sys.argv[1:]])
    return data_plane.OnDataPlane(Console(stderr=True).print)


def _number_of_faults(text: str) -> int:
    return ALL if text == "all" else int(text)


if __name__ == "__main__":
    sys.exit(main())
