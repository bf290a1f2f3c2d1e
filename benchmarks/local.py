"""Compares `make up` with doing the same by hand: starting `milvus-lite server` and running hello_milvus.

Both run in turn, three times each, so that the machine's noise affects both; the best times count. The last line ends
with the ratio, which should be at most 1.5.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
STACK = "local-benchmark"
JOB = """
import sys, time
from pymilvus import MilvusClient
from operations.hello_milvus import job
for attempt in range(600):
    try:
        client = MilvusClient(sys.argv[1], timeout=1)
        break
    except Exception:
        time.sleep(0.05)
with job(client, "hello_milvus") as steps:
    for step in steps:
        step.run()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def bare() -> float:
    """Seconds that starting a server and running hello_milvus take without Pulumi."""
    port = str(free_port())
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        command = [
            sys.executable,
            "-m",
            "milvus_lite",
            "server",
            "--data-dir",
            folder,
            "--host",
            "127.0.0.1",
            "--port",
            port,
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            job = [sys.executable, "-c", JOB, f"http://127.0.0.1:{port}"]
            subprocess.run(job, check=True, cwd=ROOT, env={**os.environ, "MILVUS_URI": ""}, capture_output=True)
            seconds = time.monotonic() - begin
            server.kill()
    return seconds


def make(target: str) -> float:
    begin = time.monotonic()
    subprocess.run(["make", target, f"STACK={STACK}"], check=True, cwd=ROOT, capture_output=True)
    return time.monotonic() - begin


def main() -> None:
    settings = ROOT / f"Pulumi.{STACK}.yaml"
    local = (ROOT / "Pulumi.local.yaml").read_text()
    settings.write_text(f"{local}  milvus-on-aws:embedded: {json.dumps({'port': free_port()})}\n")
    ours: list[float] = []
    theirs: list[float] = []
    try:
        for _ in range(ROUNDS):
            theirs.append(bare())
            ours.append(make("up"))
            make("down")
            shutil.rmtree(ROOT / ".local" / "milvus" / STACK)
            (ROOT / f".local/state/.pulumi/stacks/milvus-on-aws/{STACK}.json").unlink()
    finally:
        settings.unlink()
    print(f"by hand: {', '.join(f'{s:.1f}' for s in theirs)} s")
    print(f"make up: {', '.join(f'{s:.1f}' for s in ours)} s, from no stack to a green smoke test")
    print(f"make up / by hand: {min(ours) / min(theirs):.2f}")


if __name__ == "__main__":
    main()
