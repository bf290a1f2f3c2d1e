"""An OpenAI-compatible chat model that knows nothing: it asks for a search, then repeats what was found."""

import json
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "parrot"
KEY = "the right key"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    key = KEY

    def do_GET(self) -> None:
        self._send("application/json", {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0}]})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {self.key}":
            self._send("application/json", {"error": {"message": "no such key"}}, 401)
            return
        delta, reason = self._reply(asked["messages"])
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": MODEL}
        events: list[tuple[dict[str, Any], str | None]] = [(delta, None), ({}, reason)]
        lines = [
            json.dumps(chunk | {"choices": [{"index": 0, "delta": each, "finish_reason": end}]}) for each, end in events
        ]
        self._send("text/event-stream", "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]))

    def _reply(self, messages: list[dict[str, Any]]) -> tuple[dict[str, Any], str]:
        found = [_text(message) for message in messages if message["role"] == "tool"]
        if found:
            passages = re.findall(r"cite as <\|[^|]*\|>\n(.*?)</untrusted_tool_output>", found[0], re.DOTALL)
            return {"role": "assistant", "content": "\n".join(passages)}, "stop"
        question = next(_text(message) for message in messages if message["role"] == "user")
        function = {"name": "file_search", "arguments": json.dumps({"query": question})}
        call = {"index": 0, "id": "call", "type": "function", "function": function}
        return {"role": "assistant", "tool_calls": [call]}, "tool_calls"

    def _send(self, kind: str, content: Any, status: int = 200) -> None:
        body = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class' name
        pass


def _text(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


@contextmanager
def serving() -> Generator[str]:
    """Yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
