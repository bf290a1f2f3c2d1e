"""Runs `milvus-lite server` so that it behaves as Milvus does (as_milvus/). launching.py starts this file."""

import json
import logging
import os
import signal
import sys
import threading
from importlib import import_module
from typing import Any


def main() -> Any:
    """Runs the server that a line of standard input asks for, once its record is written. It ends if its starter does
    before a second line, which comes when it has answered: no server runs that nobody knows of."""
    # All imports come first: a launcher may be started before it is known what to serve, and this project may be
    # changed while the server runs.
    import_module("components.embedded.as_milvus.engine").mend_engine()
    server: Any = import_module("milvus_lite.adapter.grpc.server")
    server.MilvusServicer = import_module("components.embedded.as_milvus.servicer").Servicer
    command: Any = import_module("milvus_lite.cmdline")
    if not (line := sys.stdin.readline()):
        sys.exit("nobody knows of this process: who started it has ended")
    threading.Thread(target=lambda: os.read(0, 1) or os._exit(1), daemon=True).start()
    asked = json.loads(line)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(os.open(asked["log"], os.O_WRONLY | os.O_APPEND), stream.fileno())
    sys.argv[1:] = asked["arguments"]
    logging.basicConfig(level=asked["log_level"], format="%(asctime)s %(levelname)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # milvus-lite closes its files on KeyboardInterrupt alone
    return command.main()


if __name__ == "__main__":
    sys.exit(main())
