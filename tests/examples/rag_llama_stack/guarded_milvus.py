"""The Milvus Lite of the OGX environment (2.5.1, unchanged) over TCP, behind a gate that asks for a token.

OGX can't speak with the project's own Milvus Lite 3, and Lite takes any token.
"""

import base64
import os
import socket
import subprocess
from collections.abc import Callable, Generator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import grpc

from examples.rag_llama_stack import environment

TOKEN = "root:not-Milvus"


class Gate(grpc.GenericRpcHandler):
    """Passes calls on, as bytes."""

    def __init__(self, behind: grpc.Channel) -> None:
        self._behind = behind
        self._expected = base64.b64encode(TOKEN.encode()).decode()  # as pymilvus sends it

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        given = dict(handler_call_details.invocation_metadata).get("authorization")
        call = cast("Callable[[bytes], bytes]", self._behind.unary_unary(handler_call_details.method))

        def passed(request: bytes, context: grpc.ServicerContext) -> bytes:
            if given != self._expected:
                if handler_call_details.method.endswith("/Connect"):
                    return b""  # connecting alone checks nothing (milvus#18607)
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "auth check failure")
            try:
                return call(request)
            except grpc.RpcError as error:
                return context.abort(error.code(), error.details() or "")

        return cast(Any, grpc).unary_unary_rpc_method_handler(passed)


@contextmanager
def gate(behind: grpc.Channel) -> Generator[str]:
    """Yields its address."""
    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((Gate(behind),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


@contextmanager
def serving(folder: Path) -> Generator[str]:
    """Yields the gate's address."""
    library = next(environment.ENVIRONMENT.glob("lib/python3*/site-packages/milvus_lite/lib"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    lite = subprocess.Popen(
        [library / "milvus", folder / "lite.db", address, "ERROR"],
        env={**os.environ, "LD_LIBRARY_PATH": str(library), "DYLD_LIBRARY_PATH": str(library)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with grpc.insecure_channel(address) as channel:
            grpc.channel_ready_future(channel).result(timeout=300)
            with gate(channel) as url:
                yield url
    finally:
        lite.kill()
        lite.wait()
