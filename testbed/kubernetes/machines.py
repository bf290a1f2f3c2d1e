"""Stands for kubelets and the EBS driver: bound pods run at once, deleted ones are gone at once, volumes appear.

Nothing here decides where a pod goes.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rehearsal.cloud.resource import dig, parts
from testbed.kubernetes.api import Api
from testbed.kubernetes.fleet import COMPONENT, NAMESPACE, ZONE

PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
CLAIMS = f"/api/v1/namespaces/{NAMESPACE}/persistentvolumeclaims"
VOLUMES = "/api/v1/persistentvolumes"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
Pod = dict[str, Any]


class Machines:
    """What runs on nodes, and disks."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def play(self, pods: Sequence[Pod], zones: Mapping[str, str], unreachable: Collection[str]) -> None:
        """Does once what all kubelets and disks have to do. `zones` are those of the nodes, by name."""
        for pod in pods:
            if node_of(pod) in unreachable:
                continue
            if leaving(pod):
                self.remove(pod)
            elif node_of(pod) and not runs(pod):
                self._run(pod)
        for claim in self._api.ask("GET", CLAIMS)["items"]:
            zone = zones.get(str(parts(claim["metadata"].get("annotations")).get(SELECTED_NODE)))
            if zone and not claim["spec"].get("volumeName"):
                self._provision(claim, zone)

    def remove(self, pod: Pod) -> None:
        self._api.request("DELETE", path(pod), gracePeriodSeconds="0")

    def _run(self, pod: Pod) -> None:
        ready = [
            {"type": type_, "status": "True"} for type_ in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
        ]
        status = {"status": {"phase": "Running", "conditions": ready}}
        self._api.request("PATCH", f"{path(pod)}/status", status, type_="application/strategic-merge-patch+json")

    def _provision(self, claim: dict[str, Any], zone: str) -> None:
        metadata = claim["metadata"]
        reference = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": NAMESPACE}
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"pv-{metadata['uid']}"},
            "spec": {
                "capacity": claim["spec"]["resources"]["requests"],
                "accessModes": claim["spec"]["accessModes"],
                "storageClassName": claim["spec"]["storageClassName"],
                "claimRef": {**reference, "name": metadata["name"], "uid": metadata["uid"]},
                "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": metadata["uid"]},
                "nodeAffinity": {
                    "required": {
                        "nodeSelectorTerms": [{"matchExpressions": [{"key": ZONE, "operator": "In", "values": [zone]}]}]
                    }
                },
            },
        }
        self._api.request("POST", VOLUMES, volume)


def component(pod: Pod) -> str:
    """The pod's group in the plan."""
    return pod["metadata"]["labels"][COMPONENT]


def node_of(pod: Pod) -> str:
    """Name of the pod's node; empty if it has none yet."""
    return pod["spec"].get("nodeName") or ""


def runs(pod: Pod) -> bool:
    return dig(pod, "status.phase") == "Running"


def leaving(pod: Pod) -> bool:
    """Whether the pod was deleted, and stops or would stop."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def path(pod: Pod) -> str:
    return f"{PODS}/{pod['metadata']['name']}"
