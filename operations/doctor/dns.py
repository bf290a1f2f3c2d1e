"""Asks this machine's resolver which name servers a domain is delegated to (RFC 1035), which the standard library
cannot. Left out: answers that need TCP, which no list of name servers does."""

import secrets
import socket
import struct
from pathlib import Path

NS, INTERNET, RECURSIVE = 2, 1, 0x0100
SECONDS = 3


def name_servers(zone: str, server: str | None = None, port: int = 53) -> set[str]:
    """Names of the servers; none if the domain does not exist, or is nobody's zone. Raises OSError without an
    answer."""
    asked = secrets.token_bytes(2)
    labels = b"".join(bytes([len(label)]) + label.encode() for label in zone.split(".")) + b"\0"
    query = asked + struct.pack(">HHHHH", RECURSIVE, 1, 0, 0, 0) + labels + struct.pack(">HH", NS, INTERNET)
    to = server or _resolver()
    with socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(SECONDS)
        connection.connect((to, port))
        connection.send(query)
        answer = connection.recv(4096)
    if answer[:2] != asked:
        raise OSError("the resolver answers another question")
    code = answer[3] & 0x0F
    if code not in (0, 3):  # NOERROR, NXDOMAIN
        raise OSError(f"the resolver does not say where {zone} is delegated to (DNS code {code})")
    position, found = 12 + len(labels) + 4, set[str]()
    for _ in range(struct.unpack(">H", answer[6:8])[0]):
        _, position = _name(answer, position)
        kind, _, _, length = struct.unpack(">HHIH", answer[position : position + 10])
        position += 10
        if kind == NS:
            found.add(_name(answer, position)[0].lower())
        position += length
    return found


def _name(message: bytes, position: int) -> tuple[str, int]:
    """A name that may end in a pointer to an earlier one, and the position after it."""
    labels: list[str] = []
    while length := message[position]:
        if length >= 0xC0:
            pointer = struct.unpack(">H", message[position : position + 2])[0] & 0x3FFF
            return ".".join([*labels, _name(message, pointer)[0]]), position + 2
        labels.append(message[position + 1 : position + 1 + length].decode())
        position += 1 + length
    return ".".join(labels), position + 1


def _resolver() -> str:
    lines = Path("/etc/resolv.conf").read_text(encoding="utf-8").splitlines()
    found = [line.split()[1] for line in lines if line.startswith("nameserver ")]
    if not found:
        raise OSError("/etc/resolv.conf names no resolver")
    return found[0]
