"""The commands for a stack, which make calls with the right Pulumi backend: `.venv/bin/python -m operations`."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from milvus_contract import Contract, ContractError
from milvus_contract.text import as_dotenv, as_json, as_shell
from operations.backup import commands as backup
from operations.stack import StackError, read_contract
from settings.problems import SettingsError

COMMANDS = {
    "smoke": "prove layer by layer that Milvus answers",
    "status": "what is wrong, what will be, and what it costs (exit code 1: something is wrong; 2: not all answered)",
    "alarm-test": "let CloudWatch send one alarm down each path (exit code 1: it did not arrive; 2: not all answered)",
    "mute": "silence a stack's alarms for 30 minutes of maintenance; never that Milvus is unreachable",
    "outputs": "print the contract",
    "grant": "give an application a database, a role and a user, whose password is kept in Secrets Manager",
    "upgrade": "bring Milvus to another version, one role after the other, or go on where it stopped",
    "new": "write Pulumi.<stack>.yaml: asks on a terminal, takes flags in scripts",
    "preflight": "list everything that a deployment lacks (exit code 1), before anything is made",
    "doctor": "say what is wrong with an account before a deployment, or with a stack after it (exit code 0, 1 or 2)",
    "sweep": "list what a stack left in its account, with the price; --apply deletes what is safe to delete",
    "report": "write what somebody who helps wants to see into a file, without secrets; it is sent nowhere",
    "estimate": "size and price of a stack's settings, whether it is deployed or not",
    "destroyable": "refuse (exit code 1) what is protected, in another account than the caller, or has consumers",
    "review": "what a pull request would do to a stack, as one comment in Markdown",
    "guard": "refuse (exit code 1) what a `pulumi preview --json` shows to lose state",
    **backup.COMMANDS,
}

FORMATS: dict[str, Callable[[Contract], str]] = {"json": as_json, "env": as_shell, "dotenv": as_dotenv}


def main() -> int:
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m operations", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == "guard":
            command.add_argument("preview", type=Path, metavar="preview.json")
        if name == "review":
            command.add_argument("--base", type=Path, metavar="preview.json", help="without it, all changes are listed")
            command.add_argument("--head", type=Path, required=True, metavar="preview.json")
            command.add_argument(
                "--rollout", type=Path, metavar="rollout.json", help="what broke in a rehearsed roll-out"
            )
        if name in ("guard", "review"):
            # Also taken from the environment, so that a workflow need not pass names through a shell.
            of_environment = os.environ.get("ALLOW", "").split()
            command.add_argument(
                "--allow", action="append", default=of_environment, metavar="NAME", help="a name or URN; also ALLOW"
            )
            continue
        if name in backup.COMMANDS:
            backup.add_arguments(name, command)
        if name != "copy":
            command.add_argument("--stack", default="local")
        if name == "new" and name in sys.argv[1:2]:  # only here: the questions read every setting, which takes a moment
            from operations.new.new import add_flags

            add_flags(command)
        if name == "grant":
            command.add_argument("--database", required=True)
            command.add_argument("--user", required=True)
            command.add_argument("--role", required=True, choices=("ro", "rw", "admin"), help="on that database")
            command.add_argument(
                "--rotate", choices=("1", "end"), help="1: the other user of the pair takes over; end: drop the former"
            )
        if name == "mute":
            command.add_argument("--end", action="store_true", help="end it now")
        if name == "upgrade":
            command.add_argument("--to", required=True, metavar="VERSION", help="such as 2.6.21")
            command.add_argument("--apply", action="store_true", help="without it, the plan is shown")
        if name == "sweep":
            command.add_argument("--apply", action="store_true", help="delete, instead of listing alone")
        if name == "outputs":
            command.add_argument("--format", choices=FORMATS, default="json", help="env: for a shell's eval")
        if name in ("smoke", "status", "estimate", "preflight", "doctor", "sweep"):
            command.add_argument("--json", action="store_true", help="one JSON object on stdout, the rest on stderr")
    options = parser.parse_args()
    try:
        return run(options)
    except (ContractError, StackError, SettingsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    if options.command in backup.COMMANDS:
        return backup.run(options)
    if options.command == "guard":
        from operations.review.guard import guard

        return guard(options.preview, options.allow)
    if options.command == "review":
        from operations.review.comment import comment
        from operations.review.review import review

        result = review(options.base, options.head, options.allow, options.rollout)
        print(comment(result), end="")
        return 0 if result.passes else 1
    if options.command == "destroyable":
        from operations.destroyable import destroyable

        return destroyable(options.stack)
    if options.command == "new":
        from operations.new.new import run as new

        return new(options)
    if options.command == "preflight":
        from operations.preflight import preflight

        return preflight(options.stack, as_json=options.json)
    if options.command == "doctor":
        from operations.doctor.doctor import doctor

        return doctor(options.stack, as_json=options.json)
    if options.command == "sweep":
        from operations.sweep.sweep import sweep

        return sweep(options.stack, apply=options.apply, as_json=options.json)
    if options.command == "report":
        from operations.report import report

        return report(options.stack)
    if options.command == "estimate":
        from operations.estimate import show

        return show(options.stack, as_json=options.json)
    contract = read_contract(options.stack)
    if options.command == "outputs":
        print(FORMATS[options.format](contract), end="")
        return 0
    if options.command == "status":
        from operations.status.status import status

        return status(options.stack, contract, as_json=options.json)
    if options.command == "alarm-test":
        from operations.alarms.commands import alarm_test

        return alarm_test(options.stack, contract)
    if options.command == "mute":
        from operations.alarms.commands import mute

        return mute(contract, end=options.end)
    if options.command == "grant":
        from operations import grant

        asked = grant.Grant(database=options.database, user=options.user, role=options.role, rotate=options.rotate)
        return grant.run(contract, asked)
    if options.command == "upgrade":
        from operations.upgrade.command import run as upgrade

        return upgrade(options.stack, contract, options.to, apply=options.apply)
    from operations.smoke import command  # it imports packages that the other commands do not need

    return command(options.stack, contract, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
