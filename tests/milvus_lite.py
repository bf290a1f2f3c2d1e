"""A real Milvus Lite for tests, as local stacks have it."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from components.embedded.server import Server, start, stop
from tests.engine import free_port


@contextmanager
def running(folder: Path) -> Generator[Server]:
    """A started server with its data in `folder`, on a free port. It is stopped in the end."""
    server = Server(owner="test", folder=str(folder), port=free_port(), log_level="INFO")
    start(server)
    try:
        yield server
    finally:
        stop(server)
