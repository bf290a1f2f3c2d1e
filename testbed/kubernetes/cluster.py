"""A cluster of planned nodes under real schedulers and controllers, with what stands for kubelets, disks and EKS.

A pod runs as soon as it is bound, and is gone as soon as it is deleted, unless its node is unreachable. Volumes appear
in the zone of the node that the scheduler has chosen. Nothing here decides where a pod goes.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from planning.estimate import Estimate
from planning.fleet.capacity import NodeGroup
from rehearsal.cloud.resource import dig
from testbed.kubernetes import fleet
from testbed.kubernetes.api import Api
from testbed.kubernetes.fleet import NAMESPACE
from testbed.kubernetes.machines import CLAIMS, PODS, VOLUMES, Machines, Pod, component, leaving, node_of, path, runs

DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
STATEFUL_SETS = f"/apis/apps/v1/namespaces/{NAMESPACE}/statefulsets"
BUDGETS = f"/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets"
NODES = "/api/v1/nodes"
PAUSE_SECONDS = 0.2
STILL_SECONDS = 2.0
"""Nothing more will happen if nothing has for so long: the scheduler tries waiting pods again within a second."""
STUCK_SECONDS = 10
"""A drain is stuck if no eviction was granted for so long."""
LIMIT_SECONDS = 120
UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
UNREACHABLE = [
    {"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"},
]


class Cluster:
    """The nodes and pods of one plan. All methods return once nothing more happens."""

    def __init__(self, api: Api, plan: Estimate) -> None:
        self._api, self._plan, self._machines = api, plan, Machines(api)
        self._unreachable: set[str] = set()
        self.nodes: dict[str, tuple[NodeGroup, str]] = {}
        """Group and zone of each node that exists, by name."""
        for manifest in fleet.surroundings():
            api.apply(manifest)
        for name, group, zone in fleet.names(plan):
            self.add_node(name, group, zone)
        for manifest in fleet.workloads(plan):
            api.apply(manifest, NAMESPACE)
        self.settle()

    # --- what is there

    def pods(self) -> list[Pod]:
        """All pods that somebody still wants."""
        return [pod for pod in self._list(PODS) if not pod["metadata"].get("deletionTimestamp")]

    def running(self) -> Counter[str]:
        """Number of running pods of each group of the plan, without those on unreachable nodes."""
        return Counter(component(pod) for pod in self.pods() if runs(pod) and node_of(pod) not in self._unreachable)

    def waiting(self) -> list[Pod]:
        """Pods that the scheduler has found no place for."""
        return [pod for pod in self.pods() if not node_of(pod)]

    def on(self, names: Iterable[str]) -> list[Pod]:
        wanted = set(names)
        return [pod for pod in self._list(PODS) if node_of(pod) in wanted]

    def live_nodes(self) -> list[dict[str, Any]]:
        return self._list(NODES)

    def claims(self) -> dict[str, str]:
        """Zone of each volume, by the name of its claim."""
        zone = "spec.nodeAffinity.required.nodeSelectorTerms"
        return {
            each["spec"]["claimRef"]["name"]: dig(each, zone)[0]["matchExpressions"][0]["values"][0]
            for each in self._list(VOLUMES)
        }

    # --- what happens to nodes

    def add_node(self, name: str, group: NodeGroup, zone: str) -> None:
        manifest = fleet.node(name, group, zone)
        self._api.ask("POST", NODES, manifest)
        self._api.merge(f"{NODES}/{name}/status", {"status": manifest["status"]})
        self._taint(name, group)  # the API server adds one until a controller has seen the node ready
        self.nodes[name] = group, zone

    def lose(self, names: Sequence[str]) -> None:
        """The machines are gone, and with them, soon after, their Node objects and pods."""
        for name in names:
            self._api.ask("DELETE", f"{NODES}/{name}")
            del self.nodes[name]
        for pod in self.on(names):
            self._machines.remove(pod)
        self.settle()

    def cut_off(self, names: Sequence[str]) -> None:
        """The nodes no longer answer: they are tainted, and after five minutes their pods are deleted, but stay until
        somebody hears from the nodes again."""
        self._unreachable |= set(names)
        for name in names:
            self._taint(name, self.nodes[name][0], *UNREACHABLE)
        for pod in self.on(names):
            self._api.request("DELETE", path(pod))
        self.settle()

    def cordon(self, names: Iterable[str]) -> None:
        for name in names:
            self._api.merge(f"{NODES}/{name}", {"spec": {"unschedulable": True}})
            self._taint(name, self.nodes[name][0], UNSCHEDULABLE)

    def uncordon(self, names: Iterable[str]) -> None:
        """Opens nodes again, and lets pods that waited go there."""
        for name in names:
            self._api.merge(f"{NODES}/{name}", {"spec": {"unschedulable": None}})
            self._taint(name, self.nodes[name][0])
        self.settle()

    def drain(self, names: Sequence[str], watch: Callable[[], None]) -> bool:
        """Evicts all pods of these nodes as soon as their budgets allow it, as `kubectl drain` does.

        Returns whether all have left; if not, no eviction is granted any more. `watch` is called after each.
        """
        granted = time.monotonic()
        while pods := self.on(names):
            if sum(self._evict(pod, watch) for pod in pods if not leaving(pod)):
                granted = time.monotonic()
            elif time.monotonic() - granted > STUCK_SECONDS:
                break
            self._play(self._list(PODS))
            time.sleep(PAUSE_SECONDS)
        self.settle()
        return not self.on(names)

    def _evict(self, pod: Pod, watch: Callable[[], None]) -> bool:
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod["metadata"]["name"], "namespace": NAMESPACE},
        }
        granted = self._api.request("POST", f"{path(pod)}/eviction", eviction).status < 300
        watch()
        return granted

    # --- what happens to pods

    def roll(self) -> bool:
        """Gives all Deployments a new revision at once. Returns whether every rollout comes to its end."""
        for each in self._list(DEPLOYMENTS):
            revision = {"spec": {"template": {"metadata": {"annotations": {"revision": str(time.monotonic())}}}}}
            self._api.merge(f"{DEPLOYMENTS}/{each['metadata']['name']}", revision)
        self.settle()
        return all(
            dig(each, "status.updatedReplicas") == each["spec"]["replicas"] == dig(each, "status.availableReplicas")
            for each in self._list(DEPLOYMENTS)
        )

    def reset(self) -> None:
        """All nodes as planned again, and all pods scheduled anew."""
        self._unreachable.clear()
        planned = {name: (group, zone) for name, group, zone in fleet.names(self._plan)}
        for name in self.nodes.keys() - planned.keys():
            self._api.ask("DELETE", f"{NODES}/{name}")
            del self.nodes[name]
        for name, (group, zone) in planned.items():
            if name not in self.nodes:
                self.add_node(name, group, zone)
            else:
                self._api.merge(f"{NODES}/{name}", {"spec": {"unschedulable": None}})
                self._taint(name, group)
        for pod in self._list(PODS):
            self._machines.remove(pod)
        self.settle()

    def clear(self) -> None:
        """Deletes everything, for the next plan."""
        self._unreachable.clear()
        for collection in (DEPLOYMENTS, STATEFUL_SETS, BUDGETS):
            self._api.ask("DELETE", collection, propagationPolicy="Background")
        end = time.monotonic() + LIMIT_SECONDS
        while pods := self._list(PODS):
            for pod in pods:
                self._machines.remove(pod)
            self._check(end)
        for collection in (CLAIMS, VOLUMES):
            for each in self._list(collection):
                name = f"{collection}/{each['metadata']['name']}"
                self._api.request(
                    "PATCH", name, {"metadata": {"finalizers": None}}, type_="application/merge-patch+json"
                )
                self._api.request("DELETE", name)
        self._api.ask("DELETE", NODES)

    # --- kubelets, disks, and the wait for the rest

    def settle(self) -> None:
        """Plays kubelets and disks until all pods run, or nothing has happened for a while."""
        before: object = None
        changed = end = time.monotonic()
        end += LIMIT_SECONDS
        while True:
            pods = self._list(PODS)
            self._play(pods)
            now = sorted(
                (pod["metadata"]["name"], node_of(pod), dig(pod, "status.phase"), leaving(pod)) for pod in pods
            )
            if now != before:
                before, changed = now, time.monotonic()
            elif self._complete(pods) or time.monotonic() - changed > STILL_SECONDS:
                return
            self._check(end)

    def _play(self, pods: Sequence[Pod]) -> None:
        zones = {name: zone for name, (_, zone) in self.nodes.items()}
        self._machines.play(pods, zones, self._unreachable)

    def _check(self, end: float) -> None:
        if time.monotonic() > end:
            raise TimeoutError(f"the cluster does not come to rest within {LIMIT_SECONDS} s")
        time.sleep(PAUSE_SECONDS)

    def _complete(self, pods: Sequence[Pod]) -> bool:
        """Whether everything runs that its owners want, in the newest revision, and budgets have seen it."""
        if not all(runs(pod) for pod in pods) or any(map(leaving, pods)):
            return False
        owners = [*self._list(DEPLOYMENTS), *self._list(STATEFUL_SETS)]
        wanted = sum(each["spec"]["replicas"] for each in owners)
        done = all(
            dig(each, "status.observedGeneration") == each["metadata"]["generation"]
            and dig(each, "status.updatedReplicas") == each["spec"]["replicas"] == dig(each, "status.availableReplicas")
            for each in owners
        )
        allowed = all(
            dig(each, "status.currentHealthy") == dig(each, "status.expectedPods")
            and not dig(each, "status.disruptedPods")
            for each in self._list(BUDGETS)
        )
        return done and allowed and wanted == len(pods)

    def _taint(self, name: str, group: NodeGroup, *more: dict[str, str]) -> None:
        """Exactly these taints beside those of the node's group."""
        self._api.merge(f"{NODES}/{name}", {"spec": {"taints": [*fleet.taints(group), *more]}})

    def _list(self, collection: str) -> list[dict[str, Any]]:
        return self._api.ask("GET", collection)["items"]
