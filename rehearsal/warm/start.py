"""Has a Python script run by a warm process, with its arguments, and this process' environment, folder and streams:
`python start.py SCRIPT ...`, or `python start.py -m MODULE ...`. Passes on its exit code, and ends it by ending, as it
does when its own parent has ended. Where no warm process answers, it becomes the script itself.
"""

import json
import os
import signal
import socket
import sys

WATCH_SECONDS = 0.5


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends the script, too, and says nothing
    parent = os.getppid()
    command = sys.argv[1:]
    folder = os.getcwd()  # noqa: PTH109 - importing pathlib takes as long as all else here
    request = json.dumps({"command": command, "environment": dict(os.environ), "folder": folder}).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(os.environ["WARM_ADDRESS"])
        except OSError:
            os.execv(sys.executable, [sys.executable, "-u", *command])  # noqa: S606
        socket.send_fds(connection, [len(request).to_bytes(8, "big")], [0, 1, 2])
        connection.sendall(request)
        connection.settimeout(WATCH_SECONDS)
        while os.getppid() == parent:
            try:
                answer = connection.recv(1)
            except TimeoutError:
                continue
            except ConnectionError:
                answer = b""
            return answer[0] if answer else 1
    return 1


if __name__ == "__main__":
    sys.exit(main())
