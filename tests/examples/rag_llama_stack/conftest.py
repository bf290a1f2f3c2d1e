"""The OGX server's environment, contracts as files, and the command as a person runs it."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.rag_llama_stack import environment
from examples.rag_llama_stack.__main__ import main

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="session")
def ogx() -> None:
    """Skips what needs the server where it can't be had: no Python 3.12, no network."""
    try:
        environment.provide()
    except environment.EnvironmentMissingError as error:
        pytest.skip(str(error))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command: its exit code, and all that it printed, in one line."""

    def run(*words: str | Path | int) -> tuple[int, str]:
        code = main([str(word) for word in words])
        return code, " ".join("".join(capsys.readouterr()).split())

    return run


def contract(folder: Path, **outputs: object) -> str:
    """--stack of these outputs."""
    file = folder / "outputs.json"
    file.write_text(json.dumps({"contract_version": "1.0", "target": "embedded", **outputs}))
    return f"file:{file}"


def free_ports() -> int:
    """One that is free, as is the next."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
