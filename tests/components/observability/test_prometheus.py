"""A Prometheus operator is told where metrics are, which to keep, and the rules, with the labels it looks for."""

import json
import re
from pathlib import Path
from typing import Any

from planning.signals.prometheus import RULES
from tests.components.recording import Recording
from tests.deployments import Sections, deployed, merged

FACTS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "chart" / "facts.json").read_text())
PODS = FACTS["cluster"]["workloads"]
MONITOR, RULE = (f"kubernetes:monitoring.coreos.com/v1:{kind}" for kind in ("PodMonitor", "PrometheusRule"))
RELEASE = "kubernetes:helm.sh/v3:Release"
EXISTING: Sections = {
    "stack": "prod",
    "milvus": {"monitoringNamespace": "monitoring"},
    "monitoring": {"prometheus": "existing", "labels": {"release": "kube-prometheus-stack"}},
}


def watched(**more: Any) -> Recording:
    return deployed(merged(EXISTING, more))


def alerts(recording: Recording) -> list[dict[str, Any]]:
    return [
        each for group in recording.one(RULE).inputs["spec"]["groups"] for each in group["rules"] if "alert" in each
    ]


def test_without_a_prometheus_there_are_no_objects_of_its_kinds_and_etcd_has_no_port_for_it() -> None:
    recording = deployed({"stack": "prod"})
    assert not recording.all(MONITOR)
    assert not recording.all(RULE)
    assert "extraEnvVars" not in recording.one(RELEASE, "milvus-release").inputs["values"]["etcd"]


def test_every_object_has_the_labels_asked_for_and_comes_once_milvus_is_ready() -> None:
    recording = watched()
    probe = recording.one("kubernetes:batch/v1:Job")
    for each in [*recording.all(MONITOR), *recording.all(RULE)]:
        assert each.inputs["metadata"]["labels"] == {"release": "kube-prometheus-stack"}
        assert each.inputs["metadata"]["namespace"] == "milvus"
        assert recording.depends(each, probe)


def test_monitors_find_the_pods_of_milvus_and_etcd_by_ports_that_these_have() -> None:
    for name, pod, port in (("milvus", "milvus-querynode", "metrics"), ("etcd", "milvus-etcd", "client")):
        spec = watched().one(MONITOR, f"prometheus-{name}").inputs["spec"]
        assert spec["selector"]["matchLabels"].items() <= PODS[pod]["selector"].items()
        assert [each["port"] for each in spec["podMetricsEndpoints"]] == [port]
        assert port in PODS[pod]["ports"]
        assert spec["jobLabel"] == "app.kubernetes.io/name"
        assert PODS[pod]["selector"]["app.kubernetes.io/name"] == name


def test_etcds_metrics_come_from_a_port_that_tells_nothing_else() -> None:
    recording = watched()
    environment = recording.one(RELEASE, "milvus-release").inputs["values"]["etcd"]["extraEnvVars"]
    assert environment == [{"name": "ETCD_LISTEN_METRICS_URLS", "value": "http://0.0.0.0:2381"}]
    endpoint = recording.one(MONITOR, "prometheus-etcd").inputs["spec"]["podMetricsEndpoints"][0]
    address = next(each for each in endpoint["relabelings"] if each["targetLabel"] == "__address__")
    assert address == {
        "sourceLabels": ["__meta_kubernetes_pod_ip"],
        "targetLabel": "__address__",
        "replacement": "${1}:2381",
    }


def test_about_thirty_metrics_are_kept_and_every_series_carries_the_stack() -> None:
    for name in ("milvus", "etcd"):
        endpoint = watched().one(MONITOR, f"prometheus-{name}").inputs["spec"]["podMetricsEndpoints"][0]
        (keep,) = endpoint["metricRelabelings"]
        assert keep["sourceLabels"] == ["__name__"]
        assert keep["action"] == "keep"
        assert len(keep["regex"].split("|")) == 29
        assert {"targetLabel": "stack", "replacement": "milvus-on-aws-prod"} in endpoint["relabelings"]


def test_rules_know_what_was_planned() -> None:
    recording = watched(kafka={"retentionHours": 200})
    plan = recording.stack_outputs["estimate"]
    by_name = {each["alert"]: each["expr"] for each in alerts(recording)}
    assert "> 720000 * 0.25" in by_name["MilvusCheckpointAging"]
    values = recording.one(RELEASE, "milvus-release").inputs["values"]
    memory = int(values["queryNode"]["resources"]["limits"]["memory"].removesuffix("Gi")) * 1024**3
    assert f"/ {memory} > 0.85" in by_name["MilvusMemoryHigh"]
    assert plan["nodes"]
    down = [each["labels"]["component"] for each in alerts(recording) if each["alert"] == "MilvusRoleDown"]
    assert sorted(down) == ["datanode", "mixcoord", "proxy", "querynode", "streamingnode"]


def test_what_has_one_pod_misses_none() -> None:
    recording = watched(stack="dev")
    names = {each["alert"] for each in alerts(recording)}
    assert {each.name for each in RULES} - names == {"MilvusPodsMissing", "EtcdMemberMissing"}
    assert {each["labels"].get("component") for each in alerts(recording)} == {None, "standalone"}


def test_excluded_rules_are_left_out_alone() -> None:
    some = watched(monitoring={"excludeRules": ["EtcdDiskSlow", "MilvusRestarting"]})
    left_out = {each["alert"] for each in alerts(watched())} - {each["alert"] for each in alerts(some)}
    assert left_out == {"EtcdDiskSlow", "MilvusRestarting"}


def test_a_changed_rule_restarts_no_pod() -> None:
    def release(recording: Recording) -> Any:
        return recording.one(RELEASE, "milvus-release").inputs

    assert release(watched(monitoring={"excludeRules": ["EtcdDiskSlow"]})) == release(watched())


def test_all_objects_have_names_that_kubernetes_accepts() -> None:
    names = [each.inputs["metadata"]["name"] for each in [*watched().all(MONITOR), *watched().all(RULE)]]
    assert len(set(names)) == 3
    assert all(re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", each) for each in names)
