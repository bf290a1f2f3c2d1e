"""Fixtures: the OGX server's environment, contracts in files, and the command as a user runs it."""

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
    """Skips tests of the server where it cannot be installed, for lack of Python 3.12 or of a network."""
    try:
        environment.provide()
    except environment.EnvironmentMissingError as error:
        pytest.skip(str(error))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command; returns its exit code, and its whole output in one line."""

    def run(*words: str | Path | int) -> tuple[int, str]:
        code = main([str(word) for word in words])
        return code, " ".join("".join(capsys.readouterr()).split())

    return run


def contract(folder: Path, **outputs: object) -> str:
    """Value of the option --stack for these outputs."""
    file = folder / "outputs.json"
    file.write_text(json.dumps({"contract_version": "1.0", "target": "embedded", **outputs}))
    return f"file:{file}"


def free_ports() -> int:
    """A free port whose next port is free, too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
