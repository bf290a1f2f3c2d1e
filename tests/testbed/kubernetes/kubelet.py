"""Runs the program's awaited Jobs for real behind the emulated cloud, whose process loads this module. Not a test.

A real API server, Job controller and scheduler decide everything; only what a node would do is done here: a Job's
command runs as a process on this machine, with its ConfigMaps as files and its Secrets as environment variables, and
finds Milvus at the address in MILVUS. `up` waits for a Job as pulumi-kubernetes does.
"""

import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource, dig
from rehearsal.rules.kubernetes import JOB
from testbed.kubernetes import behind
from testbed.kubernetes.api import Api

MILVUS = "TEST_MILVUS_URL"
"""Environment variable for the address that stands for the name of Milvus' Service."""
NODE: dict[str, Any] = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "here"}}
ROOM = {"cpu": "8", "memory": "32Gi", "pods": "100"}
KNOWN_TO_PULUMI = ("BackoffLimitExceeded", "DeadlineExceeded")
"""Reasons of a failed Job that end the wait (pulumi/pulumi-kubernetes, provider/pkg/await/checker/job/check.go)."""
WAIT_SECONDS = 120
"""How long `up` may wait for a Job that cannot succeed."""


def register(folder: Path) -> None:
    """Adds a node, and lets `up` wait for each Job until it has ended."""
    api = Api.at(Path(os.environ[behind.ADDRESS]))
    if api.request("POST", "/api/v1/nodes", NODE).status == 201:
        ready = {"type": "Ready", "status": "True"}
        status = {"capacity": ROOM, "allocatable": ROOM, "conditions": [ready]}
        api.merge("/api/v1/nodes/here/status", {"status": status})
        api.merge("/api/v1/nodes/here", {"spec": {"taints": []}})  # those of a node that is not ready yet

    def pulumi_waits_for_the_job(cloud: Cloud, job: Resource) -> None:
        namespace, _, name = job.id.rpartition("/")
        end = time.monotonic() + WAIT_SECONDS
        while True:
            ended = _conditions(api.ask("GET", f"/apis/batch/v1/namespaces/{namespace}/jobs/{name}"))
            pods = api.ask("GET", f"/api/v1/namespaces/{namespace}/pods", labelSelector=f"job-name={name}")["items"]
            if "Complete" in ended:
                return
            if (failed := ended.get("Failed")) and failed["reason"] in KNOWN_TO_PULUMI:
                raise Refused("\n".join([f"[{failed['reason']}] {failed['message']}", *_last_words(pods)]))
            for pod in pods:
                if pod["spec"].get("nodeName") and dig(pod, "status.phase") == "Pending":
                    _run(api, pod, folder / pod["metadata"]["name"])
            if time.monotonic() > end:
                raise Refused(f"{job.id}: `up` still waits after {WAIT_SECONDS} s: {ended}")
            time.sleep(0.1)

    rule(JOB, "ready", source="github.com/pulumi/pulumi-kubernetes, provider/pkg/await: jobs")(pulumi_waits_for_the_job)


def _conditions(job: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The conditions that hold, by type."""
    return {each["type"]: each for each in dig(job, "status.conditions") or () if each["status"] == "True"}


def _last_words(pods: list[dict[str, Any]]) -> Iterator[str]:
    """As Pulumi prints them for each container that has ended."""
    for pod in pods:
        for container in dig(pod, "status.containerStatuses") or ():
            if ended := dig(container, "state.terminated"):
                yield f"[{ended['reason']}] {ended.get('message')}"


def _run(api: Api, pod: Mapping[str, Any], folder: Path) -> None:
    """Runs the container's command to its end, and tells the API server about it as a kubelet does."""
    namespace, spec = pod["metadata"]["namespace"], pod["spec"]
    (container,) = spec["containers"]
    command = [sys.executable, *container["command"][1:]]
    for volume in spec["volumes"]:
        (mount,) = (each["mountPath"] for each in container["volumeMounts"] if each["name"] == volume["name"])
        files = api.ask("GET", f"/api/v1/namespaces/{namespace}/configmaps/{volume['configMap']['name']}")["data"]
        (folder / volume["name"]).mkdir(parents=True)
        for name, text in files.items():
            (folder / volume["name"] / name).write_text(text, encoding="utf-8")
        command = [each.replace(f"{mount}/", f"{folder / volume['name']}/", 1) for each in command]
    environment = {each["name"]: _value(api, namespace, each) for each in container["env"]}
    done = subprocess.run(
        command, env={**environment, "MILVUS_URL": os.environ[MILVUS]}, capture_output=True, text=True
    )
    ended: dict[str, Any] = {"exitCode": done.returncode, "reason": "Error" if done.returncode else "Completed"}
    if done.returncode and container["terminationMessagePolicy"] == "FallbackToLogsOnError":
        ended["message"] = (done.stdout + done.stderr)[-2048:]
    status = {
        "phase": "Failed" if done.returncode else "Succeeded",
        "containerStatuses": [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "ready": False,
                "restartCount": 0,
                "state": {"terminated": ended},
            }
        ],
    }
    api.merge(f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}/status", {"status": status})


def _value(api: Api, namespace: str, variable: Mapping[str, Any]) -> str:
    if "value" in variable:
        return variable["value"]
    of = variable["valueFrom"]["secretKeyRef"]
    data = api.ask("GET", f"/api/v1/namespaces/{namespace}/secrets/{of['name']}")["data"]
    return base64.b64decode(data[of["key"]]).decode()
