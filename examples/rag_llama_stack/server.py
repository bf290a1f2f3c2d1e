"""Runs the OGX server as a process, by its run configuration, and serves the embeddings beside it if it uses MiniLM.

It is not meant to run as a service, for which a container is better.
"""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import yaml

from examples.rag_llama_stack import RagError, embeddings, environment
from examples.rag_llama_stack.configuration import HOST, MILVUS_TOKEN, MINILM

START_SECONDS = 120
STOP_SECONDS = 20
CONFIGURATION = "run.yaml"
LOG = "server.log"
LOG_LINES = 6


def load(folder: Path) -> dict[str, Any]:
    """The run configuration that `configure` wrote. Raises RagError."""
    path = folder / CONFIGURATION
    try:
        return cast(dict[str, Any], yaml.safe_load(path.read_text()))
    except OSError as error:
        command = ".venv/bin/python -m examples.rag_llama_stack configure"
        raise RagError(f"{path} can't be read: {error.strerror}; write it by `{command}`") from error


def provider(configuration: dict[str, Any], interface: str) -> dict[str, Any]:
    """The first provider of an interface, such as `vector_io` or `inference`."""
    return configuration["providers"][interface][0]


@contextmanager
def running(folder: Path, token: str) -> Generator[str]:
    """A context in which the server runs. Yields its address once it answers. Raises RagError if it does not start."""
    configuration = load(folder)
    port: int = configuration["server"]["port"]
    python = environment.provide() / "bin" / "python"
    with socket.socket() as probe:
        if not probe.connect_ex((HOST, port)):
            raise RagError(f"port {port} is taken, perhaps by another OGX server: end it, or configure another --port")
    variables = {name: value for name, value in os.environ.items() if name != "MILVUS_URI"}  # pymilvus would use it
    variables |= {
        MILVUS_TOKEN: token,
        "TIKTOKEN_CACHE_DIR": str(environment.tokenizer_cache()),
        "OGX_LOG_FORMAT": "json",  # formatting tracebacks for terminals blocks the server for seconds
    }
    with ExitStack() as beside:
        if provider(configuration, "inference")["provider_id"] == MINILM:
            beside.enter_context(embeddings.serving(port + 1))
        with (folder / LOG).open("w") as log:
            process = subprocess.Popen(
                [str(python), "-m", "ogx.cli.ogx", "run", "--insecure", str(folder / CONFIGURATION)],
                env=variables,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches only this process, which then ends the server
            )
        beside.callback(_stop, process)
        url = f"http://{HOST}:{port}"
        _await(process, url, folder / LOG)
        yield url


def _await(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            ended = "ended" if process.returncode is not None else f"did not answer in {START_SECONDS} s"
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])
            raise RagError(f"the OGX server {ended}; {log} ends with\n{tail}")
        try:
            with urllib.request.urlopen(f"{url}/v1/health", timeout=5):  # noqa: S310 - http, on this machine
                return
        except OSError:
            time.sleep(0.2)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Ends the server. Only the server itself gets a signal, because it restarts workers that end before it does."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
