"""Compares rehearsal/cloud/scheduler.py, which every rehearsal uses, with what the real scheduler has decided."""

from collections.abc import Mapping, Sequence
from typing import Any

from planning.quantities import mib, millicpu
from rehearsal.cloud import scheduler
from rehearsal.cloud.resource import dig, parts
from testbed.kubernetes.machines import Pod, leaving, node_of

STRICT = "DoNotSchedule"


def disagreements(
    nodes: Sequence[Mapping[str, Any]],
    pods: Sequence[Pod],
    claims: Mapping[str, str],
    before: frozenset[str] = frozenset(),
) -> list[str]:
    """Sentences about pods for which both schedulers would decide differently.

    Each pod must be allowed where it runs, if it had to be placed once more beside all others, and a pod that waits
    must be allowed nowhere. Pods named in `before` have their places from before, when other rules may have held.
    """
    small = {pod["metadata"]["name"]: _pod(pod) for pod in pods}
    cluster = scheduler.Cluster([_node(each) for each in nodes], dict(claims))
    by_name = {node.name: node for node in cluster.nodes}
    for pod in pods:
        if node_of(pod) in by_name and not leaving(pod):
            by_name[node_of(pod)].pods.append(small[pod["metadata"]["name"]])
    found: list[str] = []
    for pod in pods:
        name, at = pod["metadata"]["name"], node_of(pod)
        if leaving(pod) or (at and name in before):
            continue
        if at:
            node = by_name[at]
            node.pods.remove(small[name])
            if reason := cluster.why_not(small[name], node):
                found.append(f"{name} runs on {at}, but: {reason}")
            node.pods.append(small[name])
        else:
            found += [
                f"{name} waits, though {node.name} would do: {dig(pod, 'status.conditions')}"
                for node in cluster.nodes
                if cluster.why_not(small[name], node) is None
            ]
    return found


def _node(manifest: Mapping[str, Any]) -> scheduler.Node:
    room = manifest["status"]["allocatable"]
    taints: list[dict[str, str]] = manifest["spec"].get("taints") or []
    return scheduler.Node(
        manifest["metadata"]["name"],
        manifest["metadata"]["labels"],
        millicpu(room["cpu"]),
        mib(room["memory"]),
        int(room["pods"]),
        mib(room["ephemeral-storage"]) // 1024,
        tuple(
            scheduler.Taint(each["key"], each.get("value") or "") for each in taints if each["effect"] == "NoSchedule"
        ),
    )


def _pod(manifest: Pod) -> scheduler.Pod:
    spec, labels = manifest["spec"], manifest["metadata"]["labels"]
    requests = parts(dig(spec["containers"][0], "resources.requests"))
    claims = [each["persistentVolumeClaim"]["claimName"] for each in spec["volumes"] if "persistentVolumeClaim" in each]
    return scheduler.Pod(
        manifest["metadata"]["name"],
        millicpu(requests["cpu"]),
        mib(requests["memory"]),
        labels,
        mib(requests.get("ephemeral-storage", 0)) // 1024,
        spec.get("nodeSelector") or {},
        tuple(
            scheduler.Taint(each["key"], each.get("value") or "")
            for each in spec["tolerations"]
            if "key" in each and each.get("effect") in (None, "NoSchedule")
        ),
        tuple(
            _spread(each, labels)
            for each in spec.get("topologySpreadConstraints") or ()
            if each["whenUnsatisfiable"] == STRICT
        ),
        claim=claims[0] if claims else None,
    )


def _spread(constraint: Mapping[str, Any], labels: Mapping[str, str]) -> scheduler.Spread:
    keys: list[str] = constraint.get("matchLabelKeys") or []
    selector = {**constraint["labelSelector"]["matchLabels"], **{key: labels[key] for key in keys}}
    honors = constraint.get("nodeTaintsPolicy") == "Honor"
    return scheduler.Spread(selector, constraint["topologyKey"], constraint["maxSkew"], honors)
