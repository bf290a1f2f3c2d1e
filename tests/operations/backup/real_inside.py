"""Prints, as one JSON object, how backups, lies, losses and copies end on a real Milvus with authentication and S3.

test_real.py runs it in a namespace. `SIZE` is the number of rows of each of three collections.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from operations.backup.backups import backup, newest
from operations.backup.bucket import Bucket
from operations.backup.compare import Verdict, exit_code
from operations.backup.restore import Restoring, Wanted
from operations.backup.sides import Side, opened
from testbed import aws, namespace
from testbed.bed import AWS_FOLDER, Bed
from testbed.toolchain import ROOT
from tests.milvus_lite import running as lite_running
from tests.operations.backup import collections, data_plane, stand_in
from tests.operations.backup.world import InProcess

SIZE = 34_000
SMALL = 300
"""Rows for lies and copies: local stacks read a few thousand rows a second."""
HONEST_RUNS, AT_ONCE = 20, 8
OF = {"forgets a partition": "parts", "puts all rows into one partition": "parts", "restores nothing": "parts"}


def quiet(_: str) -> None:
    pass


def problems(verdicts: list[Verdict]) -> list[str]:
    return [f"{verdict.name}: {each}" for verdict in verdicts for each in verdict.problems]


def under_load(side: Side, bucket: Bucket, tool: InProcess, folder: Path) -> dict[str, Any]:
    """Backs 100,000 rows up while others write, loses them in four ways, and restores them."""
    milvus = side.client()
    for name in ("documents", "parts", "texts"):
        getattr(collections, name)(milvus, SIZE)
    milvus.create_role("default_rw")
    milvus.create_user("app", "a-password")
    milvus.grant_role("app", "default_rw")
    milvus.grant_privilege("default_rw", "Collection", "Query", "documents")
    acknowledged, stop = list[str](), threading.Event()

    def write() -> None:
        writer = collections.client(data_plane.URI, **data_plane.ROOT)
        while not stop.is_set():
            name = f"load {len(acknowledged)}"
            writer.insert("texts", [{"name": name, "vector": [0.5] * 4}])
            acknowledged.append(name)

    def settled_names() -> int:
        return len(acknowledged)

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(2)
    before = settled_names()
    try:
        manifest = backup(side, bucket, tool, say=quiet)
    finally:
        stop.set()
        writer.join()
    rows = {name: each.rows.model_dump() if each.rows else None for name, each in manifest.collections.items()}
    name = newest(bucket)
    restoring = Restoring(side, bucket, tool, quiet, folder)
    said: dict[str, Any] = {"rows": rows, "access": manifest.access.model_dump() if manifest.access else None}

    # Losses: a collection dropped, wrong rows upserted, rows deleted.
    for alias in milvus.list_aliases("documents")["aliases"]:
        milvus.drop_alias(alias)
    milvus.drop_collection("documents")
    milvus.load_collection("parts")
    wrong = [{"pk": key, "vector": [9.0] * 8} for key in range(0, 40, 2)]
    milvus.upsert("parts", wrong, partition_name="a")
    milvus.delete("texts", filter='name >= ""')
    verdicts = restoring.restore(Wanted(backup=name, overwrite=["parts", "texts"]))
    said["restored"] = {"code": exit_code(verdicts), "problems": problems(verdicts)}
    wanted = [f"load {number}" for number in range(before)]
    found = milvus.query(
        "texts", filter='name like "load%"', output_fields=["name"], consistency_level="Strong", limit=16000
    )
    said["load"] = {"before": before, "lost": len(set(wanted) - {row["name"] for row in found})}
    return said


def lies(side: Side, bucket: Bucket, tool: InProcess, folder: Path) -> dict[str, Any]:
    """Lets the tool lie in each way, and be honest, about small collections."""
    milvus = side.client()
    for name in ("documents", "parts"):
        for alias in milvus.list_aliases(name)["aliases"]:
            milvus.drop_alias(alias)
        milvus.drop_collection(name)
        getattr(collections, name)(milvus, SMALL)
    milvus.drop_collection("texts")
    backup(side, bucket, tool, say=quiet)
    name = newest(bucket)

    def run(number: int, lie: str) -> dict[str, Any]:
        only = next((collection for begin, collection in OF.items() if lie.startswith(begin)), "documents")
        restoring = Restoring(side, bucket, InProcess(tool.config, lie=lie), quiet, folder / f"run{number}")
        [verdict] = restoring.restore(Wanted(backup=name, suffix=f"_r{number}", only=[only]))
        restoring.drop(f"default.{only}_r{number}")
        return {"result": verdict.result, "problems": verdict.problems, **verdict.aspects}

    runs = [*stand_in.LIES, *[""] * HONEST_RUNS]
    with ThreadPoolExecutor(AT_ONCE) as pool:  # each mostly waits for Milvus to build an index
        results = list(pool.map(run, range(len(runs)), runs))
    found: dict[str, Any] = {"honest": []}
    for lie, result in zip(runs, results, strict=True):
        found.setdefault(lie or "honest", []).append(result)
    return found


def copies(side: Side, folder: Path) -> dict[str, Any]:
    """Copies a local stack to Milvus, killed five times by SIGKILL, and back to another local stack."""
    for name in side.client().list_collections():
        for alias in side.client().list_aliases(name)["aliases"]:
            side.client().drop_alias(alias)
        side.client().drop_collection(name)
    said: dict[str, Any] = {"killed": 0}
    with lite_running(folder / "one") as one, lite_running(folder / "two") as two:
        first, last = f"http://127.0.0.1:{one.port}", f"http://127.0.0.1:{two.port}"
        for name in ("documents", "parts", "texts", "generated"):
            getattr(collections, name)(collections.client(first), SMALL)
        token = data_plane.ROOT["token"]
        said["there"] = copied(first, data_plane.URI, {"TO_TOKEN": token}, folder, said)
        said["back"] = copied(data_plane.URI, last, {"FROM_TOKEN": token}, folder, {"killed": 5})
    return said


PROGRAM = """
import sys
from pathlib import Path
from operations.backup import rows
from operations.backup.copy import copy
rows.batch_rows = lambda _: 50
say = lambda line: print(line, flush=True)
sys.exit(copy(sys.argv[1], sys.argv[2], only=None, overwrite=[], as_json=True, say=say, folder=Path(sys.argv[3])))
"""


def copied(source: str, target: str, tokens: dict[str, str], folder: Path, said: dict[str, Any]) -> dict[str, Any]:
    """Runs a copy in processes that are killed at their third batch until five were, and the last one to its end."""
    command = [sys.executable, "-c", PROGRAM, source, target, str(folder / "copy")]
    environment = {**os.environ, **tokens, "PYTHONPATH": str(ROOT)}
    while True:
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            lines = list[str]()
            for line in process.stdout or ():
                lines.append(line)
                if said["killed"] < 5 and sum(" rows" in each for each in lines) == 3:
                    process.send_signal(signal.SIGKILL)
                    said["killed"] += 1
                    break
            process.wait()
        if process.returncode >= 0:
            text = "".join(lines)
            report = json.loads(text[text.index("{\n") :])
            return {
                "code": process.returncode,
                "problems": [p for each in report["collections"] for p in each["problems"]],
            }


def main() -> None:
    namespace.settle()
    with tempfile.TemporaryDirectory() as name, data_plane.running(Path(name)) as bed:
        print(json.dumps(said_by(bed, Path(name))))


def said_by(bed: Bed, folder: Path) -> dict[str, Any]:
    config = configured(folder)
    bucket = Bucket(aws.client(bed.folder / AWS_FOLDER, "s3", data_plane.REGION), data_plane.BACKUPS)
    said: dict[str, Any] = {}
    with opened(data_plane.URI) as side:
        for part in (under_load, lies):
            said[part.__name__] = part(side, bucket, InProcess(config), folder)
        said["copies"] = copies(side, folder)
    return said


def configured(folder: Path) -> Path:
    """The tool's configuration file. Milvus' token and password are in the environment afterwards."""
    config = folder / "backup.yaml"
    milvus = {"user": "root", "grpc": {"address": "127.0.0.1", "port": 19530}}
    storage = {"bucketName": data_plane.BACKUPS, "rootPath": "backup"}
    config.write_text(yaml.safe_dump({"milvus": milvus, "backup": {"storage": storage}}), encoding="utf-8")
    os.environ |= {"MILVUS_TOKEN": data_plane.ROOT["token"], "MILVUS_PASSWORD": data_plane.PASSWORD}
    return config


if __name__ == "__main__":
    main()
