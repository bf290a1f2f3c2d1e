"""Runs the Pulumi CLI on a local stack, as make does: `.venv/bin/python -m operations.local STACK up ...`.

It first cleans up after runs that were killed: their locks, their processes, and servers that no state knows. If
another run is still going on, it stops and names that process. Without a stack it only ends processes that were left
behind. Left out: stacks with a backend of the user's own, where a lock may belong to another machine.
"""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from components.embedded.launching import prepared
from components.embedded.server import Server, process_of, stop
from milvus_contract import Contract, ContractError, parse
from operations.stack import ROOT, StackError, cli, read_contract

PROJECT = "milvus-on-aws"
HELPERS = ("pulumi-language-", "pulumi-resource-", "pulumi-analyzer-", "pulumi.dynamic")
"""Words of which each process that an engine starts has one in its command line: language hosts, the program,
providers and policy packs.
"""
HOSTED = ("up", "update", "preview", "refresh", "destroy")
"""Commands whose program and provider run in this process (hosting.py)."""
END_SECONDS = 5
CLOCK_SECONDS = 5
"""Tolerance between the times of files and of processes."""


def main(arguments: Sequence[str], *, proven: bool = False) -> int:
    """Runs a command on a stack; without arguments it only ends processes that were left.

    With `proven` a smoke test follows, whose client library is imported while the engine works.
    """
    if not arguments:
        end_orphans()
        return 0
    stack, *command = arguments
    try:
        with alone(stack):
            recover(stack)
            code = carry_out(stack, command, proven=proven)
        if code or not proven:
            return code
        from operations.smoke import command as smoke  # it imports what the other commands do not need

        return smoke(stack, contract(stack))
    except (ContractError, StackError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def carry_out(stack: str, command: Sequence[str], *, proven: bool) -> int:
    """Runs a command of the CLI. What this takes a while to import, it imports while the CLI works."""
    with ExitStack() as meanwhile:
        if proven and not served(stack):
            meanwhile.enter_context(prepared())
        options, environment = list[str](), dict[str, str]()
        with created(stack):
            if command[0] in HOSTED:
                from operations.hosting import hosted

                options, environment = meanwhile.enter_context(hosted())
        if proven:
            from operations.smoke import load_client

            threading.Thread(target=load_client).start()
        return run([command[0], *options, *command[1:]], environment)


@contextmanager
def created(stack: str) -> Generator[None]:
    """Creates the stack, unless it is there, while something else is done. Raises StackError if it can't be created."""
    if state_file(stack).exists():
        yield
        return
    (ROOT / ".local/state").mkdir(parents=True, exist_ok=True)
    command = [cli(), "stack", "select", "--create", stack]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as creating:
        yield
        _, said = creating.communicate()
    if creating.returncode:
        raise StackError(f"stack {stack} can't be created: {said.strip()}")


def state_file(stack: str) -> Path:
    return ROOT / ".local/state/.pulumi/stacks" / PROJECT / f"{stack}.json"


def resources(stack: str) -> list[dict[str, Any]]:
    """The resources in a stack's state, read without the CLI; none if it is not there, or of another form."""
    try:
        state = json.loads(state_file(stack).read_text(encoding="utf-8"))
        return state["checkpoint"]["latest"]["resources"]
    except (OSError, ValueError, LookupError, TypeError):
        return []


def contract(stack: str) -> Contract:
    """The contract of a deployed stack."""
    root = next((each for each in resources(stack) if each["type"] == "pulumi:pulumi:Stack"), None)
    return parse(root["outputs"], f"stack {stack}") if root else read_contract(stack)


def process(stack: str) -> psutil.Process | None:
    """The running server of this stack; None if there is none."""
    inputs = [each.get("inputs", {}) for each in resources(stack)]
    found = (process_of(Server.of(each)) for each in inputs if "data_dir" in each)
    return next((each for each in found if each), None)


def served(stack: str) -> bool:
    """Whether a server of this stack runs."""
    return process(stack) is not None


@contextmanager
def alone(stack: str) -> Generator[None]:
    """Admits one run of a stack at a time. The lock on the file ends with its process, however that ends.

    Raises StackError if another run holds the lock.
    """
    file = ROOT / ".local" / f"{stack}.running"
    file.parent.mkdir(exist_ok=True)
    with file.open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(busy(stack, int(file.read_text() or 0))) from None
        file.write_text(str(os.getpid()))
        yield


def busy(stack: str, pid: int) -> str:
    return (
        f"stack {stack} is being worked on by process {pid}; wait until it has ended, or end it by `kill {pid}`, "
        "and run the same command again"
    )


def recover(stack: str) -> None:
    """Cleans up after runs that were killed. Raises StackError if a run is still going on."""
    for lock in sorted((ROOT / ".local/state/.pulumi/locks/organization" / PROJECT / stack).glob("*.json")):
        pid = check_dead(stack, lock)
        lock.unlink(missing_ok=True)
        say(f"process {pid} was killed while it worked on stack {stack}: its lock is taken off")
    for attributes in (ROOT / ".local/state/.pulumi/stacks" / PROJECT).glob(f"{stack}.json*.attrs"):
        # This file is not written atomically. If it is left empty by a kill, the state cannot be read.
        if not attributes.stat().st_size:
            attributes.unlink()
    end_orphans()
    forget_pending(stack)


def check_dead(stack: str, lock: Path) -> int:
    """Id of the process that left a lock; 0 if the lock does not tell.

    Raises StackError if that process still runs, or ran on another machine.
    """
    try:
        content = json.loads(lock.read_text(encoding="utf-8"))
        pid, host = int(content["pid"]), str(content["hostname"])
    except (ValueError, KeyError):  # the process was killed while it wrote the lock
        return 0
    if host != socket.gethostname():
        raise StackError(
            f"stack {stack} is locked by process {pid} of {content['username']} on {host}, which is not this machine; "
            f'if nothing runs there, take the lock off: make pulumi STACK={stack} ARGS="cancel --yes {stack}"'
        )
    try:
        process = psutil.Process(pid)
        # The system may reuse a process id. The lock's process is older than the lock, and its name is pulumi.
        older = process.create_time() <= lock.stat().st_mtime + CLOCK_SECONDS
        runs = process.status() != psutil.STATUS_ZOMBIE
        if older and runs and process.name().startswith("pulumi"):
            raise StackError(busy(stack, pid))
    except psutil.NoSuchProcess:
        pass
    return pid


def end_orphans() -> None:
    """Ends processes that killed engines of this folder's local stacks left behind."""
    if found := list(orphans(os.environ["PULUMI_HOME"])):
        for process in found:
            process.kill()
        psutil.wait_procs(found, END_SECONDS)
        say(f"{len(found)} processes that it left are ended")


def orphans(home: str) -> Iterator[psutil.Process]:
    """Processes that engines with this home started and that have no engine any more.

    A Milvus Lite server is not one of them: it is meant to stay.
    """
    for process in psutil.process_iter(["cmdline"]):
        if any(helper in word for word in process.info["cmdline"] or () for helper in HELPERS):
            try:
                if process.environ().get("PULUMI_HOME") == home and not has_engine(process):
                    yield process
            except psutil.Error:  # it has ended, or belongs to another user
                continue


def has_engine(process: psutil.Process) -> bool:
    return any(each.name() == "pulumi" for each in process.parents())


def forget_pending(stack: str) -> None:
    """Removes the pending operations of a killed engine from the state, after it has undone their effects.

    Otherwise every command would warn of them. A server that such an operation started is stopped, because no state
    knows it; its data are kept.
    """
    state = state_file(stack)
    if not state.exists() or '"pending_operations": [' not in state.read_text():
        return
    exported: dict[str, Any] = json.loads(pulumi("stack", "export", "--stack", stack))
    for operation in exported["deployment"].pop("pending_operations", []):
        inputs = operation["resource"].get("inputs", {})
        if "data_dir" in inputs:
            stop(Server.of(inputs))
    pulumi("stack", "import", "--stack", stack, "--force", text=json.dumps(exported))
    say("what it had begun is taken back")


def pulumi(*command: str, text: str | None = None) -> str:
    answer = subprocess.run([cli(), *command], cwd=ROOT, input=text, capture_output=True, text=True)
    if answer.returncode:
        raise StackError(f"`pulumi {' '.join(command)}`: {answer.stderr.strip()}")
    return answer.stdout


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs the CLI with additional environment variables, and returns its exit code.

    If the CLI is killed, this cleans up after it and ends this process.
    """
    process = subprocess.Popen([cli(), *command], cwd=ROOT, env={**os.environ, **environment})

    # A terminal sends its signals to the engine as well, so this process only has to outlive the engine.
    def outlive(number: int, _frame: object) -> None:
        if number == signal.SIGTERM:
            process.terminate()

    before = {number: signal.signal(number, outlive) for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)}
    code = process.wait()
    for number, handler in before.items():
        signal.signal(number, handler)
    if code >= 0:
        return code
    end_orphans()
    say(f"the Pulumi CLI was killed by signal {-code}: run the same command again to go on")
    sys.stdout.flush()
    os._exit(128 - code)  # threads of this process may still wait for that engine


def say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], proven=sys.argv[2:3] == ["up"]))
