"""The world in which restores and drills are tested."""

import dataclasses
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
import yaml
from moto.server import ThreadedMotoServer

from operations.backup.backups import backup
from operations.backup.bucket import Bucket
from operations.backup.sides import opened
from tests.engine import free_port
from tests.milvus_lite import running
from tests.operations.backup import collections
from tests.operations.backup.world import InProcess, World


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("place")
    moto = ThreadedMotoServer("127.0.0.1", free_port())
    moto.start()
    host, port = moto.get_host_and_port()
    # All of moto's servers in one process share what they hold: other tests have left backups in it.
    urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    os.environ.update(settings)
    try:
        s3 = cast(Any, boto3).client("s3")
        s3.create_bucket(Bucket="backups")
        with running(folder / "milvus") as server, opened(f"http://127.0.0.1:{server.port}") as side:
            collections.documents(side.client(), 30)
            collections.parts(side.client(), 20)
            config = folder / "backup.yaml"
            milvus = {"user": "root", "grpc": {"address": "127.0.0.1", "port": server.port}}
            storage = {"bucketName": "backups", "rootPath": "backup"}
            config.write_text(yaml.safe_dump({"milvus": milvus, "backup": {"storage": storage}}), encoding="utf-8")
            bucket = Bucket(s3, "backups")
            backup(side, bucket, InProcess(config), say=lambda _: None)
            yield World(side, bucket, InProcess(config), folder)
    finally:
        moto.stop()
        for name in settings:
            del os.environ[name]


@pytest.fixture
def world(place: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield dataclasses.replace(place, tool=InProcess(place.tool.config), folder=tmp_path)
    monkeypatch.undo()
    milvus = place.side.client()
    for name in milvus.list_collections():
        if name.endswith(("_r", "_drill")):
            milvus.drop_collection(name)
    for name in place.bucket.names()[1:]:
        place.tool.run("delete", "-n", name)
