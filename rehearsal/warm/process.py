"""The warm process: imports the program's modules and packages, and forks for each script that it is asked to run.

It is a script of its own, so that nothing else is imported in it.
"""

import gc
import importlib
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import sys
import threading
import time
import traceback
from pathlib import Path


def main() -> None:
    options = json.loads(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended programs leave nothing to wait for
    with socket.socket(fileno=options["listener"]) as listener, selectors.DefaultSelector() as selector:
        # Who connects before everything is imported waits for it.
        own = import_program(options["root"], options["modules"])
        selector.register(listener, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while not any(key.fileobj is sys.stdin for key, _ in selector.select()):
            connection, _ = listener.accept()
            with connection:
                if not os.fork():
                    run(listener, connection, own)
    shutil.rmtree(options["folder"])


def import_program(root: str, modules: list[str]) -> list[str]:
    """Imports modules of the program with all that they need, and returns the names of the program's own."""
    gc.disable()
    sys.path[0] = root
    for module in modules:
        hasattr(importlib.import_module(module), "it")  # the SDKs load a module when it is asked for an attribute
    # Calls of the engine for each step of each resource, each waited for, of which only --debug would show anything.
    vars(importlib.import_module("pulumi.log"))["debug"] = say_nothing
    # Which lines of the program make a resource: a twentieth of an operation, and nobody reads it in an emulated cloud.
    nowhere = importlib.import_module("pulumi.runtime.proto.source_pb2").StackTrace
    vars(importlib.import_module("pulumi.runtime.resource"))["_get_stack_trace"] = nowhere
    gc.freeze()
    gc.enable()
    rooms = {entry.stem for entry in Path(root).iterdir()}
    return [name for name in sys.modules if name.split(".")[0] in rooms]


def say_nothing(*_: object, **__: object) -> None:
    """Stands for the SDK's debug messages."""


def run(listener: socket.socket, connection: socket.socket, own: list[str]) -> None:
    """Becomes the script that the connection asks for, and answers with its exit code.

    Another version of the program has modules of the same names as our `own`, and imports them itself.
    """
    listener.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, streams, _, _ = socket.recv_fds(connection, 8, 3)
    with connection.makefile("rb") as reader:
        request = json.loads(reader.read(int.from_bytes(size, "big")))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["folder"])
    if "WARM_OTHER_PROGRAM" in os.environ:
        for name in own:
            del sys.modules[name]
    named = request["command"][0] == "-m"
    sys.argv = request["command"][named:]
    sys.path[0] = request["folder"] if named else str(Path(sys.argv[0]).parent)
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    code = 1
    try:
        if named:
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(sys.argv[0], run_name="__main__")
        code = 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        connection.send(bytes([code % 256]))
        os._exit(code)


def _end_with(connection: socket.socket) -> None:
    """Ends this script, as a signal to it would, when who asked for it has ended."""
    connection.recv(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
