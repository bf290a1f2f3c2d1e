"""`python -m testbed.integrations [PACKAGE ...]` tries other people's packages on a local server, prints the table, and
names what came out otherwise than recorded. `--record` records it; then `make docs` writes it into docs/consumers.md.
"""

import argparse
import json
import sys

from rehearsal.run import UnavailableError
from testbed.integrations.outcomes import RECORD, recorded, table, tried, wrong
from testbed.integrations.packages import PACKAGES


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m testbed.integrations", description=__doc__)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=", ".join(each.name for each in PACKAGES))
    parser.add_argument("--record", action="store_true", help="take what came of it for right")
    given = parser.parse_args()
    if unknown := set(given.packages) - {each.name for each in PACKAGES}:
        parser.error(f"there is no package {', '.join(sorted(unknown))}")
    try:
        found = tried(each for each in PACKAGES if each.name in given.packages or not given.packages)
    except UnavailableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    known = recorded() if RECORD.exists() else {}
    differing = wrong(found, known)
    print(table({**known, **found}))
    if given.record:
        RECORD.write_text(json.dumps({**known, **found}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return 0
    print("\n".join(["", *differing, f"{len(differing)} otherwise than recorded"]))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
