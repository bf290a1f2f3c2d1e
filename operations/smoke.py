"""Proves, layer by layer, that a stack's Milvus answers: DNS, TCP, TLS, authentication, then the hello_milvus job.

It stops at the first layer that fails, and says what to look at. It uses a collection of its own, which it drops.
"""

import importlib
import json
import os
import signal
import socket
import ssl
import sys
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

from rich.console import Console
from rich.markup import escape

from milvus_contract import Contract, fetch_token
from operations.hello_milvus import STEP_SECONDS, job

CONNECT_SECONDS = 10
ASK_SECONDS = 2
"""Timeout of the question whether the collection is gone, after an attempt to drop it."""
INTERRUPTED = 130
"""Exit code after a signal, as shells have it."""

AWS_ADVICE = {
    "dns": "the stack's load balancer: was it deleted? Is this machine's resolver allowed to answer private addresses?",
    "tcp": "the security group: attach client_security_group_id to this machine, or add its network to "
    "access.clientCidrs; then the target group's health in the EC2 console",
    "tls": "the certificate: does it name milvus_host, is it valid, does this machine trust who issued it?",
    "authentication": "the secret milvus_auth_secret_arn: may you read it? Was the root password changed elsewhere?",
    "milvus": "the pods: kubectl get pods in the namespace output, and the logs of the role that restarts",
}
KAFKA = "Kafka: the SCRAM user and its password, the brokers' port 9096 from the nodes, a CA that the pods trust, "
S3 = "S3: may the role of the service account read, write and delete in the bucket, and use its key? Then "
STEP_ADVICE = {
    "create": KAFKA + "auto.create.topics.enable=true; Milvus' logs say which (kafka_client.go)",
    "insert": KAFKA + "message.max.bytes; Milvus' logs say which (kafka_client.go)",
    "flush": S3 + "the logs of what restarts (data nodes); a write that is refused ends them",
    "index": S3 + "the data nodes' logs, and their memory",
    "load": S3 + "the query nodes' logs, and their memory",
}
"""Advice for a failed step of the job, by the first word of its title. It names the service that this step is the
first to use. Milvus' own health check reports neither Kafka nor S3 (docs/testbed.md#what-it-shows).
"""
EMBEDDED_ADVICE = "the server's log (server.log in embedded.dataDir); `make up` starts a dead server again on its data"


@dataclass
class Report:
    """Result of the test: `failed` is the failed layer, `step` the failed step in it, `error` the reason, `look_at`
    the advice.
    """

    stack: str
    target: str
    uri: str | None
    ok: bool = False
    steps: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    failed: str | None = None
    step: str | None = None
    error: str | None = None
    look_at: str | None = None


def smoke(stack: str, contract: Contract, *, as_json: bool = False, step_seconds: float = STEP_SECONDS) -> int:
    """Runs the test and shows it. Each step of the job may take `step_seconds` at most.

    Returns the exit code: 0 if Milvus answers, 1 if a layer failed, 130 after an interruption.
    """
    console = Console(stderr=as_json)
    report = Report(stack, contract.target, contract.milvus_uri)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up as after Ctrl-C
    begin = time.monotonic()
    code, left = 1, threading.Event()
    try:
        with ExitStack() as cleanup:
            for layer, title, run in _layers(contract, cleanup, left, step_seconds):
                report.failed, report.step = layer, title
                with _shown(console, report, layer, title):
                    _apart(run)
        report.failed, report.step, report.ok, code = None, None, True, 0
    except KeyboardInterrupt:
        what = "may be left" if left.is_set() else "was dropped"
        report.error, code = f"interrupted; its collection {what}", INTERRUPTED
    except Exception as error:  # any exception of a layer is a result of the test
        report.error = f"{type(error).__name__}: {error}".strip()
        embedded = contract.target == "embedded"
        advice = STEP_ADVICE.get(str(report.step).split()[0]) if report.failed == "milvus" else None
        if advice and advice.startswith(KAFKA) and not contract.kafka_bootstrap_servers:
            advice = STEP_ADVICE["flush"]  # the log is in the bucket, too
        report.look_at = EMBEDDED_ADVICE if embedded else advice or AWS_ADVICE[str(report.failed)]
    if as_json:
        print(json.dumps(vars(report), indent=2))
    elif report.ok:
        seconds = time.monotonic() - begin
        console.print(
            f"[bold green]OK[/]: stack {stack} answers at {contract.milvus_uri} ({seconds:.1f} s)", soft_wrap=True
        )
    else:
        console.print(f"[red]{escape(str(report.error))}[/]", soft_wrap=True, markup=True, highlight=False)
        look = f" Look at {report.look_at}" if report.look_at else ""
        console.print(f"[bold red]FAILED[/] at layer {report.failed}.{look}", soft_wrap=True, highlight=False)
    return code


