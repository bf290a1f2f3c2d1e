"""Creates Linux namespaces with loopback as the only network, and with mounts and processes of their own.

Milvus listens on every interface and cannot be configured otherwise, and production's host names must lead here.
Killing the first process in a namespace kills all, so that nothing is left behind.
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
"""Folder for files of processes inside. It is in memory, and disappears with the namespace."""
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1


def command(*arguments: str) -> list[str]:
    """A command that runs `arguments` as the first process of a new namespace."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    flags = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    return ["unshare", *user, *flags, *arguments]


def check() -> None:
    """Raises UnavailableError if no namespaces can be created here."""
    if not shutil.which("unshare"):
        raise UnavailableError("there is no unshare on PATH (util-linux)")
    tried = subprocess.run(command("true"), capture_output=True, text=True)
    if tried.returncode:
        raise UnavailableError(f"no namespaces may be made here: {tried.stderr.strip()}")


def enter(arguments: Sequence[str]) -> None:
    """Continues as `python ARGUMENTS` in a new namespace, unless it is in one already. Raises UnavailableError."""
    if os.environ.get(INSIDE):
        settle()
        return
    check()
    # This process becomes unshare, so that killing it kills the namespace.
    os.execvpe("unshare", command(sys.executable, *arguments), {**os.environ, INSIDE: "1"})  # noqa: S606


def settle() -> None:
    """Prepares a new namespace: loopback is down at first, and temporary files must disappear with it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))
    if os.environ.get("TMPDIR") != str(FILES):  # a nested namespace uses the outer one's folder
        FILES.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", FILES], check=True)
        os.environ["TMPDIR"] = tempfile.tempdir = str(FILES)  # tempfile may have cached the old folder
