"""The question for name servers, and a resolver's answers as they stand on the wire (RFC 1035)."""

import socket
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from operations.doctor.dns import name_servers

TO_THE_QUESTION = b"\xc0\x0c"
"""A name that is a pointer to the one in the question."""


def wire(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(name: bytes, kind: int = 2) -> bytes:
    return TO_THE_QUESTION + struct.pack(">HHIH", kind, 1, 60, len(name)) + name


@contextmanager
def resolver(*records: bytes, code: int = 0) -> Generator[tuple[int, list[bytes]]]:
    """A resolver on loopback that answers one question."""
    asked: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            question, whence = server.recvfrom(512)
            asked.append(question)
            head = question[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0)
            server.sendto(head + question[12:] + b"".join(records), whence)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], asked


def test_servers_are_read_with_and_without_pointers() -> None:
    # "ns2" and a pointer to the zone, which the question has from byte 12 on
    with resolver(record(wire("NS-1.awsdns-01.org")), record(b"\x03ns2\xc0\x0c"), record(b"\x01\x02\x03\x04", 1)) as (
        port,
        asked,
    ):
        assert name_servers("corp.test", "127.0.0.1", port) == {"ns-1.awsdns-01.org", "ns2.corp.test"}
    assert asked[0][12:] == b"\x04corp\x04test\x00\x00\x02\x00\x01"  # NS, IN


def test_a_domain_that_does_not_exist_has_none() -> None:
    with resolver(code=3) as (port, _):
        assert name_servers("corp.test", "127.0.0.1", port) == set()


def test_a_resolver_that_fails_proves_nothing() -> None:
    with resolver(code=2) as (port, _), pytest.raises(OSError, match=r"corp\.test is delegated to \(DNS code 2\)"):
        name_servers("corp.test", "127.0.0.1", port)
