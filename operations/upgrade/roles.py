"""What the pods of each Milvus role are, by the cluster itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from operations.kubernetes import Kubernetes
from operations.stack import StackError
from operations.upgrade.step import ORDER
from planning.chart.names import COMPONENTS, RoleName, deployment, etcd_labels, milvus_labels, role_labels
from policies.rule import at

RELEASE = "milvus"
"""Name of the Helm release (components/milvus/milvus.py)."""
LEAST_GRACE = 30
"""Kubernetes' default grace period in seconds."""


@dataclass(frozen=True, kw_only=True)
class RoleState:
    """One role's Deployment and pods."""

    role: RoleName
    path: str
    """The Deployment's path in the API."""
    wanted: str
    """Version in its template, which its next pods run."""
    running: frozenset[str]
    """Versions that its pods run."""
    pods: int
    paused: bool
    complete: bool
    """Whether as many pods as planned are ready, all of them made by the newest template."""
    grace_seconds: int

    def runs(self, version: str) -> bool:
        """Whether this role has nothing left to do for a version."""
        return self.complete and not self.paused and self.wanted == version and self.running == frozenset({version})


def look(api: Kubernetes, namespace: str) -> dict[RoleName, RoleState]:
    """The roles of a Milvus cluster, in the order of an upgrade. Raises StackError for a standalone, which has one."""
    deployments = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    found = {each["metadata"]["name"]: each for each in api.items(deployments)}
    if deployment(RELEASE, "standalone") in found:
        raise StackError("this Milvus is one process, which has no roles: set milvus.version and `make up`")
    names: dict[RoleName, str] = {role: deployment(RELEASE, role) for role in ORDER}
    if missing := [name for name in names.values() if name not in found]:
        raise StackError(f"namespace {namespace} has no Deployment {', '.join(missing)}: `make up` deploys it")
    pods = _labelled(api, f"/api/v1/namespaces/{namespace}/pods", milvus_labels)
    return {role: _state(role, f"{deployments}/{name}", found[name], pods) for role, name in names.items()}


def _labelled(api: Kubernetes, collection: str, labels: Callable[[str], dict[str, str]]) -> list[dict[str, Any]]:
    return api.items(collection, labelSelector=",".join(f"{key}={value}" for key, value in labels(RELEASE).items()))


def _state(role: RoleName, path: str, found: Mapping[str, Any], pods: list[dict[str, Any]]) -> RoleState:
    spec: Mapping[str, Any] = found["spec"]
    template = spec["template"]["spec"]
    own = role_labels(RELEASE, role).items()
    running = [
        pod["spec"]
        for pod in pods
        if own <= pod["metadata"]["labels"].items() and not pod["metadata"].get("deletionTimestamp")
    ]
    count = int(spec.get("replicas", 1))
    numbers = [at(found, f"status.{each}") or 0 for each in ("replicas", "updatedReplicas", "availableReplicas")]
    seen = (at(found, "status.observedGeneration") or 0) >= found["metadata"]["generation"]
    return RoleState(
        role=role,
        path=path,
        wanted=_version(template),
        running=frozenset(map(_version, running)),
        pods=count,
        paused=bool(spec.get("paused")),
        complete=seen and numbers == [count] * 3,
        grace_seconds=template.get("terminationGracePeriodSeconds", LEAST_GRACE),
    )


def _version(pod: Mapping[str, Any]) -> str:
    """The version in the tag of the image of a pod's first container."""
    return str(pod["containers"][0]["image"]).rpartition(":")[2].removeprefix("v")


def not_ready(api: Kubernetes, namespace: str, states: Mapping[RoleName, RoleState]) -> list[str]:
    """Why an upgrade can't begin: it takes one pod away at a time, and the others have to do its work."""
    wrong = [
        f"{COMPONENTS[role]}: not all of its {each.pods} pods are ready"
        for role, each in states.items()
        if not each.complete and not each.paused
    ]
    for each in _labelled(api, f"/apis/apps/v1/namespaces/{namespace}/statefulsets", etcd_labels):
        ready, wanted = at(each, "status.readyReplicas") or 0, each["spec"]["replicas"]
        if ready < wanted:
            wrong.append(f"etcd: {ready} of {wanted} members are ready")
    for each in api.items(f"/api/v1/namespaces/{namespace}/secrets", labelSelector="owner=helm"):
        status = str(at(each, "metadata.labels.status"))
        if status.startswith("pending"):
            name = each["metadata"]["name"]
            wrong.append(f"Helm: {name} is {status} (docs/operations.md#a-release-that-hangs)")
    return wrong
