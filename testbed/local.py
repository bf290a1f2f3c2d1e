"""A local server as `make up` starts it, on a free port, with data that nobody keeps."""

import socket
import tempfile
from collections.abc import Generator
from contextlib import contextmanager

from components.embedded.server import HOST, Server, start, stop


@contextmanager
def started(owner: str) -> Generator[Server]:
    """A started server. It is stopped in the end."""
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        server = Server(owner=owner, folder=folder, port=port, log_level="WARNING")
        start(server)
        try:
            yield server
        finally:
            stop(server)
