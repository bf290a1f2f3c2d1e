"""A real Prometheus with the generated rules beside a real Milvus and etcd, which then break. Prints JSON for
test_observed.py."""

import json
import logging
import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import boto3
import yaml
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from planning.signals.grafana import filled
from planning.signals.panels import PANELS
from planning.signals.rule import Watched
from testbed import namespace
from testbed.load import Table
from testbed.milvus import DEFAULT_PASSWORD, complaint, connect, healthy, own
from testbed.observed import Prometheus, shorter
from testbed.toolchain import milvus_folder
from testbed.translation import Tree, merged
from tests.testbed.standalone import answers
from tools.kubernetes import build

BUCKET, S3_PORT, ETCD_PORT, QUOTA_MIB = "milvus", 9000, 2379, 24
STACK = "test"
WATCHED = Watched(
    stack=STACK,
    pods={"standalone": 1},
    query_component="standalone",
    query_bytes=16 * 1024**3,
    retention_seconds=7 * 86_400,
    etcd_members=1,
)
LONGEST_SECONDS, CALM_SECONDS, MORE_SECONDS = 90, 60, 6
"""How long an alert may take to fire, all to end after the repair, and how long others are looked for."""


class Storage:
    """S3 by moto, which refuses everything when told to."""

    def __init__(self) -> None:
        self.refuses = False
        app = cast(Any, DomainDispatcherApplication)(create_backend_app)

        def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            if self.refuses:
                start("403 Forbidden", [("Content-Type", "application/xml")])
                return [b"<Error><Code>AccessDenied</Code><Message>refused</Message></Error>"]
            return app(environ, start)

        self._server = make_server("127.0.0.1", S3_PORT, cast(Any, answer), threaded=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        keys = {"aws_access_key_id": "minioadmin", "aws_secret_access_key": "minioadmin"}
        s3 = cast(Any, boto3).client("s3", endpoint_url=f"http://127.0.0.1:{S3_PORT}", region_name="us-east-1", **keys)
        s3.create_bucket(Bucket=BUCKET)


class Etcd:
    """One member, with a quota that is soon used up."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.process = folder, cast("subprocess.Popen[bytes] | None", None)

    def start(self) -> None:
        url = f"http://127.0.0.1:{ETCD_PORT}"
        with Path(f"{self._folder}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [build.folder() / "etcd", f"--data-dir={self._folder}", f"--listen-client-urls={url}",
                 f"--advertise-client-urls={url}", f"--quota-backend-bytes={QUOTA_MIB * 2**20}", "--log-level=warn"],
                stdout=log, stderr=log,
            )  # fmt: skip

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


class Milvus:
    """One process with all roles, started again when it ends, as a kubelet would."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.wanted, self.starts = folder, True, 0
        (folder / "configs").mkdir(parents=True)
        installed = milvus_folder()
        text = re.sub(r"\{\{[^:}]*:?\s*(.*?)\s*\}\}", r"\1", (installed / "config.yaml.template").read_text())
        more: Tree = {
            "common": {"storageType": "minio", "security": {"authorizationEnabled": True}, "session": {"ttl": 5}},
            "mq": {"type": "rocksmq"},
            "minio": {"address": "127.0.0.1", "port": S3_PORT, "bucketName": BUCKET, "region": "us-east-1"},
            "etcd": {"use": {"embed": False}, "endpoints": f"127.0.0.1:{ETCD_PORT}"},
        }
        (folder / "configs" / "milvus.yaml").write_text(
            yaml.safe_dump(merged(merged(yaml.safe_load(text), own(folder)), more))
        )
        (folder / "configs" / "glog.conf").write_bytes((installed / "glog.conf").read_bytes())
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        threading.Thread(target=self._keep, daemon=True).start()

    def _keep(self) -> None:
        installed = milvus_folder()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "DEPLOY_MODE": "STANDALONE",
            "MILVUSCONF": str(self._folder / "configs"),
            "LD_LIBRARY_PATH": str(installed / "bin"),
        }
        while True:
            if self.wanted and (self.process is None or self.process.poll() is not None):
                self.starts += 1
                with self.log.open("ab") as log:
                    self.process = subprocess.Popen(
                        [installed / "bin" / "milvus", "run", "standalone"],
                        cwd=self._folder, env=environment, stdout=log, stderr=log,
                    )  # fmt: skip
            time.sleep(1)

    def stop(self) -> None:
        self.wanted = False
        if self.process:
            self.process.kill()
            self.process.wait()

    def wait(self, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not (healthy() and answers(DEFAULT_PASSWORD)):
            if time.monotonic() > end:
                raise RuntimeError(f"Milvus is not ready: {complaint(self.log)}")
            time.sleep(0.5)


def loaded(ending: threading.Event, errors: list[str]) -> None:
    """Writes, flushes and searches for ever, as applications do, with a new connection after each error."""
    number = 0
    while not ending.is_set():
        try:
            client = connect(DEFAULT_PASSWORD, seconds=5)
            number += 1
            table = Table(client, f"load{number}")
            while not ending.wait(0.2):
                table.insert(20, 5)
                client.search(table.name, [[0.5] * 8], limit=3, timeout=5)
                client.flush(table.name, timeout=5)
        except Exception as error:  # what breaks is what is tried here
            errors.append(f"{type(error).__name__}: {error}"[:150])
            ending.wait(1)


def tried(
    prometheus: Prometheus, wanted: set[str], breaks: Callable[[], object], repairs: Callable[[], object]
) -> dict[str, Any]:
    """Breaks something, notes when which alert fires, repairs it, and waits until none fires."""
    began, fired = time.monotonic(), dict[str, float]()
    breaks()
    until = began + LONGEST_SECONDS
    while time.monotonic() < until:
        for name in prometheus.firing():
            if name not in fired:
                fired[name] = round(time.monotonic() - began, 1)
        if wanted <= fired.keys():
            until = min(until, began + max(fired[each] for each in wanted) + MORE_SECONDS)
        time.sleep(0.5)
    repairs()
    repaired = time.monotonic()
    while prometheus.firing() and time.monotonic() < repaired + CALM_SECONDS:
        time.sleep(0.5)
    return {"fired": fired, "ended_after": round(time.monotonic() - repaired, 1), "still": prometheus.firing()}


def main() -> None:
    namespace.settle()
    logging.disable()  # what pymilvus and moto say of each call
    folder = Path(tempfile.mkdtemp())
    storage, etcd = Storage(), Etcd(folder / "etcd")
    etcd.start()
    milvus, ending, errors = Milvus(folder / "milvus"), threading.Event(), list[str]()
    told: dict[str, Any] = {}
    prometheus = None
    try:
        milvus.wait()
        load = threading.Thread(target=loaded, args=(ending, errors), daemon=True)
        load.start()
        of_pod = {"stack": STACK, "job": "milvus", "component": "standalone", "pod": "milvus-0"}
        prometheus = Prometheus(
            folder / "prometheus",
            WATCHED,
            [
                {"__address__": "127.0.0.1:9091", **of_pod},
                {"__address__": f"127.0.0.1:{ETCD_PORT}", "stack": STACK, "job": "etcd", "pod": "etcd-0"},
            ],
        )
        time.sleep(25)
        told["quiet"] = {"fired": prometheus.firing(), "errors": len(errors)}
        told["empty"] = [
            expression
            for panel in PANELS
            for expression, _ in panel.queries
            if not prometheus.values(
                shorter(filled(expression).replace("$stack", STACK).replace("$__rate_interval", "2m"))
            )
        ]

        def away() -> None:
            milvus.stop()

        def back() -> None:
            milvus.wanted = True
            milvus.wait()

        told["stopped"] = tried(prometheus, {"MilvusRoleDown"}, away, back)

        def refuse() -> None:
            storage.refuses = True

        def accept() -> None:
            storage.refuses = False
            milvus.wait()

        told["S3 refuses"] = tried(prometheus, {"MilvusStorageRefusing"}, refuse, accept)
        told["S3 refuses"]["errors"] = sorted(set(errors))[-3:]

        def etcd_back() -> None:
            etcd.start()
            milvus.wait()

        wanted = {"EtcdNoQuorum", "MilvusMetadataRefusing"}
        told["etcd stopped"] = tried(prometheus, wanted, etcd.stop, etcd_back)
        told["starts"] = milvus.starts
    finally:
        ending.set()
        milvus.stop()
        etcd.stop()
        if prometheus:
            prometheus.stop()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
