"""Python language host for a Pulumi CLI built from its Go modules, which comes without the official one.

It serves those parts of the engine's LanguageRuntime service that this project needs: running a program (by the SDK's
own `pulumi-language-python-exec`, so that errors look the same) and running policy packs. Installing dependencies,
templates and code generation are left out.
"""

import importlib.util
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

import grpc

if not TYPE_CHECKING and "pulumi" not in sys.modules:
    # The engine starts this host twice for each operation, once only to ask for its version. Importing the protocol's
    # messages without the rest of the SDK saves 0.2 s each time.
    root = Path(importlib.util.find_spec("pulumi").submodule_search_locations[0])
    for package in ("pulumi", "pulumi.runtime", "pulumi.runtime.proto"):
        sys.modules[package] = types.ModuleType(package)
        sys.modules[package].__path__ = [str(root.joinpath(*package.split(".")[1:]))]
from pulumi.runtime.proto import language_pb2 as messages
from pulumi.runtime.proto import plugin_pb2
from pulumi.runtime.proto.language_pb2_grpc import LanguageRuntimeServicer, add_LanguageRuntimeServicer_to_server

EXECUTOR = Path(__file__).with_name("pulumi-language-python-exec")
STARTER = ["-S", os.environ["PYTHON_STARTER"]] if "PYTHON_STARTER" in os.environ else []
"""Script that starts programs faster than Python does, and needs no packages; a rehearsal has one (rehearsal/warm)."""
SHOWN_TO_THE_USER = 32
"""Exit code with which the executor says that it has already shown the error."""
MESSAGE_BYTES = 400 << 20
"""The engine's own limit for the size of a message."""

WATCH_SECONDS = 0.5

Context = grpc.ServicerContext
children: set[subprocess.Popen[bytes]] = set()


class LanguageHost(LanguageRuntimeServicer):
    """The service that the engine calls."""

    def Handshake(self, request: object, context: Context) -> messages.LanguageHandshakeResponse:
        return messages.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: object, context: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=os.environ.get("PULUMI_LANGUAGE_HOST_VERSION", ""))

    def About(self, request: object, context: Context) -> messages.AboutResponse:
        return messages.AboutResponse(executable=sys.executable, version=sys.version.split()[0])

    def GetRequiredPackages(self, request: object, context: Context) -> messages.GetRequiredPackagesResponse:
        # The list is empty, because provider plugins are downloaded when the program asks for them.
        return messages.GetRequiredPackagesResponse()

    def Run(self, request: messages.RunRequest, context: Context) -> messages.RunResponse:
        program = request.info.program_directory or request.pwd
        arguments = {
            "monitor": request.monitor_address,
            "engine": sys.argv[-1],
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "organization": request.organization,
            "pwd": request.pwd,
            "dry_run": str(request.dryRun).lower(),
            "parallel": str(request.parallel),
        }
        environment = {
            **os.environ,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        options = [word for key, value in arguments.items() if value for word in (f"--{key}", value)]
        child = start([*STARTER, str(EXECUTOR), *options, program, *request.args], environment, program)
        code = child.wait()
        children.discard(child)
        if code == SHOWN_TO_THE_USER:
            return messages.RunResponse(bail=True)
        return messages.RunResponse(error=f"Program exited with non-zero exit code: {code}" if code else "")

    def RunPlugin(self, request: messages.RunPluginRequest, context: Context) -> Iterator[messages.RunPluginResponse]:
        environment = dict(os.environ) | dict(pair.split("=", 1) for pair in request.env)
        command = [request.info.program_directory or request.program, *request.args]
        child = start(command, environment, request.pwd, output=subprocess.PIPE)
        context.add_callback(child.terminate)
        lines: queue.Queue[messages.RunPluginResponse | None] = queue.Queue()

        def forward(stream: IO[bytes] | None, kind: str) -> None:
            for line in stream or ():
                lines.put(
                    messages.RunPluginResponse(stdout=line)
                    if kind == "stdout"
                    else messages.RunPluginResponse(stderr=line)
                )
            lines.put(None)

        for stream, kind in ((child.stdout, "stdout"), (child.stderr, "stderr")):
            threading.Thread(target=forward, args=(stream, kind), daemon=True).start()
        for _ in ("stdout", "stderr"):
            yield from iter(lines.get, None)
        code = child.wait()
        children.discard(child)
        yield messages.RunPluginResponse(exitcode=code)


def start(
    command: list[str], environment: dict[str, str], folder: str, output: int | None = None
) -> subprocess.Popen[bytes]:
    """Starts a Python process in a session of its own, so that a Ctrl-C reaches it only once, through `stop`."""
    child = subprocess.Popen(
        [sys.executable, "-u", *command],
        env=environment,
        cwd=folder,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    children.add(child)
    return child


def stop(*_: object) -> NoReturn:
    """Ends all children and this process. The engine interrupts its plugins after every
    operation, so nothing is printed."""
    for child in children:
        child.terminate()
    os._exit(0)


def end_with_the_engine() -> None:
    """Ends this process when its parent changes: a killed engine cannot end its plugins, which would wait for it."""
    engine = os.getppid()
    try:  # the engine may have ended just before, but a moment ago it was the parent
        host, _, port = sys.argv[-1].rpartition(":")
        socket.create_connection((host, int(port)), timeout=10).close()
    except ValueError:  # a user has started it, without an engine's address
        pass
    except OSError:
        stop()
    while os.getppid() == engine:
        time.sleep(WATCH_SECONDS)
    stop()


def main() -> None:
    server = grpc.server(
        futures.ThreadPoolExecutor(16),
        options=[("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)],
    )
    add_LanguageRuntimeServicer_to_server(LanguageHost(), server)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    threading.Thread(target=end_with_the_engine, daemon=True).start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
