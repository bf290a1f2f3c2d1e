"""Runs a detached `milvus-lite server` on 127.0.0.1, and finds it again by its folder.

The folder holds `data/`, `server.log` and `server.json`, which records the process that serves it. The record is
written before the server is ready, so that an interrupted start leaves no unknown process behind. Everything about
Pulumi is in embedded.py.
"""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from components.embedded import launching
from components.embedded.launching import LAUNCHER, PARTS, Launcher

HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 10
"""How long to wait for the end of the process: Milvus Lite drains requests for at most 5 s, then closes its files."""
FREE_MIB = 256
"""Least free disk space: room for a first segment and its index. Milvus Lite refuses inserts when the disk is full."""
LOG_LINES = 12
"""How many of the log's last lines an error message quotes."""


class ServerError(Exception):
    """The server can't be started; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """The server that is wanted. `owner` is the project and stack; `folder` is absolute."""

    owner: str
    folder: str
    port: int
    log_level: str

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> "Server":
        """The server that the properties of its resource describe, those in a stack's state too."""
        return cls(
            owner=properties["owner"],
            folder=str(Path(properties["data_dir"]).expanduser().resolve()),
            port=int(properties["port"]),
            log_level=properties["log_level"],
        )

    @property
    def stack(self) -> str:
        """`owner` without its project."""
        return self.owner.rpartition("/")[2]

    @property
    def data(self) -> Path:
        return Path(self.folder, "data")

    @property
    def log(self) -> Path:
        return Path(self.folder, "server.log")

    @property
    def record(self) -> Path:
        return Path(self.folder, "server.json")


def process_of(server: Server) -> psutil.Process | None:
    """The running process that serves this folder, whoever started it; None if there is none.

    Its command line shows whether another process has got its pid.
    """
    try:
        recorded = json.loads(server.record.read_text())
        process = psutil.Process(recorded["pid"])
        # Servers of earlier versions have no mark, but the folder in their command line.
        return process if recorded.get("mark", str(server.data)) in process.cmdline() else None
    except (OSError, ValueError, KeyError, psutil.Error):
        return None


def runs_as(server: Server) -> bool:
    """Whether the server runs with the wanted stack, port and log level, and by today's program, and answers."""
    if not process_of(server):
        return False
    recorded = json.loads(server.record.read_text())
    asked = {**asdict(server), "program": program()}
    return all(recorded.get(key) == value for key, value in asked.items()) and answers(server.port)


