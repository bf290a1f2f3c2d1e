"""Has a Python script run by the warm process, with its arguments, and this process' environment, folder and streams:
`python start.py SCRIPT ...`. Passes on its exit code, and ends it by ending. Where no warm process answers, it becomes
the script itself.
"""

import json
import os
import socket
import sys
from pathlib import Path


def main() -> int:
    command = sys.argv[1:]
    request = json.dumps({"command": command, "environment": dict(os.environ), "folder": str(Path.cwd())}).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(os.environ["WARM_ADDRESS"])
        except OSError:
            os.execv(sys.executable, [sys.executable, "-u", *command])  # noqa: S606
        socket.send_fds(connection, [len(request).to_bytes(8, "big")], [0, 1, 2])
        connection.sendall(request)
        try:
            answer = connection.recv(1)
        except ConnectionError:
            answer = b""
    return answer[0] if answer else 1


if __name__ == "__main__":
    sys.exit(main())
