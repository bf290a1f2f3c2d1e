"""Milvus Lite on the deploying machine, as a resource: `pulumi up` starts it on its data, and destroy stops it.

It is a dynamic provider, so that a preview can see whether the server still runs. The process itself is in server.py.
Authentication and TLS are left out, because Milvus Lite does not have them.
"""

import os
import sys
import threading
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

import psutil
import pulumi
from pulumi.dynamic import (
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from components.embedded import server as embedded_server
from components.embedded.server import HOST, Server, ServerError

Props = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class EmbeddedArgs:
    port: int
    data_dir: str
    """Folder of the server. A relative path starts from the project's folder."""
    log_level: str
    keep_data: bool
    """Whether a destroy keeps the data."""


class Embedded(pulumi.ComponentResource):
    """A running Milvus Lite server. The deployment fails with ServerError if it can't be started."""

    host: pulumi.Output[str]
    port: pulumi.Output[int]
    uri: pulumi.Output[str]

    def __init__(self, name: str, args: EmbeddedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:embedded:Embedded", name, None, opts)
        server = _Server(f"{name}-server", args, pulumi.ResourceOptions(parent=self))
        self.host = pulumi.Output.from_input(HOST)
        self.port = server.port.apply(int)
        self.uri = server.uri
        self.register_outputs({"host": self.host, "port": self.port, "uri": self.uri})


class _Provider(ResourceProvider):
    """Starts, restarts, checks and stops the server for the engine."""

    serialize_as_secret_always = False  # the class is no secret, and state must be readable without a key

    def configure(self, req: ConfigureRequest) -> None:
        _end_with_the_engine()

    def create(self, props: Props) -> CreateResult:
        _start(Server.of(props))
        return CreateResult("milvus-lite", _outputs(props))

    def diff(self, _id: str, old: Props, new: Props) -> DiffResult:
        changed = any(old[key] != new[key] for key in new if not key.startswith("__") and new[key] is not None)
        return DiffResult(changes=changed or not embedded_server.runs_as(Server.of(new)))

    def update(self, _id: str, old: Props, new: Props) -> UpdateResult:
        server = Server.of(new)
        if not embedded_server.runs_as(server):
            _checked(embedded_server.check_start, server)
            embedded_server.stop(Server.of(old))  # the old one, since the folder may have changed
            _start(server)
        return UpdateResult(_outputs(new))

    def read(self, id_: str, props: Props) -> ReadResult:
        server = Server.of(props)
        running = embedded_server.runs_as(server)
        gone = not running and not server.data.exists()
        return ReadResult("" if gone else id_, {**props, "running": running})

    def delete(self, _id: str, props: Props) -> None:
        server = Server.of(props)
        embedded_server.stop(server)
        if not props["keep_data"]:
            embedded_server.erase(server)


class _Server(Resource):
    """The dynamic resource behind Embedded. `port` is a float, because the engine knows no other numbers."""

    port: pulumi.Output[float]
    uri: pulumi.Output[str]

    def __init__(self, name: str, args: EmbeddedArgs, opts: pulumi.ResourceOptions) -> None:
        owner = f"{pulumi.get_project()}/{pulumi.get_stack()}"
        super().__init__(_Provider(), name, {**asdict(args), "owner": owner, "uri": None, "running": None}, opts)


def _end_with_the_engine() -> None:
    """A killed engine can't end this provider's process, which would wait for ever for its next call."""
    engine = next((each for each in psutil.Process().parents() if each.name() == "pulumi"), None)

    def watch(engine: psutil.Process) -> None:
        engine.wait()
        os._exit(1)

    if engine:
        threading.Thread(target=watch, args=(engine,), daemon=True).start()


def _outputs(props: Props) -> Props:
    """The properties of a running server."""
    return {**props, "uri": f"http://{HOST}:{int(props['port'])}", "running": True}


def _start(server: Server) -> None:
    _checked(embedded_server.start, server)


def _checked(action: Any, server: Server) -> None:
    try:
        action(server)
    except ServerError as error:
        _refuse(error)


def _refuse(error: ServerError) -> NoReturn:
    """Raises the error without its traceback, which the SDK would print in front of the message."""
    sys.tracebacklimit = 0
    raise error.with_traceback(None) from None
