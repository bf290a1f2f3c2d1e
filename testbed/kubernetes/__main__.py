"""`python -m testbed.kubernetes STACK`: a rehearsal in which a real API server judges every Kubernetes object.

It needs Go, once. With the environment variable CHARTS, a folder of charts (charts.py), the releases are judged, too.
"""

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rehearsal.command import main
from rehearsal.run import Judge, UnavailableError
from testbed.kubernetes import behind
from testbed.kubernetes.charts import charts
from testbed.kubernetes.control_plane import ADDRESS, ControlPlane, provide


def judge(running: ExitStack) -> Judge:
    """Starts an API server that ends with `running`, unless the environment names one. Raises UnavailableError."""
    name = behind.SOURCE
    if folder := os.environ.get(behind.CHARTS):
        if not charts(Path(folder)):
            raise UnavailableError(f"CHARTS is {folder}, which holds no chart: name a folder with copies of the charts")
        name += f", releases rendered from {folder}"
    if behind.ADDRESS not in os.environ:
        at = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="kubernetes-"))) / "server"
        running.enter_context(ControlPlane(at, provide()))
        os.environ[behind.ADDRESS] = str(at / ADDRESS)
    return Judge(name, behind.__name__)


if __name__ == "__main__":
    with ExitStack() as running:
        code = main("python -m testbed.kubernetes", judge=lambda: judge(running))
    sys.exit(code)
