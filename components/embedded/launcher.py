"""Runs `milvus-lite server` so that it behaves as Milvus does (as_milvus/). server.py starts this file."""

import logging
import signal
import sys
from importlib import import_module
from typing import Any


def main() -> Any:
    """Runs the server. It waits until its record is written, and ends if that can't be any more: no server runs that
    nobody knows of. milvus-lite has no option for a log level."""
    if not sys.stdin.readline():
        sys.exit("nobody knows of this process: who started it has ended")
    logging.basicConfig(level=sys.argv.pop(1), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # milvus-lite closes its files on KeyboardInterrupt alone
    # Everything of this project is imported before the first request: it may be changed while the server runs.
    import_module("components.embedded.as_milvus.engine").mend_engine()
    server: Any = import_module("milvus_lite.adapter.grpc.server")
    server.MilvusServicer = import_module("components.embedded.as_milvus.servicer").Servicer
    return import_module("milvus_lite.cmdline").main()


if __name__ == "__main__":
    sys.exit(main())
