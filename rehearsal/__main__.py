"""Shows what the deployment of a stack will do, before anyone pays for it: `.venv/bin/python -m rehearsal STACK`."""

import sys

from rehearsal.command import main

if __name__ == "__main__":
    sys.exit(main(".venv/bin/python -m rehearsal"))
