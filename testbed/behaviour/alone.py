"""Milvus 2.3.5 by itself, on this disk and with its own log: for what concerns neither Kafka nor S3.

It listens on all interfaces, so that it is started in a namespace of its own (testbed/namespace.py).
"""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from testbed.milvus import Milvus
from testbed.translation import Pod

PASSWORD = "Rehearsed-1"  # noqa: S105 - of a server that ends with its namespace
ALONE = Pod(
    configuration={
        "mq": {"type": "rocksmq"},
        "common": {"storageType": "local", "security": {"authorizationEnabled": True}},
        "proxy": {"port": 19530, "internalPort": 19529},
        "log": {"level": "warn"},
    },
    environment={},
    service_account="",
    role_arn="",
)


@contextmanager
def alone() -> Generator[Milvus]:
    """A started Milvus, whose root has PASSWORD. It is killed in the end."""
    with tempfile.TemporaryDirectory() as folder:
        milvus = Milvus(Path(folder), ALONE, {}, PASSWORD, {})
        try:
            milvus.start()
            yield milvus
        finally:
            milvus.kill()
