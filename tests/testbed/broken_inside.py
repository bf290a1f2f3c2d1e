"""Runs the program without Kafka's password on the data plane. test_broken_program.py runs it in a namespace."""

import sys

from rehearsal.run import rehearse
from rehearsal.workspace import Edit
from testbed import namespace
from testbed.data_plane import OnDataPlane

PASSWORD = ', "KAFKA_SASLPASSWORD": "password"'


def main() -> None:
    namespace.settle()
    plane = OnDataPlane(lambda text: print(text, file=sys.stderr))
    print(rehearse("dev", edits=[Edit("components/milvus/login.py", PASSWORD, "")], data_plane=plane).as_json())


if __name__ == "__main__":
    main()
