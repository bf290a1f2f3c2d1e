"""Runs milvus-backup, of version 0.6, and takes none of its words for the truth.

Its exit code says neither that rows are there nor that a bucket was the right one; what it did is compared afterwards.
It runs as a Job in the stack's cluster, in the pod that CronJob `backup` would start (components/backup/), or as a
command on this machine. github.com/zilliztech/milvus-backup
"""

import json
import os
import re
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast
from uuid import uuid4

from milvus_contract import Contract
from operations.stack import StackError

CRONJOB, CONTAINER, CONFIG = "backup", "milvus-backup", "/config/backup.yaml"
RESTORE_ACCOUNT = "milvus-restore"
"""Service account with the role that may write to Milvus' bucket and delete backups."""
ENTRYPOINT = "/app/milvus-backup"
SECONDS = 6 * 3600
POLL_SECONDS = 5
READS = ("create", "check")
"""Commands for which the role of backups is enough."""
COMPLAINT = re.compile(r"\b(error|fatal|panic|fail|failed|warn)\b", re.I)


class Tool(Protocol):
    """A way to run the tool."""

    def run(self, *arguments: str) -> None:
        """Runs one command of the tool to its end. Raises StackError with what it said if it fails."""
        ...


def tool_of(contract: Contract) -> Tool:
    """The tool as a Job of the stack's cluster, or as the command that BACKUP_COMMAND names, which is given the
    configuration file in BACKUP_CONFIG. Raises StackError if there is neither."""
    if command := os.environ.get("BACKUP_COMMAND"):
        return CommandTool(shlex.split(command), os.environ.get("BACKUP_CONFIG", "backup.yaml"))
    if not contract.cluster_name or not contract.aws_region or not contract.namespace:
        raise StackError("milvus-backup runs in a cluster, which this stack has not; `make copy` copies any stack")
    return ClusterTool(contract.cluster_name, contract.aws_region, contract.namespace)


@dataclass(frozen=True)
class CommandTool:
    """The tool as a command on this machine."""

    command: Sequence[str]
    config: str
    seconds: float = SECONDS

    def run(self, *arguments: str) -> None:
        # It would take what Kubernetes says about a Service for its own port.
        environment = {key: value for key, value in os.environ.items() if key != "MILVUS_PORT"}
        try:
            running = subprocess.Popen(
                [*self.command, *arguments, "--config", self.config],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,  # so that it can be ended with whatever it has started
            )
        except FileNotFoundError as error:
            raise StackError(f"there is no {self.command[0]}, which BACKUP_COMMAND names: install it") from error
        with running:
            try:
                said, _ = running.communicate(timeout=self.seconds)
            except subprocess.TimeoutExpired as error:
                raise StackError(
                    f"milvus-backup {arguments[0]} did not end in {self.seconds:g} s; it was ended"
                ) from error
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(running.pid, signal.SIGKILL)
        judge(arguments, running.returncode == 0, said)


@dataclass(frozen=True)
class ClusterTool:
    """The tool as a Job in a stack's cluster."""

    cluster: str
    region: str
    namespace: str
    seconds: float = SECONDS
    access: Sequence[str] = field(default_factory=list[str])
    """Arguments by which kubectl reaches the cluster; the AWS CLI makes them if there are none."""

    def run(self, *arguments: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            access = self.access or self._access(Path(folder) / "kubeconfig")
            job = job_of(json.loads(self._kubectl(access, "get", "cronjob", CRONJOB, "-o", "json")), arguments)
            name = str(job["metadata"]["name"])
            self._kubectl(access, "create", "-f", "-", text=json.dumps(job))
            try:
                succeeded = self._succeeded(access, name)
                said = self._kubectl(access, "logs", f"job/{name}", "--tail=-1")
            finally:
                self._kubectl(access, "delete", "job", name, "--wait=false")
        judge(arguments, succeeded, said)

    def _succeeded(self, access: Sequence[str], name: str) -> bool:
        deadline = time.monotonic() + self.seconds
        while time.monotonic() < deadline:
            status = json.loads(self._kubectl(access, "get", "job", name, "-o", "json")).get("status", {})
            ends = {each["type"] for each in status.get("conditions", ()) if each["status"] == "True"}
            if ends & {"Complete", "Failed"}:
                return "Complete" in ends
            time.sleep(POLL_SECONDS)
        raise StackError(f"Job {name} did not end in {self.seconds:g} s; it was deleted")

    def _access(self, file: Path) -> list[str]:
        command = ["aws", "eks", "update-kubeconfig", "--name", self.cluster, "--region", self.region]
        _called([*command, "--kubeconfig", str(file)])
        return ["--kubeconfig", str(file)]

    def _kubectl(self, access: Sequence[str], *arguments: str, text: str | None = None) -> str:
        return _called(["kubectl", *access, "--namespace", self.namespace, *arguments], text)


def job_of(cronjob: Mapping[str, Any], arguments: Sequence[str]) -> dict[str, Any]:
    """A Job that runs a command of the tool in the pod that the CronJob would start.

    It is tried once, because a second pod would write beside what a killed one left. What may change Milvus, or delete
    a backup, runs with the service account of restores.
    """
    spec: dict[str, Any] = json.loads(json.dumps(cronjob["spec"]["jobTemplate"]["spec"]))
    pod = spec["template"]["spec"]
    # What reads Milvus before and after a nightly backup is left out: its manifest is written from here.
    every = cast(list[dict[str, Any]], [*pod.pop("initContainers", ()), *pod["containers"]])
    [container] = (each for each in every if each["name"] == CONTAINER)
    pod["containers"] = [container | {"command": [ENTRYPOINT], "args": [*arguments, "--config", CONFIG]}]
    if arguments[0] not in READS:
        pod["serviceAccountName"] = RESTORE_ACCOUNT
    spec["backoffLimit"] = 0
    name = f"{CRONJOB}-{arguments[0]}-{uuid4().hex[:8]}"
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}


def judge(arguments: Sequence[str], succeeded: bool, said: str) -> None:
    """Raises StackError with the last complaint of a failed run, which may stand before many harmless lines, and for
    any complaint of `check`, which ends with 0 if a path is wrong."""
    complaints = [line.strip() for line in said.splitlines() if COMPLAINT.search(line)]
    if succeeded and (arguments[0] != "check" or not complaints):
        return
    lines = complaints or [line for line in said.splitlines() if line.strip()] or ["it said nothing"]
    raise StackError(f"milvus-backup {arguments[0]} {'warns' if succeeded else 'failed'}: {lines[-1][:500]}")


def _called(command: Sequence[str], text: str | None = None) -> str:
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise StackError(f"there is no {command[0]} on PATH: install it") from error
    if done.returncode:
        raise StackError(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout
