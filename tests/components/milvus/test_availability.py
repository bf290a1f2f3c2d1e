"""Disruption budgets and grace periods, which keep Milvus answering while pods start and stop."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from planning.chart.availability import PRE_STOP_SECONDS
from planning.chart.names import DEREGISTRATION_SECONDS, RoleName
from tests.chart.sample import STANDALONE
from tests.components.deployed import MILVUS, deploy_milvus

FACTS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "chart" / "facts.json").read_text())
RELEASE, JOB = "kubernetes:helm.sh/v3:Release", "kubernetes:batch/v1:Job"
GRACE_SECONDS: dict[RoleName, int] = {"proxy": 130, "queryNode": 390, "dataNode": 840, "streamingNode": 840}
BUDGET, PATCH = "kubernetes:policy/v1:PodDisruptionBudget", "kubernetes:apps/v1:DeploymentPatch"


def test_one_pod_of_a_role_at_a_time_and_a_lone_pod_keeps_no_node() -> None:
    budgets = {b.name: b.inputs["spec"] for b in deploy_milvus().all(BUDGET)}
    rendered = FACTS["cluster"]["workloads"]
    assert {name: spec["selector"]["matchLabels"] for name, spec in budgets.items()} == {
        name: workload["selector"] for name, workload in rendered.items()
    }
    assert {(spec["maxUnavailable"], spec["unhealthyPodEvictionPolicy"]) for spec in budgets.values()} == {
        (1, "AlwaysAllow")
    }
    alone = replace(MILVUS, roles=STANDALONE.roles, etcd=STANDALONE.etcd)
    assert deploy_milvus(alone).all(BUDGET) == []


def test_pods_get_the_time_that_milvus_takes_to_stop_and_proxies_outlast_their_balancer() -> None:
    recording = deploy_milvus(replace(MILVUS, grace_seconds=GRACE_SECONDS))
    patches = {patch.inputs["metadata"]["name"]: patch for patch in recording.all(PATCH)}
    assert set(patches) == {"milvus-proxy", "milvus-querynode", "milvus-datanode", "milvus-streamingnode"}
    assert set(patches) <= set(FACTS["cluster"]["workloads"])
    proxy = patches["milvus-proxy"].inputs["spec"]["template"]["spec"]
    assert proxy["containers"] == [{"name": "proxy", "lifecycle": {"preStop": {"sleep": {"seconds": 90}}}}]
    assert DEREGISTRATION_SECONDS < PRE_STOP_SECONDS < GRACE_SECONDS["proxy"]
    query = patches["milvus-querynode"].inputs["spec"]["template"]["spec"]
    assert query["terminationGracePeriodSeconds"] == 390
    for patch in patches.values():
        assert recording.depends(patch, recording.one(RELEASE))
        assert recording.depends(recording.one(JOB), patch)
        assert patch.retain_on_delete


def test_the_charts_own_grace_period_is_kubernetes_default_which_is_why_it_is_patched() -> None:
    assert {w["grace_seconds"] for w in FACTS["cluster"]["workloads"].values()} == {None}