def program() -> str:
    """Fingerprint of what a server started now would run: launcher, Python, milvus-lite and what that stands on."""
    needed = (re.match(r"[\w.-]+", each) for each in metadata.requires("milvus-lite") or () if "extra ==" not in each)
    packages = sorted({"milvus-lite", "pymilvus", *(found[0] for found in needed if found)})
    parts = [
        *(file.read_text() for file in (LAUNCHER, *sorted(PARTS.glob("*.py")))),
        sys.version,
        *(f"{name} {_version(name)}" for name in packages),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # asked for on other systems only
        return ""


def answers(port: int, seconds: float = 10) -> bool:
    """Whether a Milvus answers. It needs no client library, because GetVersion's request is an empty message."""
    import grpc  # only here: other readers of this module have no use for it

    with grpc.insecure_channel(f"{HOST}:{port}", [("grpc.enable_http_proxy", 0)]) as channel:
        try:
            channel.unary_unary("/milvus.proto.milvus.MilvusService/GetVersion")(b"", timeout=seconds)
        except grpc.RpcError:
            return False
    return True


def start(server: Server) -> None:
    """Starts the server and waits until it answers. Raises ServerError, and leaves no half-started process then.

    It first stops a server of the same stack on this folder, left by an interrupted run or running with other settings.
    """
    if runs_as(server):
        return
    check_start(server)
    stop(server)
    with server.log.open("ab") as log:
        begin = log.tell()
        launcher = launching.take() or Launcher(LAUNCHER, log)
    try:
        _write_record(server, launcher)
        arguments = ["server", "--data-dir", str(server.data), "--host", HOST, "--port", str(server.port)]
        launcher.serve(server.log, server.log_level, arguments)
        _wait(launcher.process, server, begin)
        launcher.let_go()
    except BaseException:
        launcher.end()
        server.record.unlink(missing_ok=True)
        raise


def check_start(server: Server) -> None:
    """Raises ServerError for everything that can be known to fail before the running server, if any, is stopped."""
    try:
        Path(server.folder).mkdir(parents=True, exist_ok=True)
        free_mib = shutil.disk_usage(server.folder).free >> 20
        if not os.access(server.folder, os.W_OK):
            raise PermissionError(13, "no right to write there")
    except OSError as error:
        raise ServerError(
            f"milvus-on-aws:embedded.dataDir: {server.folder} cannot be used ({error.strerror}); name a folder you own"
        ) from error
    if free_mib < FREE_MIB:
        raise ServerError(
            f"milvus-on-aws:embedded.dataDir: the disk of {server.folder} is full: {free_mib} MiB free, "
            f"at least {FREE_MIB} needed; make room or name a folder on another disk"
        )
    running = process_of(server)
    owner = json.loads(server.record.read_text())["owner"] if running else server.owner
    if running and owner != server.owner:
        raise ServerError(
            f"milvus-on-aws:embedded.dataDir: {server.folder} is in use by stack {owner} (process {running.pid}); "
            "give every stack a folder of its own"
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # ignores connections just closed
        try:
            # Milvus Lite itself would start beside the other server without an error (gRPC sets SO_REUSEPORT).
            probe.bind((HOST, server.port))
        except OSError as error:
            user = _listener(server.port)
            if running and user == running.pid:
                return
            raise ServerError(
                f"milvus-on-aws:embedded.port: {server.port} is in use{f' by process {user}' if user else ''}; "
                f"stop that, or set another one: make pulumi STACK={server.stack} "
                f'ARGS="config set --path milvus-on-aws:embedded.port {server.port + 1}"'
            ) from error


def _listener(port: int) -> int | None:
    """The pid of the process that listens on a port; None if there is none or this user may not see it."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:
        return None
    return next((c.pid for c in connections if c.status == psutil.CONN_LISTEN and tuple(c.laddr)[-1] == port), None)


def _wait(process: subprocess.Popen[bytes], server: Server, begin: int) -> None:
    """Waits until the server answers. Raises ServerError if it ends before, or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not answers(server.port, seconds=0.2):
        if process.poll() is not None:
            reason = f"ended with code {process.returncode} before it answered"
        elif time.monotonic() > deadline:
            reason = f"did not answer within {START_SECONDS} s"
        else:
            time.sleep(0.05)
            continue
        raise ServerError(
            f"Milvus Lite {reason}.{_advice(server, log := _tail(server, begin))} Its last lines ({server.log}):\n{log}"
        )


def _write_record(server: Server, launcher: Launcher) -> None:
    process = {"pid": launcher.process.pid, "mark": launcher.mark}
    try:
        server.record.write_text(json.dumps({**asdict(server), "program": program(), **process}))
    except OSError as error:
        raise ServerError(
            f"{server.record} cannot be written: {error.strerror}.{_advice(server, str(error))}"
        ) from error


def _tail(server: Server, begin: int) -> str:
    """The last lines that were written to the log since its position `begin`."""
    lines = server.log.read_bytes()[begin:].decode(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-LOG_LINES:]) or "  (it wrote none)"


def _advice(server: Server, log: str) -> str:
    """What the user can do about a failed start; empty if unknown."""
    if "DataDirLocked" in log:
        return " milvus-on-aws:embedded.dataDir is in use by another process: stop that, or name another folder."
    if (
        "No space left" in log or shutil.disk_usage(server.folder).free < 1 << 20
    ):  # then even the log could not be written
        return " milvus-on-aws:embedded.dataDir is on a full disk: make room, or name another folder."
    return ""


def stop(server: Server) -> None:
    """Stops exactly the process that serves this folder, if there is one, and waits for its end. It keeps the data."""
    if process := process_of(server):
        try:
            process.terminate()
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
        except psutil.NoSuchProcess:
            pass
    server.record.unlink(missing_ok=True)


def erase(server: Server) -> None:
    """Deletes the server's data and log, and the folder if nothing else lies in it."""
    shutil.rmtree(server.data, ignore_errors=True)
    server.log.unlink(missing_ok=True)
    if Path(server.folder).is_dir() and not any(Path(server.folder).iterdir()):
        Path(server.folder).rmdir()
