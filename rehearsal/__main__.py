"""`python -m rehearsal STACK [--json]`: what a deployment of this stack will do, before anyone pays for it."""

import sys

from rehearsal.command import main

if __name__ == "__main__":
    sys.exit(main("python -m rehearsal"))
