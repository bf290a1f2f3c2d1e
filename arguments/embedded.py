"""Arguments of Milvus Lite on the deploying machine, and the contract's values for it."""

from typing import Any

import pulumi

from components.embedded.embedded import Embedded, EmbeddedArgs
from settings.model import Settings


def for_embedded(settings: Settings, stack: str) -> EmbeddedArgs:
    """Arguments of the Milvus Lite server. By default each stack has its own folder for data."""
    return EmbeddedArgs(
        port=settings.embedded.port,
        data_dir=settings.embedded.data_dir or f".local/milvus/{stack}",
        log_level=settings.embedded.log_level,
        keep_data=settings.embedded.keep_data,
    )


def contract(milvus: Embedded) -> dict[str, pulumi.Input[Any]]:
    """Values by the keys of milvus_contract/contract.py. Keys for AWS are left out, and become null."""
    return {
        "target": "embedded",
        "milvus_uri": milvus.uri,
        "milvus_host": milvus.host,
        "milvus_port": milvus.port,
        "milvus_tls": False,
    }
