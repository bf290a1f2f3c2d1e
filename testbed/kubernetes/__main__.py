"""`python -m testbed.kubernetes STACK`: a rehearsal in which a real API server judges every Kubernetes object.

It needs Go, once. With the environment variable CHARTS, a folder of charts (charts.py), the releases are judged, too.
"""

import os
import sys
from pathlib import Path

from rehearsal.command import main
from rehearsal.run import Judge, UnavailableError
from testbed.kubernetes import behind, control_plane
from testbed.kubernetes.charts import charts


def judge() -> Judge:
    """Provides the API server's programs. Raises UnavailableError."""
    if (folder := os.environ.get(behind.CHARTS)) and not charts(Path(folder)):
        raise UnavailableError(f"CHARTS is {folder}, which holds no chart: name a folder with copies of the charts")
    control_plane.provide()
    return Judge(behind.SOURCE, behind.__name__)


if __name__ == "__main__":
    sys.exit(main("python -m testbed.kubernetes", judge=judge))
