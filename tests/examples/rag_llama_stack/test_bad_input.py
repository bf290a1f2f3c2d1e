"""Mistakes that are found without a server: each gives one line that says what to do."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import grpc
import moto
import pytest

from examples.rag_llama_stack import environment
from tests.examples.rag_llama_stack import guarded_milvus
from tests.examples.rag_llama_stack.conftest import Run, contract


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens, nor will."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.mark.parametrize("command", ["ingest", "ask"])
def test_without_a_server_it_is_said_how_to_start_one(run: Run, tmp_path: Path, nobody: str, command: str) -> None:
    (tmp_path / "tides.md").write_text("# Tides\nHigh at noon.")
    code, printed = run(command, tmp_path if command == "ingest" else "When?", "--url", nobody)
    assert code == 1
    assert (
        f"no OGX server answers at {nobody}: start it by `.venv/bin/python -m examples.rag_llama_stack serve`"
        in printed
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (None, b"", "holds no document"),
        ("scan.md", b"\0\1\2", "a binary file"),
        ("large.txt", b"a" * 11 * 2**20, "11 MiB, the limit is 10"),
    ],
)
def test_documents_that_can_not_be_read_are_refused_before_the_server_is_asked(
    run: Run, tmp_path: Path, nobody: str, name: str | None, content: bytes, message: str
) -> None:
    if name:
        (tmp_path / name).write_bytes(content)
    code, printed = run("ingest", tmp_path, "--url", nobody)
    assert code == 1
    assert message in printed


def test_a_server_that_was_never_configured_does_not_start(run: Run, tmp_path: Path) -> None:
    code, printed = run("serve", "--folder", tmp_path)
    assert code == 1
    assert printed.endswith("write it by `.venv/bin/python -m examples.rag_llama_stack configure`")


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")  # moto's
def test_a_wrong_token_is_refused_before_the_server_starts(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr(environment, "provide", lambda: pytest.fail("the server was to start"))
    with grpc.insecure_channel("127.0.0.1:9") as nothing, guarded_milvus.gate(nothing) as uri, moto.mock_aws():
        login = json.dumps({"username": "root", "password": "Milvus"})
        secret = (
            cast(Any, boto3).client("secretsmanager", "eu-central-1").create_secret(Name="milvus", SecretString=login)
        )
        stack = contract(tmp_path, target="aws", milvus_uri=uri, milvus_auth_secret_arn=secret["ARN"])
        assert not run("configure", "--stack", stack, "--folder", tmp_path)[0]
        code, printed = run("serve", "--stack", stack, "--folder", tmp_path)
    assert code == 1
    assert f"Milvus at {uri} refuses" in printed


def test_without_a_python_for_it_the_environment_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OGX_PYTHON", "python-of-nowhere")
    with pytest.raises(environment.EnvironmentMissingError, match=r"wants Python >= 3\.12, .* name it in OGX_PYTHON"):
        environment.provide(tmp_path / "ogx")
    assert not (tmp_path / "ogx").exists()


def test_an_environment_half_built_is_not_ready(tmp_path: Path) -> None:
    assert not environment.ready(tmp_path)
    (tmp_path / "complete").write_text("of other requirements")
    assert not environment.ready(tmp_path)
    (tmp_path / "complete").write_text(environment.digest())
    assert environment.ready(tmp_path)
