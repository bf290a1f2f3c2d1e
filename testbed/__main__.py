"""`python -m testbed STACK`: rehearses a stack on real Kafka, Milvus and S3, and then lets
them fail. It takes minutes."""

import sys
from collections.abc import Callable

from rehearsal.command import main
from testbed import data_plane


def plane(say: Callable[[str], None]) -> data_plane.OnDataPlane:
    """Enters a namespace of its own before anything is started. `say` is told the progress.

    Raises UnavailableError.
    """
    data_plane.enter(["-m", "testbed", *sys.argv[1:]])
    return data_plane.OnDataPlane(say)


if __name__ == "__main__":
    sys.exit(main(".venv/bin/python -m testbed", plane))
