"""Proves that a Milvus works, through its proxy's REST interface: create, insert, flush, search, drop.

Runs inside the cluster, in a plain Python image: standard library only, nothing of this project. Ready pods prove less:
with a wrong SCRAM password, an untrusted CA or topics that nobody creates, Milvus answers its health check for ever.
"""

import http
import http.client
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

COLLECTION = "milvus_on_aws_probe"
"""The same name every time: what a probe that died left behind, the next one drops."""
ROWS, DIMENSION, WANTED = 16, 4, 5
EXIT_FAILED, EXIT_REFUSED = 1, 2
"""A refused password stays refused: only after EXIT_FAILED the Job tries again."""
HINTS = {
    "network": "are the proxy's pods ready, and does a NetworkPolicy admit this pod on 19530?",
    "credentials": "Milvus takes the root password from its Secret at its first start only; was it changed since?",
    "Kafka": "SCRAM user and password, port 9096 from the nodes, auto.create.topics.enable=true, a trusted CA",
    "S3": "the role of the service account (s3:PutObject, s3:GetObject, its key), and the bucket's region",
    "query nodes": "are they ready, with enough memory, and may their role read the bucket?",
    "coordinators": "are the coordinators and etcd ready?",
}


class Refused(Exception):  # noqa: N818, it is what Milvus did
    """Milvus answered, with an error."""


class Denied(Refused):
    """Milvus does not know this user by this password."""


class Failed(Exception):  # noqa: N818
    """A step did not succeed in its time."""

    def __init__(self, step: str, layer: str, cause: str) -> None:
        super().__init__(f"probe failed at {step!r} (layer: {layer}): {cause}. Look at: {HINTS[layer]}")
        self.layer = layer


def vector(row: int) -> list[float]:
    """Its number in binary: no two rows are equal, so the nearest to a row is that row."""
    return [float(row >> bit & 1) for bit in range(DIMENSION)]


class Probe:
    """One run against one Milvus."""

    def __init__(self, url: str, token: str, *, step_seconds: float = 60, pause_seconds: float = 2) -> None:
        self._url = url
        self._token = token
        self._step_seconds = step_seconds
        self._pause_seconds = pause_seconds
        # A proxy in the environment is for the way out of the cluster.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def run(self) -> dict[str, float]:
        """Seconds a step took."""
        return {
            "login": self._step("login", "network", lambda left: self._call("collections/list", {}, left)),
            "create": self._step("create", "Kafka", self._create),
            "insert": self._step("insert", "Kafka", self._insert),
            "flush": self._step("flush", "S3", self._flush),
            "written": self._step("written", "S3", self._written),
            "search": self._step("search", "query nodes", self._search),
            "drop": self._step("drop", "coordinators", self._drop),
        }

    def _create(self, left: float) -> None:
        self._drop(left)
        # Milvus adds an index and loads the collection by itself when only a dimension is given.
        shape = {"dimension": DIMENSION, "metricType": "L2", "params": {"consistencyLevel": "Strong"}}
        self._call("collections/create", {"collectionName": COLLECTION, **shape}, left)

    def _insert(self, left: float) -> None:
        rows = [{"id": row, "vector": vector(row)} for row in range(ROWS)]
        done = self._call("entities/insert", {"collectionName": COLLECTION, "data": rows}, left)
        if done.get("insertCount") != ROWS:
            raise Refused(f"{done.get('insertCount')} of {ROWS} rows were taken")

    def _flush(self, left: float) -> None:
        self._call("collections/flush", {"collectionName": COLLECTION}, left)

    def _written(self, left: float) -> None:
        # A flush only begins one (milvus#39546); rows are counted once they are in the object store (milvus#50193).
        stats = self._call("collections/get_stats", {"collectionName": COLLECTION}, left)
        if stats.get("rowCount") != ROWS:
            raise Refused(f"{stats.get('rowCount')} of {ROWS} rows are in the object store")

    def _search(self, left: float) -> None:
        body = {"collectionName": COLLECTION, "data": [vector(WANTED)], "annsField": "vector", "limit": 1}
        hits = self._call("entities/search", body, left)
        if [str(hit.get("id")) for hit in hits] != [str(WANTED)]:
            raise Refused(f"the nearest row to row {WANTED} is said to be {hits}")

    def _drop(self, left: float) -> None:
        if self._call("collections/has", {"collectionName": COLLECTION}, left).get("has"):
            self._call("collections/drop", {"collectionName": COLLECTION}, left)

    def _step(self, step: str, layer: str, action: Callable[[float], object]) -> float:
        """Try until it succeeds, for the time of one step."""
        begun = time.monotonic()
        cause: Exception = TimeoutError("no answer")
        while (left := begun + self._step_seconds - time.monotonic()) > 0:
            try:
                action(left)
            except Denied as error:
                raise Failed(step, "credentials", str(error)) from error
            except (OSError, http.client.HTTPException, ValueError, Refused) as error:
                # The last answer of Milvus tells more than the deadline that ended the wait for the next.
                cause = cause if isinstance(error, TimeoutError) and not isinstance(cause, TimeoutError) else error
                time.sleep(min(self._pause_seconds, max(left, 0)))
            else:
                return time.monotonic() - begun
        unreachable = isinstance(cause, urllib.error.URLError | ConnectionError | socket.gaierror)
        layer = "network" if unreachable else layer
        raise Failed(step, layer, f"{cause} (tried for {self._step_seconds:g} s)") from cause

    def _call(self, path: str, body: dict[str, Any], left: float) -> Any:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Request-Timeout": str(max(1, round(left))),  # the proxy gives up after 30 s otherwise
        }
        request = urllib.request.Request(  # noqa: S310, the URL is ours
            f"{self._url}/v2/vectordb/{path}", json.dumps(body).encode(), headers
        )
        try:
            with self._opener.open(request, timeout=left) as answer:
                reply = json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")[:500]
            if error.code == http.HTTPStatus.UNAUTHORIZED:
                raise Denied(text) from error
            raise Refused(f"HTTP {error.code} {text}") from error
        if reply.get("code") != 0:
            raise Refused(f"code {reply.get('code')}: {reply.get('message')}")
        return reply.get("data")


def main() -> int:
    """Exit code; the last line says which layer failed."""
    try:
        seconds = Probe(os.environ["MILVUS_URL"], f"root:{os.environ['MILVUS_ROOT_PASSWORD']}").run()
    except Failed as failure:
        sys.stderr.write(f"{failure}\n")
        return EXIT_REFUSED if failure.layer == "credentials" else EXIT_FAILED
    sys.stdout.write("probe passed: " + ", ".join(f"{step} {taken:.1f} s" for step, taken in seconds.items()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
