"""Prints, as one JSON object, what comes back after the bucket's objects or etcd were lost, on a real Milvus with
authentication, S3 with IAM enforced, and etcd.

test_losses.py runs it in a namespace. Kafka's place is taken by the server's own queue, which outlives both losses.
"""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from components.backup.content_script import Content
from components.backup.night_script import measure, seal
from components.pods.aws_script import Aws
from operations.backup.backups import backup, newest
from operations.backup.bucket import Bucket
from operations.backup.compare import Verdict, exit_code
from operations.backup.measure import of_collection
from operations.backup.restore import Restoring, Wanted
from operations.backup.rows import literal
from operations.backup.sides import opened
from testbed import aws, namespace
from testbed.bed import AWS_FOLDER, Bed
from tests.operations.backup import collections, data_plane
from tests.operations.backup.real_inside import configured, quiet
from tests.operations.backup.rest import Rest, serving
from tests.operations.backup.world import InProcess

ROWS = 3000
NAMES = ("documents", "parts", "texts")
SECOND = "another-password"
DELETED = 'é"1\\'
"""Key of a row of `texts`."""


class Losses:
    """A real Milvus with three collections and one user, and what is done to it."""

    def __init__(self, bed: Bed, folder: Path) -> None:
        self.bed, self.folder = bed, folder
        self.tool = InProcess(configured(folder))
        self.bucket = Bucket(aws.client(bed.folder / AWS_FOLDER, "s3", data_plane.REGION), data_plane.BACKUPS)
        with opened(data_plane.URI) as side:
            for name in NAMES:
                getattr(collections, name)(side.client(), ROWS)
            side.client().create_user("app", "a-password")

    def restart(self, *, etcd: Path | None = None, wiped: bool = False) -> None:
        """Starts Milvus again, with its etcd, none, or another one."""
        assert self.bed.milvus
        self.bed.milvus.kill()
        if wiped or etcd:
            shutil.rmtree(self.bed.folder / "milvus" / "etcd")
        if etcd:
            shutil.copytree(etcd, self.bed.folder / "milvus" / "etcd")
        self.bed.milvus.start()

    def restored(self, overwrite: list[str]) -> dict[str, Any]:
        with opened(data_plane.URI) as side:
            restoring = Restoring(side, self.bucket, self.tool, quiet, self.folder / "restore")
            verdicts = restoring.restore(Wanted(backup=newest(self.bucket), overwrite=overwrite))
        return results(verdicts)

    def objects_deleted(self) -> dict[str, Any]:
        """All objects of Milvus' bucket are deleted beneath it."""
        with opened(data_plane.URI) as side:
            for name in NAMES:
                side.client().flush(name)
            backup(side, self.bucket, self.tool, say=quiet)
        s3 = self.bucket.s3
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=data_plane.DATA)
        keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
        for key in keys:
            s3.delete_object(Bucket=data_plane.DATA, Key=key)
        self.restart()
        with opened(data_plane.URI) as side:
            left = [name for name in NAMES if readable(side.client(), name)]
        return {"deleted": len(keys), "readable": left, **self.restored([*NAMES])}

    def etcd_wiped(self) -> dict[str, Any]:
        """Milvus starts with an empty etcd, as if it were new."""
        with opened(data_plane.URI) as side:
            backup(side, self.bucket, self.tool, say=quiet)
        self.restart(wiped=True)
        with opened(data_plane.URI) as side:
            left = list(side.client().list_collections())
        return {"left": left, **self.restored([])}

    def etcd_restored(self, etcdctl: str) -> dict[str, Any]:
        """A snapshot of etcd is restored after others have written, made, dropped and changed passwords."""
        environment = {"PATH": os.environ["PATH"], "ETCDCTL_API": "3", "ETCDCTL_ENDPOINTS": "http://127.0.0.1:2379"}
        file, folder = self.folder / "etcd.db", self.folder / "etcd"

        def etcd(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
            return subprocess.run([etcdctl, *arguments], env=environment, capture_output=True)

        with opened(data_plane.URI) as side:
            milvus = side.client()
            if "app" not in milvus.list_users():  # etcd was wiped before
                milvus.create_user("app", "a-password")
            etcd("snapshot", "save", str(file)).check_returncode()
            insert(milvus, "flushed")
            milvus.flush("texts")
            insert(milvus, "not flushed")
            milvus.delete("texts", filter=f"name == {literal(DELETED)}")
            collections.texts(milvus, 50, "later")
            milvus.create_alias("texts", "alias_later")
            milvus.create_user("user_later", "a-password")
            milvus.update_password("app", "a-password", SECOND)
            milvus.drop_collection("parts")
            time.sleep(2)
        damaged = self.folder / "damaged.db"
        damaged.write_bytes(file.read_bytes()[:-4096] + bytes(4096))
        refused = etcd("snapshot", "restore", str(damaged), "--data-dir", str(self.folder / "damaged"))
        etcd("snapshot", "restore", str(file), "--data-dir", str(folder)).check_returncode()
        begin = time.monotonic()
        self.restart(etcd=folder)
        seconds = time.monotonic() - begin
        with opened(data_plane.URI) as side:
            milvus = side.client()
            found = {name: counted(milvus, name) for name in sorted(milvus.list_collections())}
            wanted = ", ".join(map(literal, ("flushed", "not flushed", DELETED)))
            answer = milvus.query(
                "texts", filter=f"name in [{wanted}]", output_fields=["name"], consistency_level="Strong"
            )
            rows = {row["name"] for row in answer}
            return {
                "seconds": round(seconds),
                "damaged file refused": refused.returncode != 0,
                "collections": found,
                "flushed row": "flushed" in rows,
                "row that was not flushed": "not flushed" in rows,
                "deleted row": DELETED in rows,
                "aliases": sorted(milvus.list_aliases("texts")["aliases"]),
                "users": sorted(milvus.list_users()),
                "old password": logs_in("a-password"),
                "new password": logs_in(SECOND),
            }

    def night(self) -> dict[str, Any]:
        """A nightly backup by its pod's role, restored and compared."""
        assert self.bed.aws
        os.environ["AWS_ROLE_ARN"] = f"arn:aws:iam::{data_plane.ACCOUNT}:role/backup"
        token = self.bed.aws.token(self.folder / "backup-token", data_plane.OIDC, data_plane.BACKUP_SUBJECT)
        os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"] = str(token)
        pod = Aws(data_plane.REGION, "amazonaws.com", session="backup", seconds=60)
        said: dict[str, Any] = {}
        with opened(data_plane.URI) as side, serving(Rest(side.client), data_plane.ROOT["token"]) as url:
            content = Content(url, data_plane.ROOT["token"])
            measure(content, pod, data_plane.BACKUPS, self.folder, "testbed")
            self.tool.run("create")
            (name,) = seal(content, pod, data_plane.BACKUPS, self.folder, "testbed")
            by_rest = dataclasses.replace(side, contract=dataclasses.replace(side.contract, milvus_uri=url))
            for lie in ("", "forgets the last rows"):
                tool = InProcess(self.tool.config, lie=lie)
                restoring = Restoring(by_rest, self.bucket, tool, quiet, self.folder / "night")
                verdicts = restoring.restore(Wanted(backup=name, only=["documents"], suffix="_night"))
                restoring.drop("default.documents_night")
                said[lie or "honest"] = results(verdicts)
        return said


def results(verdicts: list[Verdict]) -> dict[str, Any]:
    return {
        "code": exit_code(verdicts),
        "results": {verdict.name: verdict.result for verdict in verdicts},
        "problems": [f"{verdict.name}: {each}" for verdict in verdicts for each in verdict.problems],
    }


def readable(milvus: Any, name: str) -> bool:
    try:
        milvus.query(name, filter="", output_fields=["count(*)"], timeout=5)
    except Exception:
        return False
    return True


def counted(milvus: Any, name: str) -> int | str:
    found = of_collection(milvus, name, digest_rows=0)
    return found.rows.least if found.rows else str(found.unread)


def insert(milvus: Any, name: str) -> None:
    milvus.insert("texts", [{"name": name, "vector": [0.5] * 4}])


def logs_in(password: str) -> bool:
    try:
        collections.client(data_plane.URI, f"app:{password}").list_collections()
    except Exception as error:
        return "auth" not in str(error).lower() and "permission" in str(error).lower()
    return True


def main() -> None:
    namespace.settle()
    with tempfile.TemporaryDirectory() as name, data_plane.running(Path(name)) as bed:
        losses = Losses(bed, Path(name))
        parts = {"night": losses.night, "objects": losses.objects_deleted, "etcd": losses.etcd_wiped}
        etcdctl = shutil.which("etcdctl")
        with redirect_stdout(sys.stderr):  # what restore tells a person
            said: Mapping[str, Any] = {part: run() for part, run in parts.items()}
            snapshot = losses.etcd_restored(etcdctl) if etcdctl else None
        print(json.dumps({**said, "snapshot": snapshot}))


if __name__ == "__main__":
    main()
