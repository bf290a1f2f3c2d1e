"""`python -m operations.procedures dev`: does every documented procedure on an emulated AWS, and notes what each did.

The notes are outcomes.json, of which `make docs` makes the table in docs/operations.md. It takes minutes a stack.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from operations.procedures.run import of_stack, run
from operations.procedures.steps import BOTH, PROCEDURES
from operations.procedures.table import save


def main() -> int:
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m operations.procedures", description=__doc__)
    parser.add_argument("stacks", nargs="*", choices=BOTH)
    parser.add_argument("--only", nargs="+", default=[""], metavar="TEXT", help="procedures whose name contains it")
    options = parser.parse_args()
    wrong = 0
    for stack in options.stacks or BOTH:
        # Without the last one, which takes the protection off, production can't be destroyed.
        chosen = [
            each
            for each in of_stack(stack)
            if each is PROCEDURES[-1] or any(text in each.name for text in options.only)
        ]
        with tempfile.TemporaryDirectory(prefix="procedures-") as folder:
            for procedure, outcomes in run(stack, Path(folder) / "stage", chosen):
                save(stack, procedure, outcomes)
                for number, each in enumerate(outcomes, 1):
                    wrong += len(each.problems)
                    print(f"{stack}: {procedure.name}, step {number}: {each.minutes} min", *each.problems, flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