def command(stack: str, contract: Contract, *, as_json: bool = False) -> int:
    """The test as a command. After an interruption it ends this process at once: the call that was interrupted may
    still run, and gRPC could make Python wait for it for ever."""
    code = smoke(stack, contract, as_json=as_json)
    if code == INTERRUPTED:
        sys.stdout.flush()
        os._exit(code)
    return code


def _apart(run: Callable[[], Any]) -> Any:
    """Runs a function in a thread of its own, and waits for it, so that an interruption ends nothing but the waiting.

    If it ended gRPC's own code, that could leave a lock held, for which a finalizer waits for ever (grpc/_channel.py).
    """
    done: Future[Any] = Future()

    def work() -> None:
        try:
            done.set_result(run())
        except BaseException as error:  # raised again below
            done.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return done.result()


@contextmanager
def _shown(console: Console, report: Report, layer: str, title: str) -> Generator[None]:
    start = time.monotonic()
    mark = "[red]fail[/]"
    try:
        with console.status(f"{layer}: {title}"):
            yield
        mark = "[green]ok[/]  "
        report.steps.append({"layer": layer, "step": title, "seconds": round(time.monotonic() - start, 3)})
    finally:
        console.print(f"  {mark} {layer:<15} {title:<40} {time.monotonic() - start:6.2f} s", highlight=False)


def _layers(
    contract: Contract, cleanup: ExitStack, left: threading.Event, step_seconds: float
) -> Iterator[tuple[str, str, Any]]:
    """Layer, title and function of each step. A layer is only prepared after the layers before it have passed.

    `left` is set as long as there may be a collection.
    """
    clients: list[Any] = []
    yield from reaching(contract, clients)
    client, name = clients[0], f"smoke_{uuid.uuid4().hex[:12]}"
    cleanup.callback(client.close)
    running = ExitStack()
    steps = running.enter_context(job(client, name, step_seconds))

    def drop() -> None:
        _apart(running.close)
        with suppress(Exception):  # then nobody knows
            if not _apart(lambda: client.has_collection(name, timeout=ASK_SECONDS)):
                left.clear()

    cleanup.callback(drop)
    left.set()
    for step in steps:
        yield "milvus", step.title, step.run


def reaching(contract: Contract, clients: list[Any]) -> Iterator[tuple[str, str, Any]]:
    """The steps that change nothing, up to a login, whose client is appended to `clients`."""
    host, port = str(contract.milvus_host), int(contract.milvus_port or 0)
    yield "dns", f"{host} resolves", lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    yield "tcp", f"port {port} accepts", lambda: socket.create_connection((host, port), CONNECT_SECONDS).close()
    if contract.milvus_tls:
        yield "tls", "certificate is valid", lambda: _handshake(host, port)
    token = ""
    if contract.milvus_auth_secret_arn:
        fetched: list[str] = []
        yield "authentication", "token from Secrets Manager", lambda: fetched.append(fetch_token(contract))
        token = fetched[0]
    yield "authentication", "login" if token else "none on this target", lambda: clients.append(_login(contract, token))


def _handshake(host: str, port: int) -> None:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2"])  # gRPC needs HTTP/2; a TLS listener without it fails only at the first call
    with (
        socket.create_connection((host, port), CONNECT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as connection,
    ):
        if connection.selected_alpn_protocol() != "h2":
            raise ssl.SSLError("the listener does not offer HTTP/2 (ALPN h2), which gRPC needs")


def _login(contract: Contract, token: str) -> Any:
    """A client that has made an authenticated call: connecting alone checks nothing (milvus#18607)."""
    load_client()
    from pymilvus import MilvusClient

    # A server on this machine is reached without a proxy, even if the environment sets one.
    options = {"grpc.enable_http_proxy": 0} if contract.target == "embedded" else {}
    client = cast(Any, MilvusClient)(
        str(contract.milvus_uri), token=token, timeout=CONNECT_SECONDS, grpc_options=options
    )
    client.list_collections()
    return client


def load_client() -> None:
    """Imports pymilvus, which takes a second or two. A caller that waits for something else can do this meanwhile."""
    os.environ["MILVUS_URI"] = ""  # pymilvus reads it, even from a .env file, and fails if it is not a URL
    importlib.import_module("pymilvus")
