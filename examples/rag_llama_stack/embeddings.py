"""Serves all-MiniLM-L6-v2 by OpenAI's embeddings API on this machine, because OGX's own provider downloads the model.

Keys, other models, and parts of that API that OGX does not use are left out.
"""

import json
import threading
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from examples.rag_llama_stack import RagError
from examples.rag_llama_stack.configuration import HOST
from examples.rag_openai.minilm import NAME, MiniLM


class Handler(BaseHTTPRequestHandler):
    """Answers GET /v1/models and POST /v1/embeddings."""

    protocol_version = "HTTP/1.1"
    model: MiniLM
    computing = threading.Lock()
    """Lets one request compute at a time, because numpy's own threads use every core."""

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            self._answer(200, {"object": "list", "data": [{"id": NAME, "object": "model", "created": 0}]})
        else:
            self._refuse(404, f"{self.path}: there are /v1/models and /v1/embeddings")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/v1/embeddings":
            self._refuse(404, f"{self.path}: there are /v1/models and /v1/embeddings")
            return
        try:
            asked: Any = json.loads(body)
            inputs = asked["input"]
            texts = [inputs] if isinstance(inputs, str) else [str(text) for text in inputs]
        except (ValueError, KeyError, TypeError):
            self._refuse(400, "expected a JSON object with `input`, a text or a list of texts")
            return
        if asked.get("dimensions") not in (None, MiniLM.dimension):
            self._refuse(400, f"{NAME} gives vectors of {MiniLM.dimension} numbers")
            return
        with self.computing:
            vectors = self.model.embed(texts)
        as_text = asked.get("encoding_format") == "base64"  # little-endian 32-bit floats; OpenAI's clients prefer it
        rows = [b64encode(row.astype("<f4").tobytes()).decode() if as_text else row.tolist() for row in vectors]
        data = [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(rows)]
        usage = {"prompt_tokens": 0, "total_tokens": 0}  # required by clients, but nobody uses it
        self._answer(200, {"object": "list", "model": NAME, "data": data, "usage": usage})

    def _refuse(self, status: int, message: str) -> None:
        self._answer(status, {"error": {"message": message, "type": "invalid_request_error"}})

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class' name
        """Logs nothing, because OGX logs the same requests."""


@contextmanager
def serving(port: int) -> Generator[None]:
    """A context in which http://127.0.0.1:PORT/v1 answers. Raises RagError if the port can't be used."""
    Handler.model = MiniLM()
    try:
        server = ThreadingHTTPServer((HOST, port), Handler)
    except OSError as error:
        raise RagError(
            f"port {port}, for the embeddings, can't be used: {error.strerror}; configure another --port"
        ) from error
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
