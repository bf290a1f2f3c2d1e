"""The comparison of the small scheduler with the real one notices both kinds of mistakes."""

from typing import Any

from testbed.kubernetes.agreement import disagreements
from testbed.kubernetes.fleet import HOST, ZONE

LABELS = {"app": "query"}


def node(name: str, zone: str, cpu: str = "2", **spec: Any) -> dict[str, Any]:
    room = {"cpu": cpu, "memory": "8Gi", "pods": "10", "ephemeral-storage": "20Gi"}
    return {
        "metadata": {"name": name, "labels": {ZONE: zone, HOST: name}},
        "spec": spec,
        "status": {"allocatable": room},
    }


def pod(name: str, at: str = "", selecting: dict[str, str] | None = None, **constraint: Any) -> dict[str, Any]:
    spread = {
        "topologyKey": ZONE,
        "maxSkew": 1,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": LABELS},
    }
    return {
        "metadata": {"name": name, "labels": LABELS},
        "spec": {
            "nodeName": at,
            "nodeSelector": selecting or {},
            "containers": [{"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}],
            "volumes": [],
            "tolerations": [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}],
            "topologySpreadConstraints": [{**spread, **constraint}],
        },
    }


def test_pods_that_run_where_they_may_agree() -> None:
    assert disagreements([node("one", "a"), node("two", "b")], [pod("q-0", "one"), pod("q-1", "two")], {}) == []


def test_a_pod_that_runs_where_it_may_not_is_told() -> None:
    (said,) = disagreements([node("one", "a", cpu="500m")], [pod("q-0", "one")], {})
    assert said == "q-0 runs on one, but: Insufficient cpu"


def test_a_pod_that_waits_though_it_need_not_is_told() -> None:
    (said,) = disagreements([node("one", "a")], [pod("q-0")], {})
    assert said.startswith("q-0 waits, though one would do")


def test_an_unreachable_zone_is_an_empty_one_unless_taints_are_honored() -> None:
    """A pod tolerates that its node becomes unreachable for five minutes, but is never sent to such a node."""
    closed = node("two", "b", taints=[{"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule"}])
    pods = [pod("q-0", "one"), pod("q-1")]
    assert disagreements([node("one", "a"), closed], pods, {}) == []
    honoring = [pod("q-0", "one", nodeTaintsPolicy="Honor"), pod("q-1", nodeTaintsPolicy="Honor")]
    (said,) = disagreements([node("one", "a"), closed], honoring, {})
    assert said.startswith("q-1 waits, though one would do")


def test_a_zone_whose_nodes_the_pod_does_not_select_is_no_empty_one() -> None:
    """As kube-scheduler counts (nodeAffinityPolicy: Honor), so that a pod that waits for such a zone is told."""
    nodes = [node("one", "a"), node("two", "b")]
    (said,) = disagreements(nodes, [pod("q-0", "one", {ZONE: "a"}), pod("q-1", "", {ZONE: "a"})], {})
    assert said.startswith("q-1 waits, though one would do")
