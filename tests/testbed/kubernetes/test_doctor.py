"""The doctor's own client, and some of its layers, before a real API server that holds what a kubelet would write."""

import json
from pathlib import Path
from typing import Any

import pytest

from operations.doctor import doctor, milvus
from operations.doctor.subject import Subject
from operations.kubernetes import Kubernetes, KubernetesError
from testbed.kubernetes.api import Api
from tests.engine import free_port
from tests.operations.doctor import cluster
from tests.operations.doctor.healthy import ANSWERS, CLIENTS, WRITTEN
from tests.settings.written import settings


@pytest.fixture
def kubernetes(api: Api) -> Kubernetes:
    return Kubernetes(api.url, lambda: api.token, Path(api.certificate).read_text(encoding="utf-8"))


def place(api: Api, manifest: dict[str, Any]) -> None:
    """Makes an object, with a status as only its controller or kubelet would write it."""
    manifest = json.loads(json.dumps(manifest))
    status, metadata = manifest.pop("status", None), manifest["metadata"]
    del metadata["uid"], metadata["creationTimestamp"]
    made = api.ask("POST", api.path({**manifest, "metadata": {"namespace": metadata.get("namespace")}}), manifest)
    if status:
        api.request(
            "PATCH",
            f"{api.path(made)}/status",
            {"status": status},
            type_="application/merge-patch+json",
        )


def test_pods_nodes_and_releases_are_read_as_the_server_has_them(
    api: Api, kubernetes: Kubernetes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ANSWERS.planned = dict(cluster.AWS)
    monkeypatch.setattr(milvus, "reaching", lambda contract, clients: [])
    for name in ("milvus", "kube-system"):
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        api.request("POST", "/api/v1/namespaces", namespace)
    for kind in ("deployments", "statefulsets"):  # of a rehearsal that was cut off
        api.request("DELETE", f"/apis/apps/v1/namespaces/milvus/{kind}")
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "milvus"}}
    api.request("POST", "/api/v1/namespaces/milvus/serviceaccounts", account)
    for number in range(cluster.NODES):
        place(api, cluster.node(f"doctor-{number}"))
    place(api, cluster.revision(1, "deployed"))

    def named() -> list[str]:
        root = cluster.resource("pulumi:pulumi:Stack", "", **cluster.OUTPUTS)
        state = {"deployment": {"resources": [root, *cluster.RESOURCES[1:]]}}
        stack = Subject("dev", settings(WRITTEN), CLIENTS, state, kubernetes)
        return [f"{each['check']}: {each['what']}" for each in doctor.diagnose(stack).to_json()["faults"]]

    assert named() == []
    place(api, cluster.pod(ready=False, state={"waiting": {"reason": "ErrImagePull", "message": "no such tag"}}))
    assert named() == ["images: pod milvus-proxy-1 gets no image milvusdb/milvus:v2.6.20: no such tag"]
    place(api, cluster.revision(2, "pending-upgrade"))
    [stuck] = named()
    assert stuck.startswith("Helm: release milvus is stuck: revision 2 is pending-upgrade")


def test_a_wrong_token_and_a_closed_port_are_told_apart(api: Api) -> None:
    certificate = Path(api.certificate).read_text(encoding="utf-8")
    with pytest.raises(KubernetesError) as refused:
        Kubernetes(api.url, lambda: "wrong", certificate).get("/api/v1/nodes")
    assert refused.value.status == 401
    with pytest.raises(KubernetesError) as silent:
        Kubernetes(f"https://127.0.0.1:{free_port()}", lambda: "x", certificate).get("/version")
    assert silent.value.status is None
