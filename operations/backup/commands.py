"""The commands of this room, as `python -m operations` runs them: their flags, and what each does with them.

Exit codes: 0 if everything is as it should be, 1 if something differs or was refused, 2 if it could not be judged.
"""

import argparse
import sys
from pathlib import Path

from milvus_contract import ContractError
from operations.backup.report import as_text, say, show
from operations.stack import StackError

COMMANDS = {
    "manifest": "read what a Milvus holds: rows, keys, searches, schemas, indexes, aliases, users",
    "compare": "compare a Milvus with a manifest; exit code 1 if it differs, 2 if it can't be told",
    "copy": "copy collections from one stack to another, and compare; goes on where a killed copy was",
}


def add_arguments(name: str, command: argparse.ArgumentParser) -> None:
    """Adds a command's flags, beside --stack."""
    if name == "compare":
        command.add_argument("manifest", type=Path, metavar="manifest.json")
        command.add_argument("--suffix", default="", help="the copies' names end with it")
        command.add_argument("--database", help="the copies are in this database")
    if name == "copy":
        command.add_argument("--from", dest="source", required=True, metavar="STACK", help="a stack, or an address")
        command.add_argument("--to", dest="target", required=True, metavar="STACK", help="a stack, or an address")
        command.add_argument("--overwrite", default="", help="collections that may be dropped, separated by spaces")
    if name == "manifest":
        command.add_argument("--out", type=Path, help="file to write to instead of standard output")
    command.add_argument("--only", default="", help="collections, as database.collection, separated by spaces")
    if name != "manifest":
        command.add_argument("--json", action="store_true", help="one JSON object on stdout, the rest on stderr")


def run(options: argparse.Namespace) -> int:
    """Runs a command. What it can't judge, because something does not answer or can't be read, is exit code 2."""
    try:
        return {"manifest": _manifest, "compare": _compare, "copy": _copy}[options.command](options)
    except (ContractError, StackError) as error:
        if getattr(options, "json", False):
            print(as_text({"result": "unproven", "error": str(error)}))
        print(f"error: {error}", file=sys.stderr)
        return 2


def _manifest(options: argparse.Namespace) -> int:
    from operations.backup.measure import measure
    from operations.backup.proof import with_database
    from operations.backup.sides import opened

    with opened(options.stack) as side:
        text = measure(side, only=[*map(with_database, options.only.split())] or None, say=say).text()
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


def _compare(options: argparse.Namespace) -> int:
    from operations.backup.compare import Expectation
    from operations.backup.manifest import read_file
    from operations.backup.proof import prove, renamed
    from operations.backup.sides import opened

    expected = read_file(options.manifest)
    names = renamed(expected, only=options.only.split() or None, suffix=options.suffix, database=options.database)
    with opened(options.stack) as side:
        verdicts = prove(side, expected, Expectation(names=names, access=not options.only), say=say)
    return show(verdicts, as_json=options.json, manifest=str(options.manifest), stack=options.stack)


def _copy(options: argparse.Namespace) -> int:
    from operations.backup.copy import copy

    return copy(
        options.source,
        options.target,
        only=options.only.split() or None,
        overwrite=options.overwrite.split(),
        as_json=options.json,
        say=say,
    )
