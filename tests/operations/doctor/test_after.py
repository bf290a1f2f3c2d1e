"""After a deployment: of each planted fault the doctor names that one, first and alone; of a good stack nothing."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from operations.doctor import doctor, milvus
from operations.kubernetes import KubernetesError
from tests.engine import free_port
from tests.operations.doctor import cluster
from tests.operations.doctor.answers import RefusalError
from tests.operations.doctor.cluster import IN_MILVUS, Cluster
from tests.operations.doctor.faults_after import AFTER, Fault
from tests.operations.doctor.healthy import ANSWERS, CLIENTS, WRITTEN
from tests.settings.written import settings


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    ANSWERS.planned = dict(cluster.AWS)
    monkeypatch.setattr(milvus, "reaching", lambda contract, clients: [("dns", "resolves", lambda: None)])


def found(
    objects: dict[str, Any] | None = None, state: dict[str, Any] | None = None, kubernetes: Cluster | None = None
) -> dict[str, Any]:
    deployment = {"resources": cluster.RESOURCES} | (state or {})
    api = kubernetes or Cluster(**(objects or {}))
    stack = doctor.Subject("dev", settings(WRITTEN), CLIENTS, {"deployment": deployment}, api)
    return doctor.diagnose(stack).to_json()


def test_of_a_good_stack_nothing_is_said() -> None:
    said = found()
    assert (said["when"], said["code"], said["faults"]) == ("after", 0, [])
    assert {each["verdict"] for each in said["checks"]} == {"ok"}
    assert len(said["checks"]) == 25


@pytest.mark.parametrize("fault", AFTER, ids=lambda each: each.what)
def test_a_fault_is_named_first_and_alone(fault: Fault) -> None:
    ANSWERS.planned |= fault.planned
    said = found(fault.objects, fault.state)
    [named] = said["faults"]
    assert (named["layer"], named["check"]) == (fault.layer, fault.check)
    assert fault.what in named["what"]
    assert fault.fix in named["fix"]
    assert said["code"] == 1
    assert said["checks"][-1]["layer"] == fault.layer  # what lies behind is not asked


def test_what_lies_behind_the_first_failure_is_not_blamed() -> None:
    ANSWERS.planned |= {"eks.DescribeCluster": RefusalError("ResourceNotFoundException")}
    unreached = KubernetesError("no such host")
    said = found(dict.fromkeys(("/version", IN_MILVUS, *cluster.OBJECTS), unreached))
    assert [each["check"] for each in said["faults"]] == ["control plane"]


def test_a_reader_without_secrets_learns_what_it_may() -> None:
    refused = KubernetesError('secrets is forbidden: User "view" cannot list resource "secrets"', 403)
    said = found({f"{IN_MILVUS}/secrets": refused})
    assert (said["code"], said["faults"]) == (0, [])
    [skipped] = [each for each in said["checks"] if each["verdict"] == "skipped"]
    assert skipped["check"] == "Helm"
    assert "secrets is forbidden" in skipped["why"]


def test_a_silent_api_server_midway_is_unknown_and_no_fault() -> None:
    said = found({f"{IN_MILVUS}/events": KubernetesError("timed out")})
    assert (said["code"], said["faults"]) == (2, [])


def test_pods_that_start_and_jobs_that_are_done_are_no_faults() -> None:
    young = cluster.pod(ready=False, conditions=[{"type": "Ready", "status": "False"}])
    condition = young["status"]["conditions"][1]
    condition["lastTransitionTime"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    job = cluster.pod("milvus-probe-1", ready=False, state={"terminated": {"exitCode": 1, "reason": "Error"}})
    job["metadata"]["ownerReferences"] = [
        {"apiVersion": "batch/v1", "kind": "Job", "name": "milvus-probe", "uid": "u", "controller": True}
    ]
    evicted = cluster.pod("milvus-proxy-0", ready=False, conditions=[{"type": "Ready", "status": "False"}])
    evicted["status"] |= {"phase": "Failed", "reason": "Evicted"}
    assert found({f"{IN_MILVUS}/pods": [young, job, evicted]})["faults"] == []


@pytest.fixture
def hangs_up() -> Iterator[int]:
    """A port at which nobody speaks TLS or gRPC."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("outputs", "what"),
    [
        ({"milvus_port": 0}, "port 0 accepts: no (ConnectionRefusedError"),
        ({"milvus_host": "nowhere.invalid"}, "nowhere.invalid resolves: no (gaierror"),
        ({"milvus_tls": True}, "certificate is valid: no ("),
    ],
    ids=["tcp", "dns", "tls"],
)
def test_the_last_layer_is_milvus_itself(
    outputs: dict[str, Any], what: str, hangs_up: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    whole = cluster.OUTPUTS | {"milvus_port": hangs_up} | outputs
    if not whole["milvus_port"]:
        whole["milvus_port"] = free_port()
        what = what.replace("port 0", f"port {whole['milvus_port']}")
    root = cluster.resource("pulumi:pulumi:Stack", "", **whole)
    [named] = found(state={"resources": [root, *cluster.RESOURCES[1:]]})["faults"]
    assert (named["layer"], named["check"]) == ("Milvus", "answers")
    assert named["what"].startswith(what)
