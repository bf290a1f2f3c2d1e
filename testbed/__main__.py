"""`python -m testbed STACK`: rehearses a stack on real Kafka, Milvus and S3, and then lets
them fail. It takes minutes."""

import sys

from rich.console import Console

from rehearsal.command import main
from testbed import data_plane


def plane() -> data_plane.OnDataPlane:
    """Enters a namespace of its own before anything is started. Raises UnavailableError."""
    data_plane.enter(["-m", "testbed", *sys.argv[1:]])
    return data_plane.OnDataPlane(Console(stderr=True).print)


if __name__ == "__main__":
    sys.exit(main("python -m testbed", plane))
