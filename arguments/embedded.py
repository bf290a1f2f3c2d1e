"""Arguments and contract of Milvus Lite on this machine."""

from typing import Any

import pulumi

from components.embedded.embedded import Embedded, EmbeddedArgs
from settings.model import Settings


def for_embedded(settings: Settings, stack: str) -> EmbeddedArgs:
    return EmbeddedArgs(
        port=settings.embedded.port,
        data_dir=settings.embedded.data_dir or f".local/milvus/{stack}",
        log_level=settings.embedded.log_level,
        keep_data=settings.embedded.keep_data,
    )


def contract(milvus: Embedded) -> dict[str, pulumi.Input[Any]]:
    """By the names of milvus_contract/contract.py; what only AWS has is left out, and so is null."""
    return {
        "target": "embedded",
        "milvus_uri": milvus.uri,
        "milvus_host": milvus.host,
        "milvus_port": milvus.port,
        "milvus_tls": False,
    }
