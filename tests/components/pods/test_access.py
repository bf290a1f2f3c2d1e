"""Network policies admit only necessary connections, by Kubernetes' rules and the labels that the chart renders."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.pods.access import admit
from tests.chart.sample import STANDALONE
from tests.components.deployed import MILVUS, deploy_milvus
from tests.components.recording import Recording, record

FACTS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "chart" / "facts.json").read_text())
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"

PROXY = FACTS["cluster"]["workloads"]["milvus-proxy"]["selector"]
QUERY_NODE = FACTS["cluster"]["workloads"]["milvus-querynode"]["selector"]
ETCD = FACTS["cluster"]["workloads"]["milvus-etcd"]["selector"]
ATTU = {"app.kubernetes.io/name": "attu", "milvus-on-aws/access": "client"}
BACKUP = {"milvus-on-aws/access": "management"}
STRANGER = {"app": "other"}
BALANCER = {"ip": "10.0.32.0/20"}
PROMETHEUS = {"namespace": "monitoring"}


@pytest.fixture(scope="module")
def cluster() -> Recording:
    return deploy_milvus()


@pytest.fixture(scope="module")
def monitored() -> Recording:
    return deploy_milvus(replace(MILVUS, monitoring_namespace="monitoring", etcd_metrics=True))


def matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def is_peer(peer: dict[str, Any], source: dict[str, str]) -> bool:
    if "ipBlock" in peer:
        return source.get("ip") == peer["ipBlock"]["cidr"]
    if "namespaceSelector" in peer:
        return matches(peer["namespaceSelector"], {"kubernetes.io/metadata.name": source.get("namespace", "")})
    return "ip" not in source and "namespace" not in source and matches(peer["podSelector"], source)


def allowed(recording: Recording, source: dict[str, str], target: dict[str, str], port: int) -> bool:
    """Kubernetes' rule: a selected pod admits what any policy's rule admits; an empty `from` would admit everybody."""
    policies = [policy.inputs["spec"] for policy in recording.all(POLICY)]
    selecting = [policy for policy in policies if matches(policy["podSelector"], target)]
    assert selecting, "nothing denies by default"
    rules = [rule for policy in selecting for rule in policy.get("ingress", [])]
    return any(
        (not rule.get("from") or any(is_peer(peer, source) for peer in rule["from"]))
        and (not rule.get("ports") or port in [entry["port"] for entry in rule["ports"]])
        for rule in rules
    )


@pytest.mark.parametrize(
    ("source", "target", "port", "expected"),
    [
        (ATTU, PROXY, 19530, True),
        (ATTU, PROXY, 9091, False),
        (ATTU, QUERY_NODE, 21123, False),
        (ATTU, ETCD, 2379, False),
        (BALANCER, PROXY, 19530, True),
        (BALANCER, PROXY, 9091, False),
        (BALANCER, QUERY_NODE, 19530, False),
        (STRANGER, PROXY, 19530, False),
        (STRANGER, PROXY, 9091, False),
        (STRANGER, ETCD, 2379, False),
        (STRANGER, ATTU, 3000, False),
        (BACKUP, PROXY, 19530, True),
        (BACKUP, QUERY_NODE, 9091, True),
        (BACKUP, ETCD, 2379, False),
        (PROMETHEUS, QUERY_NODE, 9091, True),
        (PROMETHEUS, PROXY, 19530, False),
        (PROMETHEUS, ETCD, 2381, True),
        (PROMETHEUS, ETCD, 2379, False),
        (QUERY_NODE, ETCD, 2381, False),
        (QUERY_NODE, PROXY, 19529, True),
        (PROXY, QUERY_NODE, 21123, True),
        (QUERY_NODE, ETCD, 2379, True),
        (QUERY_NODE, ETCD, 2380, False),
        (ETCD, ETCD, 2380, True),
        (ETCD, PROXY, 19530, False),
    ],
)
def test_only_those_talk_who_must(
    monitored: Recording, source: dict[str, str], target: dict[str, str], port: int, *, expected: bool
) -> None:
    assert allowed(monitored, source, target, port) is expected


def test_metrics_are_nobodys_business_unless_a_namespace_is_named(cluster: Recording) -> None:
    assert not allowed(cluster, PROMETHEUS, QUERY_NODE, 9091)
    assert not allowed(cluster, PROMETHEUS, ETCD, 2381)


def test_without_a_balancer_no_address_is_admitted() -> None:
    recording = deploy_milvus(replace(MILVUS, binding=None))
    assert not allowed(recording, {"ip": "10.0.0.0/20"}, PROXY, 19530)
    assert allowed(recording, ATTU, PROXY, 19530)


def test_a_rule_for_nobody_is_left_out_since_kubernetes_would_let_everybody_in() -> None:
    def program() -> None:
        admit("policy", "milvus", PROXY, [([], [9091]), ([], [])], pulumi.ResourceOptions())

    recording = record(program)
    assert recording.one(POLICY).inputs["spec"]["ingress"] == []
    assert not allowed(recording, STRANGER, PROXY, 9091)


def test_a_standalone_is_admitted_like_a_proxy() -> None:
    recording = deploy_milvus(replace(MILVUS, roles=STANDALONE.roles, etcd=STANDALONE.etcd, protect=False))
    standalone = FACTS["standalone"]["workloads"]["milvus-standalone"]["selector"]
    assert allowed(recording, BALANCER, standalone, 19530)
    assert not allowed(recording, BALANCER, standalone, 9091)
