"""The last layer: Milvus itself, asked from this machine as far as it is reached, without writing anything."""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

from milvus_contract.contract import parse
from operations.doctor.check import Finding, SkipError
from operations.doctor.subject import Subject
from operations.smoke import AWS_ADVICE, reaching


def answers(subject: Subject) -> Iterable[Finding]:
    """The steps of `make smoke` that change nothing."""
    from botocore.exceptions import BotoCoreError, ClientError

    contract = parse(subject.outputs, f"stack {subject.stack}")
    clients: list[Any] = []
    try:
        for layer, title, run in reaching(contract, clients):
            try:
                run()
            except (BotoCoreError, ClientError):
                raise  # of the secret: whether it may be read says nothing about Milvus
            except Exception as error:
                if layer == "tcp" and isinstance(error, TimeoutError) and _is_private(str(contract.milvus_host)):
                    raise SkipError(
                        f"{contract.milvus_host} is not reached from here; in the VPC: make smoke STACK={subject.stack}"
                    ) from error
                yield Finding(f"{title}: no ({type(error).__name__}: {error})", AWS_ADVICE[layer])
                return
    finally:
        for client in clients:
            client.close()


def _is_private(host: str) -> bool:
    return any(
        ipaddress.ip_address(address[4][0]).is_private
        for address in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    )
