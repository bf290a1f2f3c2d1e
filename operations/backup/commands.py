"""The commands of this room, as `python -m operations` runs them: their flags, and what each does with them.

Exit codes: 0 if everything is as it should be, 1 if something differs or was refused, 2 if it could not be judged.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from milvus_contract import ContractError
from operations.backup.report import RESULTS, as_text, say, show
from operations.stack import StackError

if TYPE_CHECKING:
    from operations.backup.restore import Wanted

COMMANDS = {
    "manifest": "read what a Milvus holds: rows, keys, searches, schemas, indexes, aliases, users",
    "compare": "compare a Milvus with a manifest; exit code 1 if it differs, 2 if it can't be told",
    "backup": "make a backup with milvus-backup, and a manifest that proves it",
    "backups": "list backups: what is in them, whether they are whole, and which restores were verified",
    "restore": "restore a backup, and compare what came back; overwrites nothing that is not named",
    "drill": "restore one collection of the newest backup under a suffix, compare it, and drop it again",
    "recover": "bring the newest backup of another stack or bucket into a new stack, and compare what came back",
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
    if name == "restore":
        command.add_argument("--backup", required=True, metavar="NAME", help="as `backups` lists it")
        command.add_argument("--into", default="", help="a suffix such as _restored, or a database")
        command.add_argument("--overwrite", default="", help="collections that may be replaced, separated by spaces")
        command.add_argument("--unproven", action="store_true", help="a backup without a manifest; compares nothing")
    if name == "recover":
        command.add_argument("--from", dest="source", required=True, help="a stack, or s3://BUCKET")
        command.add_argument("--backup", default="", metavar="NAME", help="the newest, unless it is named")
        command.add_argument("--overwrite", default="", help="collections that may be replaced, separated by spaces")
    if name == "drill":
        command.add_argument("--backup", default="", metavar="NAME", help="the newest, unless it is named")
    if name == "manifest":
        command.add_argument("--out", type=Path, help="file to write to instead of standard output")
    if name not in ("backup", "backups"):
        command.add_argument("--only", default="", help="collections, as database.collection, separated by spaces")
    if name != "manifest":
        command.add_argument("--json", action="store_true", help="one JSON object on stdout, the rest on stderr")


def run(options: argparse.Namespace) -> int:
    """Runs a command. What it can't judge, because something does not answer or can't be read, is exit code 2."""
    try:
        commands = {"manifest": _manifest, "compare": _compare, "copy": _copy, "restore": _restore, "drill": _drill}
        commands |= {"backup": _backup, "backups": _backups, "recover": _recover}
        return commands[options.command](options)
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


def _backup(options: argparse.Namespace) -> int:
    from operations.backup.backups import backup
    from operations.backup.bucket import Bucket
    from operations.backup.sides import opened
    from operations.backup.tool import tool_of

    with opened(options.stack) as side:
        manifest = backup(side, Bucket.of(side.contract), tool_of(side.contract), say=say)
    made = manifest.backup
    rows = sum(each.rows.most for each in manifest.collections.values() if each.rows)
    unread = {name: each.unread for name, each in manifest.collections.items() if each.unread}
    facts = {"backup": made.name if made else None, "collections": len(manifest.collections), "rows": rows}
    print(as_text({**facts, "unread": unread}) if options.json else f"backup {facts['backup']}: {rows} rows")
    for name, why in unread.items():
        say(f"note: {name} is in it, but could not be read, so that its restore can't be proven: {why}")
    return 0


def _backups(options: argparse.Namespace) -> int:
    from operations.backup.backups import as_dicts, listed, table
    from operations.backup.bucket import Bucket
    from operations.backup.sides import contract_of

    found = listed(Bucket.of(contract_of(options.stack)))
    print(as_text(as_dicts(found)) if options.json else table(found))
    return 1 if any(each.problem and each.made_at for each in found) else 0


def _restore(options: argparse.Namespace) -> int:
    from operations.backup.restore import Wanted

    suffix = options.into if options.into.startswith("_") else ""
    wanted = Wanted(
        backup=options.backup,
        only=options.only.split(),
        suffix=suffix,
        database=None if suffix else options.into or None,
        overwrite=options.overwrite.split(),
        unproven=options.unproven,
    )
    return _restored(options, wanted)


def _recover(options: argparse.Namespace) -> int:
    from operations.backup.bucket import Bucket
    from operations.backup.recover import brought, source
    from operations.backup.restore import Wanted
    from operations.backup.sides import contract_of

    contract, start = contract_of(options.stack), time.monotonic()
    manifest = brought(source(options.source, contract), Bucket.of(contract), options.backup, say)
    made = manifest.backup
    say(f"the backup is in the new stack's bucket after {time.monotonic() - start:.0f} s; it is of {manifest.made_at}")
    wanted = Wanted(backup=made.name if made else "", only=options.only.split(), overwrite=options.overwrite.split())
    return _restored(options, wanted)


def _drill(options: argparse.Namespace) -> int:
    return _restored(options, None)


def _restored(options: argparse.Namespace, wanted: "Wanted | None") -> int:
    """Restores what is wanted; a drill if that is None."""
    from operations.backup.backups import newest
    from operations.backup.bucket import Bucket
    from operations.backup.restore import Restoring
    from operations.backup.sides import opened
    from operations.backup.tool import tool_of

    with opened(options.stack) as side:
        bucket = Bucket.of(side.contract)
        restoring = Restoring(side, bucket, tool_of(side.contract), say)
        backup, start = wanted.backup if wanted else options.backup or newest(bucket), time.monotonic()
        verdicts = restoring.restore(wanted) if wanted else restoring.drill(backup, options.only)
    seconds = round(time.monotonic() - start, 1)
    code = show(verdicts, as_json=options.json, backup=backup, stack=options.stack, seconds=seconds)
    say(f"backup {backup}: {RESULTS[code]}, {seconds} s")
    return code
