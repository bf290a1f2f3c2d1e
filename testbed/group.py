"""`python -m testbed.group GROUP RECORDED`: runs a group's faults and prints each outcome as a line of JSON.

RECORDED is a folder with the journal of a rehearsed cloud and its stack's outputs. data_plane.py starts this command.
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
    logging.disable()  # pymilvus logs tracebacks of errors that are expected here
    group, recorded = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="testbed-") as folder:
        for outcome in faults.run(group, Path(recorded), Path(folder)):
            print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    main()
