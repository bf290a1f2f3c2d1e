"""A stand-in for the REST interface of Milvus' proxy, which the server of the testbed does not have yet."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = dict[str, Any]
Handler = Callable[[dict[str, Any]], Answer]


class FakeMilvus:
    """REST v2 of a proxy, as far as the probe asks: paths, envelopes and codes as in Milvus' httpserver package."""

    def __init__(self) -> None:
        self.token = "root:right"
        self.collections: dict[str, dict[int, list[float]]] = {}
        self.flushed: set[str] = set()
        self.calls: list[str] = []
        self.replies: dict[str, Handler] = {}
        """Instead of the right answer."""
        self.hang = threading.Event()
        """Set when the test is over: hanging answers end then."""
        outer = self

        class Request(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                path = self.path.removeprefix("/v2/vectordb/")
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.calls.append(path)
                status: int = 200
                reply: Answer = {"code": 0, "data": {}}
                if not outer.admits(self.headers["Authorization"].removeprefix("Bearer ")):
                    status, reply = 401, {"code": 1800, "message": "user hasn't authenticated"}
                else:
                    reply |= outer.replies.get(path, outer.answer)(body | {"path": path})
                content = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the base class's name
                """Tests have nothing to say on stderr."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def admits(self, token: str) -> bool:
        return token == self.token

    def answer(self, body: dict[str, Any]) -> Answer:
        name = body.get("collectionName", "")
        match body["path"]:
            case "collections/list":
                return {"data": sorted(self.collections)}
            case "collections/has":
                return {"data": {"has": name in self.collections}}
            case "collections/create":
                if name in self.collections:
                    return {"code": 65535, "message": "duplicate collection"}
                self.collections[name] = {}
            case "entities/insert":
                self.collections[name] |= {row["id"]: row["vector"] for row in body["data"]}
                return {"data": {"insertCount": len(body["data"])}}
            case "collections/flush":
                self.flushed.add(name)
            case "collections/get_stats":
                return {"data": {"rowCount": len(self.collections[name]) if name in self.flushed else 0}}
            case "entities/search":
                (wanted,) = body["data"]
                near = sorted(self.collections[name].items(), key=lambda row: distance(row[1], wanted))
                return {"data": [{"id": row, "distance": distance(found, wanted)} for row, found in near[:1]]}
            case "collections/drop":
                del self.collections[name]
            case other:
                raise AssertionError(f"nobody is known to ask for {other}")
        return {}

    def hanging(self, _: dict[str, Any]) -> Answer:
        self.hang.wait(300)
        return {}

    def close(self) -> None:
        self.hang.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def distance(one: list[float], other: list[float]) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
