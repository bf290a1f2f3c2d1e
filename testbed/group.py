"""`python -m testbed.group GROUP RECORDED`: the faults of a group, one JSON object a line, for data_plane.py.

RECORDED is a folder with the journal of a rehearsed cloud and its stack's outputs.
"""

import json
import logging
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from testbed import faults, namespace


def main() -> None:
    namespace.settle()
    logging.disable()  # pymilvus' tracebacks of errors that are wanted here
    group, recorded = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="testbed-") as folder:
        for outcome in faults.run(group, Path(recorded), Path(folder)):
            print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    main()
