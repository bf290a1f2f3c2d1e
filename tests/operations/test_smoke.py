import json
import re
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from pymilvus import MilvusClient

from milvus_contract import Contract, parse
from operations import smoke as module
from operations.hello_milvus import WrongAnswerError, job
from operations.smoke import smoke
from tests.engine import ROOT, free_port
from tests.milvus_lite import running

# A detached server is meant to outlive the object that started it.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")

PROGRAM = """
import sys
from milvus_contract import Contract
from operations.smoke import command
sys.exit(command("test", {!r}))
"""


def contract(**values: Any) -> Contract:
    return parse({"contract_version": "1.0", "target": "aws", "milvus_host": "127.0.0.1"} | values, "test")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    with running(tmp_path_factory.mktemp("milvus")) as lite:
        yield contract(target="embedded", milvus_uri=f"http://127.0.0.1:{lite.port}", milvus_port=lite.port)


def collections(server: Contract) -> list[str]:
    client = cast(Any, MilvusClient)(server.milvus_uri)
    names: list[str] = client.list_collections()
    client.close()
    return names


def failure(contract: Contract, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert smoke("test", contract, as_json=True) == 1
    return json.loads(capsys.readouterr().out)


def test_every_step_passes_on_milvus_lite_and_leaves_nothing(
    server: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    assert smoke("test", server) == 0
    *steps, last = capsys.readouterr().out.splitlines()
    assert [re.sub(r"  +", "|", line.strip()).split("|")[:2] for line in steps if "milvus" not in line] == [
        ["ok", "dns"],
        ["ok", "tcp"],
        ["ok", "authentication"],
    ]
    assert len([line for line in steps if re.match(r"  ok   milvus .* \d+\.\d\d s$", line)]) == 9
    assert last.startswith(f"OK: stack test answers at {server.milvus_uri}")
    assert collections(server) == []


def test_json_is_one_object_with_the_time_of_each_step(server: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke("test", server, as_json=True) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["failed"], report["uri"]) == (True, None, server.milvus_uri)
    assert [step["step"] for step in report["steps"]][-9:] == [
        "create collection",
        "insert 3000 rows",
        "flush",
        "index IVF_FLAT, L2",
        "load",
        "search",
        "search with filter",
        "delete by key",
        "drop collection",
    ]
    assert all(step["seconds"] >= 0 for step in report["steps"])


def test_a_name_that_does_not_resolve_fails_at_dns(capsys: pytest.CaptureFixture[str]) -> None:
    report = failure(contract(milvus_host="nowhere.invalid", milvus_port=1), capsys)
    assert (report["failed"], report["error"].split(":")[0]) == ("dns", "gaierror")
    assert "load balancer" in report["look_at"]


def test_a_closed_port_fails_at_tcp_and_the_last_line_says_what_to_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke("test", contract(milvus_port=free_port())) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("FAILED at layer tcp. Look at the security group: attach client_security_group_id")


def test_a_dead_embedded_server_points_at_its_log_and_the_cure(capsys: pytest.CaptureFixture[str]) -> None:
    report = failure(contract(target="embedded", milvus_port=free_port()), capsys)
    assert report["failed"] == "tcp"
    assert "`make up` starts a dead server again on its data" in report["look_at"]


def tls_server(folder: Path, protocols: list[str]) -> int:
    """A TLS listener on loopback with a certificate of its own making."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    request = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*request.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(protocols)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener:
            for _ in ("tcp", "tls"):  # one connection a layer
                connection, _ = listener.accept()
                with connection:
                    try:
                        context.wrap_socket(connection, server_side=True).close()
                    except OSError:
                        continue

    threading.Thread(target=serve, daemon=True).start()
    return int(listener.getsockname()[1])


def test_a_certificate_that_nobody_trusts_fails_at_tls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = tls_server(tmp_path, ["h2"])
    report = failure(contract(milvus_host="localhost", milvus_port=port, milvus_tls=True), capsys)
    assert report["failed"] == "tls"
    assert "self-signed certificate" in report["error"]


def test_a_listener_without_http2_fails_at_tls(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = tls_server(tmp_path, ["http/1.1"])
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    report = failure(contract(milvus_host="localhost", milvus_port=port, milvus_tls=True), capsys)
    assert report["failed"] == "tls"
    assert "does not offer HTTP/2" in report["error"]


def test_a_secret_that_cannot_be_read_fails_at_authentication(
    server: Contract, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:milvus-root"
    report = failure(replace(server, target="aws", milvus_auth_secret_arn=arn), capsys)
    assert report["failed"] == "authentication"
    assert "milvus_auth_secret_arn: may you read it?" in report["look_at"]


def test_the_token_read_by_arn_is_what_the_client_logs_in_with(
    server: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens: list[str] = []
    login: Any = module._login  # pyright: ignore[reportPrivateUsage]  # the one place a token reaches

    def fetch_token(given: Contract) -> str:
        return f"root:secret-of-{given.milvus_auth_secret_arn}"

    monkeypatch.setattr(module, "fetch_token", fetch_token)
    monkeypatch.setattr(module, "_login", lambda contract, token: tokens.append(token) or login(contract, token))
    assert smoke("test", replace(server, milvus_auth_secret_arn="the-arn")) == 0
    assert tokens == ["root:secret-of-the-arn"]


class LosesRows:
    """A Milvus that acknowledges less than it got."""

    dropped = False

    def insert(self, *_: object, **__: object) -> dict[str, int]:
        return {"insert_count": 2999}

    def drop_collection(self, *_: object, **__: object) -> None:
        self.dropped = True


def test_a_wrong_answer_is_a_failure_and_the_collection_goes_all_the_same() -> None:
    client = LosesRows()
    with pytest.raises(WrongAnswerError, match="rows acknowledged: 2999, expected 3000"), job(client, "x") as steps:
        steps[1].run()
    assert client.dropped


def test_a_milvus_uri_in_the_environment_does_no_harm(server: Contract) -> None:
    code = PROGRAM.format(server)
    subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"MILVUS_URI": "./x.db"}, check=True, capture_output=True
    )


class Fails:
    """A Milvus of which one call never comes back in its time."""

    def __init__(self, call: str) -> None:
        self._call = call

    def insert(self, *_: object, **__: object) -> dict[str, int]:
        self._fail("insert")
        return {"insert_count": 3000}

    def __getattr__(self, name: str) -> Any:
        def call(*_: object, **__: object) -> Any:
            return self._fail(name)

        return call

    def _fail(self, name: str) -> Any:
        if name == self._call:
            raise TimeoutError("Deadline Exceeded")
        return self


@pytest.mark.parametrize(
    ("call", "step", "look_at"),
    [
        ("create_collection", "create collection", "Kafka: the SCRAM user and its password"),
        ("create_collection without Kafka", "create collection", "S3: may the role of the service account"),
        ("insert", "insert 3000 rows", "Kafka: the SCRAM user and its password"),
        ("flush", "flush", "S3: may the role of the service account"),
        ("create_index", "index IVF_FLAT, L2", "S3: may the role of the service account"),
        ("load_collection", "load", "S3: may the role of the service account"),
        ("search", "search", "the pods: kubectl get pods"),
    ],
)
def test_a_step_that_fails_points_at_what_it_is_the_first_to_need(
    server: Contract,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    step: str,
    look_at: str,
) -> None:
    """tests/testbed shows the same with real services that are broken."""
    call, without, _ = call.partition(" without Kafka")
    monkeypatch.setattr(module, "_login", lambda *_: Fails(call))
    brokers = None if without else "b-1.example.org:9096"
    report = failure(replace(server, target="aws", kafka_bootstrap_servers=brokers), capsys)
    assert (report["failed"], report["step"]) == ("milvus", step)
    assert report["look_at"].startswith(look_at)


def test_what_milvus_says_in_brackets_is_shown_as_it_is(
    server: Contract, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ConnectionError("broker [/9096] refused [sasl]")

    monkeypatch.setattr(module, "_login", refuse)
    assert smoke("test", server) == 1
    assert "broker [/9096] refused [sasl]" in capsys.readouterr().out
