"""The smallest application: it connects to the Milvus that its environment names,
and prints collections every minute."""

import os
import time
from pathlib import Path
from typing import Any, cast

from milvus_contract import connect


def main() -> None:
    client = cast(Any, connect("env", database=os.environ.get("DATABASE", "")))
    Path("connected").touch()  # the readiness probe looks for this file
    while True:
        print(f"collections: {client.list_collections()}", flush=True)
        time.sleep(60)


if __name__ == "__main__":
    main()
