"""Runs the program of a local stack, and the provider of its dynamic resource, in this process.

The engine would start a language host twice, the program, and the provider, one after the other, and each of these
processes would import the same packages. The CLI is told of this one by `--client`, as by Pulumi's Automation API,
and by PULUMI_DEBUG_PROVIDERS, by which providers are debugged. What is deployed so is the same for `pulumi up` alone.
Left out: policies, which local stacks do not have.
"""

import importlib
import io
import os
import runpy
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from typing import Any, cast

import grpc
from google.protobuf import empty_pb2
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import ResourceProviderServicer, language_pb2, language_pb2_grpc

from operations.stack import ROOT

PROGRAM = ("settings.reading", "settings.contradictions", "arguments.embedded", "outputs")
"""Modules that import what the program of a local stack needs."""
MESSAGE_BYTES = 400 << 20
"""The engine's own limit for the size of a message."""


class _Language(LanguageServer):
    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
        answer: Any = cast(Any, super()).Run(request, context)
        return language_pb2.RunResponse(bail=True) if answer.error else answer  # the user has been shown it


@contextmanager
def hosted() -> Generator[tuple[list[str], dict[str, str]]]:
    """Runs both services, and yields options and environment variables with which the CLI finds them."""
    sizes = ("grpc.max_receive_message_length", "grpc.max_send_message_length")
    server: Any = grpc.server(ThreadPoolExecutor(4), options=[(each, MESSAGE_BYTES) for each in sizes])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(_Language(_program), server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        for module in PROGRAM:
            importlib.import_module(module)
        yield [f"--client={address}"], {"PULUMI_DEBUG_PROVIDERS": f"pulumi-python:{_provider()}"}
    finally:
        server.stop(None)


def _program() -> None:
    runpy.run_path(str(ROOT), run_name="__main__")


def _provider() -> int:
    """Port of the SDK's service for dynamic providers.

    The SDK has no function that starts it. Its module does when it is run, prints the port, and waits for ever.
    """
    # The engine's first call to a provider that it has not started itself, and the one that the SDK lacks.
    cast(Any, ResourceProviderServicer).Attach = _attached
    read, write = os.pipe()
    with (
        os.fdopen(read, encoding="utf-8") as port,
        io.TextIOWrapper(io.FileIO(write, "w"), "utf-8") as printed,
        redirect_stdout(printed),
    ):

        def serve() -> None:
            with printed:
                runpy.run_module("pulumi.dynamic", run_name="__main__")

        threading.Thread(target=serve, daemon=True).start()
        return int(port.readline())


def _attached(*_: object) -> empty_pb2.Empty:
    return empty_pb2.Empty()
