import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
from pymilvus import MilvusClient, MilvusException

from components.embedded.server import answers
from tests.engine import Engine, free_port


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine.create(tmp_path)
    yield engine
    for file in tmp_path.glob(".local/milvus/*/server.json"):
        psutil.Process(json.loads(file.read_text())["pid"]).kill()


def settle(engine: Engine, stack: str, **embedded: object) -> int:
    port = free_port()
    engine.configure(stack, target="embedded", embedded={"port": port, **embedded})
    return port


def record(engine: Engine, stack: str) -> dict[str, Any]:
    return json.loads((engine.folder / f".local/milvus/{stack}/server.json").read_text())


def process(engine: Engine, stack: str) -> psutil.Process:
    return psutil.Process(record(engine, stack)["pid"])


def server_state(engine: Engine, stack: str) -> dict[str, Any]:
    return next(r["outputs"] for r in engine.state(stack) if r["urn"].endswith("::milvus-server"))


def test_up_twice_then_destroy_twice(engine: Engine) -> None:
    port = settle(engine, "test")
    engine.up("test")
    assert engine.outputs("test") == {
        "contract_version": "1.2",
        "target": "embedded",
        "milvus_uri": f"http://127.0.0.1:{port}",
        "milvus_host": "127.0.0.1",
        "milvus_port": port,
        "milvus_tls": False,
    }
    first = process(engine, "test")
    assert "3 unchanged" in engine.up("test", "--expect-no-changes")
    assert process(engine, "test") == first
    engine.destroy("test")
    assert not first.is_running()
    assert (engine.folder / ".local/milvus/test/data").is_dir()
    engine.destroy("test")


def test_a_server_killed_during_inserts_comes_back_with_every_acknowledged_row(engine: Engine) -> None:
    port = settle(engine, "test")
    engine.up("test")
    client = cast(Any, MilvusClient)(f"http://127.0.0.1:{port}")
    client.create_collection("rows", dimension=4, auto_id=False)
    acknowledged: list[int] = []
    enough = threading.Event()

    def insert() -> None:
        try:
            for batch in range(10_000):
                keys = range(batch * 10, batch * 10 + 10)
                client.insert("rows", [{"id": key, "vector": [float(key), 0.0, 0.0, 1.0]} for key in keys], timeout=10)
                acknowledged.extend(keys)
                if len(acknowledged) >= 500:
                    enough.set()
        except Exception:  # the server is gone: what was acknowledged until then counts
            enough.set()

    writer = threading.Thread(target=insert)
    writer.start()
    assert enough.wait(300)
    process(engine, "test").kill()
    writer.join(300)
    client.close()
    assert len(acknowledged) >= 500
    assert "1 to update" in engine.pulumi("preview", "--stack", "test")
    engine.up("test")
    client = cast(Any, MilvusClient)(f"http://127.0.0.1:{port}")
    for _ in range(60):  # gRPC waits a second or more before it tries an address again that has just refused it
        try:
            client.load_collection("rows")
            break
        except MilvusException:
            time.sleep(1)
    found = {row["id"] for row in client.query("rows", filter="id >= 0", output_fields=["id"], limit=16_000)}
    client.close()
    assert set(acknowledged) <= found


def test_refresh_tells_whether_the_server_runs(engine: Engine) -> None:
    settle(engine, "test")
    engine.up("test")
    process(engine, "test").kill()
    engine.pulumi("refresh", "--stack", "test", "--yes", "--skip-preview")
    assert server_state(engine, "test")["running"] is False
    engine.up("test")
    assert server_state(engine, "test")["running"] is True
    engine.pulumi("refresh", "--stack", "test", "--yes", "--skip-preview", "--expect-no-changes")


def test_port_and_log_level_move_in_place(engine: Engine) -> None:
    old = settle(engine, "test")
    engine.up("test")
    new = settle(engine, "test", logLevel="ERROR")
    assert "1 updated" in engine.up("test")
    assert engine.outputs("test")["milvus_port"] == new
    assert answers(new)
    assert not answers(old)
    assert record(engine, "test")["log_level"] == "ERROR"


def test_two_stacks_run_side_by_side_and_end_alone(engine: Engine) -> None:
    one, two = settle(engine, "one"), settle(engine, "two")
    engine.up("one")
    engine.up("two")
    engine.destroy("one")
    assert not answers(one)
    assert answers(two)


def test_a_second_stack_on_a_busy_port_fails_with_one_clear_message(engine: Engine) -> None:
    port = settle(engine, "one")
    engine.up("one")
    engine.configure("two", target="embedded", embedded={"port": port})
    said = engine.up("two", check=False)
    pid = process(engine, "one").pid
    assert f"milvus-on-aws:embedded.port: {port} is in use by process {pid}; stop that, or set another one" in said
    assert "Traceback" not in said
    assert not (engine.folder / ".local/milvus/two/server.json").exists()
    settle(engine, "two")
    engine.up("two")
    assert answers(port)


def test_data_go_with_the_server_only_if_the_settings_say_so(engine: Engine) -> None:
    settle(engine, "test", keepData=False)
    engine.up("test")
    engine.destroy("test")
    assert not (engine.folder / ".local/milvus/test").exists()


def test_wrong_settings_stop_the_program_before_any_resource(engine: Engine) -> None:
    engine.configure("test", target="embedded", embedded={"port": 1}, workload={"vectors": 0, "dimension": 4})
    said = engine.up("test", check=False)
    assert "2 settings are wrong in Pulumi.test.yaml; nothing was created or changed:" in said
    assert "milvus-on-aws:embedded.port: 1 is not allowed: at least 1024." in said
    assert "milvus-on-aws:workload.vectors: 0 is not allowed: at least 1." in said
    assert [r["type"] for r in engine.state("test")] in ([], ["pulumi:pulumi:Stack"])
