"""A server on loopback with OpenAI's API, with a model that counts words, and with faults that tests switch on.

Left out: everything in the API that the example does not use.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

KEY = "sk-right"
DIMENSION = 64


def vector(text: str, dimension: int = DIMENSION) -> list[float]:
    """Texts that share words are near each other."""
    words = re.findall(r"\w+", text.lower()) or [""]
    seeds = [int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) for word in words]
    total = np.sum([np.random.default_rng(seed).standard_normal(dimension) for seed in seeds], axis=0)
    return (total / np.linalg.norm(total)).tolist()


@dataclass
class ModelServer:
    address: str
    fail_with: list[int] = field(default_factory=list[int])
    """Statuses of the next answers."""
    embedded: list[str] = field(default_factory=list[str])
    """Every text that was answered with a vector."""
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Bodies of the chat requests."""
    failure: Any = field(default_factory=lambda: {"error": {"message": "switched on"}})
    """Body of those answers."""
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Bodies of all requests with the right key."""
    answer: Any = None
    """Sent instead of what is right."""
    changed: Callable[[dict[str, Any]], dict[str, Any]] = lambda answer: answer
    """Makes what another server would answer of the embeddings."""
    stop_after: int | None = None
    """Texts; what comes then is never answered."""
    reached: threading.Event = field(default_factory=threading.Event)
    """The end of them."""
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "RAG_EMBEDDING_BASE_URL": self.address,
            "RAG_EMBEDDING_MODEL": "words",
            "RAG_EMBEDDING_API_KEY": KEY,
            "RAG_RETRIES": "0",
        }

    def respond(self, path: str, key: str | None, body: dict[str, Any]) -> tuple[int, Any]:
        if self.fail_with:
            return self.fail_with.pop(0), self.failure
        if key != f"Bearer {KEY}":
            return 401, {"error": {"message": f"Incorrect API key provided: {key}"}}
        self.bodies.append(body)
        if self.answer is not None:
            return 200, self.answer
        if path == "/v1/embeddings":
            return 200, self.changed(self._embeddings(body))
        if path == "/v1/chat/completions":
            self.asked.append(body)
            message = {"role": "assistant", "content": "Twenty-one days [1]."}
            return 200, {"object": "chat.completion", "choices": [{"index": 0, "message": message}]}
        return 404, {"error": {"message": "no such path"}}

    def _embeddings(self, body: dict[str, Any]) -> dict[str, Any]:
        texts: list[str] = body["input"]
        if self.stop_after is not None and len(self.embedded) + len(texts) > self.stop_after:
            self.reached.set()
            self.release.wait(300)
        self.embedded += texts
        dimension = body.get("dimensions", DIMENSION)
        rows = [{"index": place, "embedding": vector(text, dimension)} for place, text in enumerate(texts)]
        return {"object": "list", "data": rows[::-1], "model": body["model"]}  # the order is index's, not the list's


@contextmanager
def serving() -> Generator[ModelServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = model.respond(self.path, self.headers.get("Authorization"), body)
            content = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that was killed is no news."""

    with Server(("127.0.0.1", 0), Handler) as server:
        model = ModelServer(f"http://127.0.0.1:{server.server_port}/v1/")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield model
        finally:
            model.release.set()
            server.shutdown()
            thread.join()
