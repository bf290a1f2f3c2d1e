"""REST v2 of a Milvus' proxy in front of a real Milvus that has none: what is asked for is done by a client.

Answers have the shape of those of Milvus 2.6 (internal/distributed/proxy/httpserver: handler_v2.go, utils.go), and
their content is that of the server behind. Left out: whatever content_script.py does not ask.
"""

import json
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TYPES = {
    "INT64": "Int64", "VARCHAR": "VarChar", "FLOAT_VECTOR": "FloatVector", "JSON": "JSON", "ARRAY": "Array",
    "DOUBLE": "Double", "BOOL": "Bool", "FLOAT": "Float",
}  # fmt: skip
Client = Callable[[str], Any]
"""Gives a client of a database."""


class Rest:
    """The calls, by their path."""

    def __init__(self, client: Client, users: Mapping[str, list[str]] | None = None) -> None:
        self._client, self._users = client, users or {"root": []}
        self.refuses: set[str] = set()
        """Paths that are refused."""

    def answer(self, path: str, body: dict[str, Any]) -> Any:
        if path in self.refuses:
            raise RuntimeError(f"{path} is refused")
        client, name = self._client(body.get("dbName", "default")), body.get("collectionName", "")
        match path:
            case "databases/list":
                return client.list_databases()
            case "collections/list":
                return client.list_collections()
            case "collections/describe":
                return self._described(client, name)
            case "aliases/list":
                return list(client.list_aliases(name)["aliases"])
            case "partitions/list":
                return client.list_partitions(name)
            case "indexes/list":
                return client.list_indexes(name)
            case "indexes/describe":
                index = client.describe_index(name, body["indexName"])
                told = {"fieldName": index["field_name"], "indexName": index["index_name"], "totalRows": 0}
                return [told | {"indexType": index["index_type"], "metricType": index.get("metric_type", "")}]
            case "entities/query":
                return self._rows(client, name, body)
            case "entities/search":
                return self._hits(client, name, body)
            case "users/list":
                return list(self._users)
            case "users/describe":
                return self._users[body["userName"]]
            case "roles/list":
                return ["admin", "public"]
            case other:
                raise AssertionError(f"nobody is known to ask for {other}")

    def _described(self, client: Any, name: str) -> dict[str, Any]:
        described = client.describe_collection(name)
        fields = [
            {
                "id": each["field_id"],
                "name": each["name"],
                "type": TYPES[each["type"].name],
                "primaryKey": bool(each.get("is_primary")),
                "partitionKey": bool(each.get("is_partition_key")),
                "autoId": bool(each.get("auto_id")),
                "description": each.get("description", ""),
                "params": [{"key": key, "value": str(value)} for key, value in each["params"].items()],
            }
            for each in described["fields"]
        ]
        return {
            "collectionName": name,
            "collectionID": described["collection_id"],
            "fields": fields,
            "load": f"LoadState{client.get_load_state(name)['state'].name}",
            "aliases": described["aliases"],
            "shardsNum": described["num_shards"],
            "consistencyLevel": described["consistency_level_name"],
            "enableDynamicField": described["enable_dynamic_field"],
            "properties": [{"key": key, "value": value} for key, value in described["properties"].items()],
        }

    def _rows(self, client: Any, name: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        counts = body["outputFields"] == ["count(*)"]
        found = client.query(
            name,
            # Milvus Lite counts a partition's rows only if there is a filter.
            filter="" if counts and not body["partitionNames"] else body["filter"],
            output_fields=body["outputFields"],
            partition_names=body.get("partitionNames") or None,
            consistency_level=body["consistencyLevel"],
            **({} if counts else {"limit": body["limit"]}),
        )
        return [dict(row) for row in found]

    def _hits(self, client: Any, name: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        [found] = client.search(
            name,
            data=body["data"],
            anns_field=body["annsField"],
            limit=body["limit"],
            search_params=body["searchParams"],
            consistency_level=body["consistencyLevel"],
        )
        (key,) = body["outputFields"]
        return [{key: hit.get(key, hit.get("id")), "distance": hit["distance"]} for hit in found]


@contextmanager
def serving(rest: Rest, token: str = "root:right") -> Generator[str]:  # noqa: S107 - of a test
    """The address of a server with these answers."""

    class Request(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            path = self.path.removeprefix("/v2/vectordb/")
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = 200
            if self.headers["Authorization"] != f"Bearer {token}":
                status, reply = 401, {"code": 1800, "message": "user hasn't authenticated"}
            else:
                try:
                    reply = {"code": 0, "data": rest.answer(path, body)}
                except Exception as error:
                    reply = {"code": 65535, "message": str(error)}
            content = json.dumps(reply, default=float).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the base class's name
            """Tests have nothing to say on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
