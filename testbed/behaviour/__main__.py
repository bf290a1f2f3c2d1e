"""`python -m testbed.behaviour local` or `milvus`: does every operation of the table in docs/consumers.md on the local
server or on the testbed's Milvus, and names those that come out otherwise than it says."""

import sys

from rehearsal.run import UnavailableError
from testbed import namespace, toolchain
from testbed.behaviour.trying import on_local, on_milvus, wrong

SERVERS = ("local", "milvus")


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1] not in SERVERS:
        print("usage: python -m testbed.behaviour local|milvus", file=sys.stderr)
        return 2
    if sys.argv[1] == "local":
        found = on_local()
        differing = wrong(found, lambda each: each.local)
    else:
        try:
            toolchain.provide()
            namespace.enter(["-m", "testbed.behaviour", "milvus"])
        except UnavailableError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        found = on_milvus()
        differing = wrong(found, lambda each: each.older)
    print("\n".join([*differing, f"{len(found)} operations, {len(differing)} otherwise than docs/consumers.md says"]))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
