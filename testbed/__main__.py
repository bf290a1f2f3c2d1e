"""`python -m testbed STACK`: a rehearsal on real Kafka, Milvus and S3, which then break; takes minutes."""

import sys

from rich.console import Console

from rehearsal.command import main
from testbed import data_plane


def plane() -> data_plane.OnDataPlane:
    """Goes on in a namespace of its own before anything is started. Raises UnavailableError."""
    data_plane.enter(["-m", "testbed", *sys.argv[1:]])
    return data_plane.OnDataPlane(Console(stderr=True).print)


if __name__ == "__main__":
    sys.exit(main("python -m testbed", plane))
