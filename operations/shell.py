"""Runs the project's own CLI or Python for a stack: `make pulumi`, `make shell` and `make size`.

The arguments come from the variable ARGS. They are split into words as by a shell, but no shell reads them, so nothing
in them is executed.
"""

import os
import runpy
import shlex
import sys

from operations import local
from operations.stack import ROOT, StackError, cli, is_local

OF_THE_ENGINE = ("up", "update", "preview", "destroy", "refresh", "import")
"""Commands of Pulumi during which nothing else may work on the stack."""


def words() -> list[str]:
    """The words of ARGS. Raises StackError if quotes in it are not closed."""
    text = os.environ.get("ARGS", "")
    try:
        return shlex.split(text)
    except ValueError as error:
        raise StackError(f"ARGS can't be split into words ({error}): {text}") from error


def environment(stack: str) -> dict[str, str]:
    """Environment variables for a command.

    PULUMI_STACK selects the stack; make has set home, backend and passphrase.
    """
    folders = [str(ROOT / ".tools" / "bin"), str(ROOT / ".venv" / "bin"), os.environ.get("PATH", os.defpath)]
    return {
        **{
            name: value
            for name, value in os.environ.items()
            if name not in ("ARGS", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
        },
        "PATH": os.pathsep.join(folders),
        "VIRTUAL_ENV": str(ROOT / ".venv"),
        "PULUMI_STACK": stack,
    }


def main(what: str, name: str, *before: str) -> int:
    """Runs `pulumi STACK`, `shell STACK`, or `module MODULE` with the arguments `before` and then the words of ARGS."""
    try:
        given = words()
        if what == "module":
            sys.argv = [name, *before, *given]
            runpy.run_module(name, run_name="__main__", alter_sys=True)
            return 0
        if what == "shell":
            command = [os.environ.get("SHELL", "/bin/sh")]
            print(f"Stack {name}: `pulumi` and `python` are this project's. `exit` leaves.", file=sys.stderr)
            os.execve(command[0], command, environment(name))  # noqa: S606
        if is_local(name) and given[:1] and given[0] in OF_THE_ENGINE:
            os.environ.update(environment(name))
            return local.main([name, *given])
        os.execve(cli(), ["pulumi", *given], environment(name))  # noqa: S606
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
