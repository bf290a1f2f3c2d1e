"""connect() on a real Milvus Lite with moto's Secrets Manager, and on a fake client for tokens, which Lite ignores."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from pymilvus.exceptions import MilvusException

from components.embedded.server import Server, start, stop
from milvus_contract import Contract, ContractError, RefusedError, connect, connecting, parse
from tests.engine import ROOT, free_port
from tests.milvus_contract.contracts import AWS, EMBEDDED
from tests.milvus_lite import running

pytestmark = [
    # A detached server is meant to outlive the object that started it.
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]


def contract(port: int, **values: Any) -> Contract:
    return parse({**EMBEDDED, "milvus_uri": f"http://127.0.0.1:{port}", "milvus_port": port, **values}, "test")


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    with running(tmp_path_factory.mktemp("milvus")) as server:
        yield contract(server.port)


class FakeClient:
    """Remembers what it was asked with; answers by `answers`, one call each."""

    answers: list[Exception | None] = []
    asked: list[dict[str, Any]] = []

    def __init__(self, uri: str, **options: Any) -> None:
        self.asked.append({"uri": uri, **options})

    def list_collections(self, **_: Any) -> list[str]:
        answer = self.answers.pop(0) if self.answers else None
        if answer:
            raise answer
        return []

    def close(self) -> None:
        pass


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeClient]:
    monkeypatch.setattr(FakeClient, "answers", [])
    monkeypatch.setattr(FakeClient, "asked", [])
    monkeypatch.setattr(connecting, "_pymilvus", lambda: (FakeClient, MilvusException, grpc.RpcError, None))
    monkeypatch.setattr(connecting, "PAUSE_SECONDS", 0.01)
    return FakeClient


def test_a_local_stack_is_connected_to_without_aws(lite: Contract) -> None:
    client = cast(Any, connect(lite, user="app"))
    client.create_collection("works", dimension=4)
    assert client.list_collections() == ["works"]
    client.drop_collection("works")
    client.close()


def test_a_database_is_where_the_client_works(lite: Contract) -> None:
    root = cast(Any, connect(lite))
    root.create_database("app")
    client = cast(Any, connect(lite, database="app"))
    client.create_collection("inside", dimension=4)
    assert (client.list_collections(), root.list_collections()) == (["inside"], [])
    client.close()
    root.close()


def test_a_database_that_is_not_there_is_said_at_once(lite: Contract) -> None:
    with pytest.raises(RefusedError, match=r"refuses: .*database 'nowhere' does not exist"):
        connect(lite, database="nowhere")


def test_it_waits_for_a_milvus_that_is_still_starting(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    port, lines = free_port(), list[str]()
    server = Server(owner="test", folder=str(tmp_path / "milvus"), port=port, log_level="INFO")
    started = threading.Event()

    def progress(line: str) -> None:
        lines.append(line)
        if not started.is_set():
            started.set()
            start(server)

    client = connect(contract(port), timeout_seconds=60, progress=progress)
    client.close()
    stop(server)
    assert lines[0].startswith(f"waiting for Milvus at http://127.0.0.1:{port}, ")
    assert " of 60 s: UNAVAILABLE: " in lines[0]
    assert "Connection refused" in lines[0]
    assert caplog.messages == []


def test_after_the_timeout_it_says_how_to_find_the_fault(fake: type[FakeClient]) -> None:
    fake.answers += [MilvusException(message="no healthy targets")] * 10_000
    with pytest.raises(ContractError, match=r"did not answer in 0 s: .*no healthy targets.*; `make smoke` says which"):
        connect(contract(1), timeout_seconds=0.1, progress=lambda _: None)
    assert len(fake.asked) > 1


@pytest.mark.parametrize(
    "answer",
    [
        "<_InactiveRpcError: StatusCode.UNAUTHENTICATED, auth check failure, please check username and password>",
        "PrivilegeShowCollections: permission deny to app in the `default` database",
        "database not found[database=app]",
    ],
)
def test_a_no_is_not_waited_for(fake: type[FakeClient], answer: str) -> None:
    fake.answers += [MilvusException(message=answer)]
    with pytest.raises(RefusedError, match=r"Milvus at http://127\.0\.0\.1:1 refuses: "):
        connect(contract(1))
    assert len(fake.asked) == 1


class RefusesEverybody(grpc.GenericRpcHandler):
    """Answers as Milvus does to a wrong password, already while a client connects (seen on 2.3.5)."""

    def service(self, handler_call_details: Any) -> Any:
        def refuse(_: bytes, context: Any) -> None:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "auth check failure, please check username and password")

        return cast(Any, grpc).unary_unary_rpc_method_handler(refuse)


def test_a_wrong_password_is_said_at_once_though_pymilvus_calls_it_a_failed_connection() -> None:
    server = cast(Any, grpc).server(ThreadPoolExecutor(1), handlers=[RefusesEverybody()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    lines: list[str] = []
    with pytest.raises(RefusedError, match="refuses: UNAUTHENTICATED: auth check failure"):
        connect(contract(port), progress=lines.append)
    server.stop(None)
    assert lines == []


def test_on_aws_the_token_comes_by_its_arn_and_pings_keep_the_balancer_awake(
    fake: type[FakeClient], secrets: Any
) -> None:
    arn = secrets.create_secret(Name="root", SecretString=json.dumps({"username": "root", "password": "p:w"}))["ARN"]
    connect(parse({**AWS, "milvus_auth_secret_arn": arn}, "test"), database="app")
    (asked,) = fake.asked
    assert (asked["uri"], asked["token"], asked["db_name"]) == ("https://milvus.example.com:19530", "root:p:w", "app")
    assert asked["grpc_options"]["grpc.keepalive_time_ms"] < 60_000  # the shortest idle timeout of an NLB
    assert asked["grpc_options"]["grpc.http2.max_pings_without_data"] == 0


def test_a_user_of_the_stack_is_found_by_name(fake: type[FakeClient], secrets: Any) -> None:
    secret = json.dumps({"username": "app", "password": "x"})
    secrets.create_secret(Name="milvus-on-aws-dev/milvus/app", SecretString=secret)
    connect(parse(AWS, "test"), user="app")
    assert [each["token"] for each in fake.asked] == ["app:x"]


def test_a_secret_that_may_not_be_read_is_named(secrets: Any) -> None:
    with pytest.raises(ContractError, match=r"the secret milvus-on-aws-dev/milvus/app can't be read: .*ResourceNotFou"):
        connect(parse(AWS, "test"), user="app")


@pytest.mark.parametrize("content", ["s3cret", '{"user": "app"}'])
def test_a_secret_of_another_kind_is_named_and_not_shown(secrets: Any, content: str) -> None:
    secrets.create_secret(Name="milvus-on-aws-dev/milvus/app", SecretString=content)
    with pytest.raises(ContractError, match=r"milvus/app holds something else than JSON with username and") as raised:
        connect(parse(AWS, "test"), user="app")
    assert content not in str(raised.value)


def test_a_stack_that_is_not_deployed_to_its_end_is_no_address() -> None:
    with pytest.raises(ContractError, match="the contract has no milvus_uri: the stack is not deployed to its end"):
        connect(parse({"contract_version": "1.0", "target": "aws"}, "test"))


def test_the_pymilvus_of_today_takes_our_options(lite: Contract) -> None:
    client = connect(replace(lite, target="aws"))
    assert cast(Any, client)._handler._grpc_options == connecting.KEEP_ALIVE
    client.close()


def test_a_milvus_uri_of_somebody_else_does_no_harm_and_stays(lite: Contract) -> None:
    program = (
        "import os, sys, milvus_contract\nmilvus_contract.connect('env').close()\nprint(os.environ['MILVUS_URI'])\n"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "MILVUS_URI": "./some.db",
        "MILVUS_STACK_CONTRACT_VERSION": "1.0",
        "MILVUS_STACK_TARGET": "embedded",
        "MILVUS_STACK_URI": str(lite.milvus_uri),
    }
    answer = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert (answer.returncode, answer.stdout) == (0, "./some.db\n"), answer.stderr
