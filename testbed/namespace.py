"""A namespace of its own: no network but loopback, own mounts, own processes.

Milvus listens on every interface and cannot be told otherwise, and it shall find production's addresses here. Whatever
kills the first process in it kills all, so that nothing stays behind.
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from rehearsal.run import UnavailableError
from testbed.toolchain import CACHE

INSIDE = "MILVUS_ON_AWS_TESTBED"
FILES = CACHE / "run"
"""Where what runs inside has its files: in memory, and gone with the namespace."""
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1


def command(*arguments: str) -> list[str]:
    """`arguments` as the first process of a new namespace."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    flags = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    return ["unshare", *user, *flags, *arguments]


def check() -> None:
    """Raises UnavailableError."""
    if not shutil.which("unshare"):
        raise UnavailableError("there is no unshare on PATH (util-linux)")
    tried = subprocess.run(command("true"), capture_output=True, text=True)
    if tried.returncode:
        raise UnavailableError(f"no namespaces may be made here: {tried.stderr.strip()}")


def enter(arguments: Sequence[str]) -> None:
    """Goes on as `python ARGUMENTS` in a new namespace; does nothing in one. Raises UnavailableError."""
    if os.environ.get(INSIDE):
        settle()
        return
    check()
    # Into unshare itself: who kills this process kills the namespace.
    os.execvpe("unshare", command(sys.executable, *arguments), {**os.environ, INSIDE: "1"})  # noqa: S606


def settle() -> None:
    """What a process that finds itself in a new namespace does first: in it loopback is down, and files would stay."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))
    if os.environ.get("TMPDIR") != str(FILES):  # a namespace in another one has the other's
        FILES.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", FILES], check=True)
        os.environ["TMPDIR"] = tempfile.tempdir = str(FILES)  # some import has asked for the old one already
