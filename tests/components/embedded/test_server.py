import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil
import pytest
from pymilvus import AsyncMilvusClient, DataType, MilvusClient

from components.embedded import server as embedded_server
from components.embedded.server import Server, ServerError, answers, process_of, runs_as, start, stop
from tests.engine import ROOT, free_port

# A detached server is meant to outlive the object that started it.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(owner="milvus-on-aws/test", folder=str(tmp_path / "milvus"), port=free_port(), log_level="INFO")
    yield server
    stop(server)


def test_a_started_server_answers_on_loopback_alone_and_a_stopped_one_does_not(server: Server) -> None:
    start(server)
    process = process_of(server)
    assert process is not None
    assert runs_as(server)
    listening = {
        c.laddr.ip.removeprefix("::ffff:") for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}
    stop(server)
    assert not process.is_running()
    assert not answers(server.port)


def test_the_asynchronous_client_makes_an_index(server: Server) -> None:
    start(server)

    async def indexed() -> list[str]:
        client_type: Any = AsyncMilvusClient
        client = client_type(f"http://127.0.0.1:{server.port}")
        schema = client.create_schema()
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=4)
        await client.create_collection("c", schema=schema)
        params = client.prepare_index_params()
        params.add_index("vector", index_type="HNSW", metric_type="COSINE")
        await client.create_index("c", params)
        names = await client.list_indexes("c")
        await client.close()
        return names

    assert asyncio.run(indexed()) == ["vector"]


def test_starting_twice_keeps_the_first_process(server: Server) -> None:
    start(server)
    first = process_of(server)
    start(server)
    assert process_of(server) == first


def test_a_start_with_another_port_replaces_the_process(server: Server) -> None:
    start(server)
    moved = replace(server, port=free_port())
    start(moved)
    assert runs_as(moved)
    assert not answers(server.port)


def test_a_server_of_an_older_program_is_replaced_on_its_data(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    start(server)
    first = process_of(server)
    client: Any = MilvusClient(f"http://127.0.0.1:{server.port}")
    client.create_collection("kept", dimension=4)
    client.close()
    later = tmp_path / "launcher.py"
    later.write_text(embedded_server.LAUNCHER.read_text() + "\n# a later version")
    monkeypatch.setattr(embedded_server, "LAUNCHER", later)
    assert not runs_as(server)
    start(server)
    assert runs_as(server)
    assert process_of(server) != first
    client = MilvusClient(f"http://127.0.0.1:{server.port}")
    assert client.list_collections() == ["kept"]
    client.close()


@pytest.mark.parametrize("package", ["milvus-lite", "pymilvus"])
def test_new_packages_make_another_program(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, version = embedded_server.program(), metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "99" if name == package else version(name))
    assert embedded_server.program() != before


def test_a_server_whose_starter_dies_before_it_is_on_record_ends(server: Server) -> None:
    command = [sys.executable, embedded_server.LAUNCHER, "a mark"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    answer = subprocess.run(
        command, stdin=subprocess.DEVNULL, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (answer.returncode, answer.stderr) == (1, "nobody knows of this process: who started it has ended\n")
    assert not server.data.exists()


def test_a_busy_port_is_refused_with_the_process_that_has_it(server: Server) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(ServerError) as error:
            start(server)
    assert f"milvus-on-aws:embedded.port: {server.port} is in use by process {os.getpid()}; stop that" in str(
        error.value
    )
    assert not server.record.exists()


def test_a_running_server_survives_a_move_to_a_busy_port(server: Server) -> None:
    start(server)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ServerError, match="is in use"):
            start(replace(server, port=other.getsockname()[1]))
    assert runs_as(server)


def test_a_folder_of_another_stack_is_refused(server: Server) -> None:
    start(server)
    with pytest.raises(
        ServerError, match=r"is in use by stack milvus-on-aws/test .*give every stack a folder of its own"
    ):
        start(replace(server, owner="milvus-on-aws/other", port=free_port()))
    assert runs_as(server)


def test_data_that_another_program_has_open_are_refused(server: Server) -> None:
    code = (
        "import sys, time, milvus_lite as m; db = m.MilvusLite(sys.argv[1]); print('open', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(server.data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "open\n"
            with pytest.raises(
                ServerError, match=r"embedded.dataDir is in use by another process.*(?s:.)*DataDirLocked"
            ):
                start(server)
        finally:
            other.kill()
    assert not server.record.exists()


def test_a_crash_at_start_is_shown_with_the_last_lines_of_this_start(server: Server) -> None:
    server.data.parent.mkdir(parents=True)
    server.log.write_text("a line of an earlier start\n")
    server.data.write_text("not a folder")
    with pytest.raises(ServerError, match=r"ended with code 1 before it answered(?s:.)*File(Exists|Not)") as error:
        start(server)
    assert "earlier" not in str(error.value)
    assert not server.record.exists()


def test_a_full_disk_is_refused_before_anything_starts(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_server, "FREE_MIB", 10**12)
    with pytest.raises(ServerError, match=r"the disk of .*milvus is full: \d+ MiB free, at least 1000000000000 needed"):
        start(server)
    assert not server.log.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="a disk of its own needs mount, so root")
def test_a_disk_that_fills_at_start_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_server, "FREE_MIB", 0)
    disk = Path(server.folder)
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], capture_output=True).returncode:
        pytest.skip("no right to mount a small disk here")
    try:
        (disk / "filler").write_bytes(b"x" * 60_000)
        with pytest.raises(ServerError, match="is on a full disk: make room"):
            start(server)
        assert process_of(server) is None
    finally:
        stop(server)  # whose record is on that disk
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_folder_that_cannot_be_made_is_refused(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServerError, match=r"file/milvus cannot be used .*; name a folder you own"):
        start(replace(server, folder=str(tmp_path / "file" / "milvus")))


def test_a_server_that_never_answers_is_ended(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asleep = tmp_path / "asleep.py"
    asleep.write_text("import time; print('asleep', flush=True); time.sleep(60)")
    monkeypatch.setattr(embedded_server, "START_SECONDS", 3)
    monkeypatch.setattr(embedded_server, "LAUNCHER", asleep)
    with pytest.raises(ServerError, match=r"did not answer within 3 s(?s:.)*asleep"):
        start(server)
    assert not any(str(asleep) in (p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"]))


def test_a_reused_pid_is_not_taken_for_the_server(server: Server) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as bystander:
        server.data.mkdir(parents=True)
        server.record.write_text(json.dumps({"owner": server.owner, "pid": bystander.pid}))
        stop(server)
        assert bystander.poll() is None
        bystander.kill()


def test_the_server_outlives_who_started_it(server: Server) -> None:
    code = f"from components.embedded.server import Server, start; start({server!r})"
    subprocess.run([sys.executable, "-c", code], check=True)
    time.sleep(0.1)
    assert process_of(server)
    assert answers(server.port)
