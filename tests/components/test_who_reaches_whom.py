"""Who reaches which port of Milvus, etcd and Attu, by an evaluator of all NetworkPolicies that dev and prod make.

Pods have addresses of the private subnets, in which the internal load balancers are, too. A policy that admits a load
balancer therefore admits every pod of the cluster, whatever its namespace: login and TLS stand behind 19530 and 3000,
but nothing behind 9091 and 2379.
"""

from ipaddress import IPv4Network
from typing import Any

import pytest

from planning.chart.names import etcd_labels, role_labels
from rehearsal.cloud.network_policies import Peer, Policy, admitting
from tests.program import stack

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
PRIVATE = {
    "dev": ["10.42.0.0/20", "10.42.16.0/20"],
    "prod": ["10.42.0.0/20", "10.42.16.0/20", "10.42.32.0/20"],
}
FRONT = {"dev": role_labels("milvus", "standalone"), "prod": role_labels("milvus", "proxy")}
ATTU = {"app.kubernetes.io/name": "attu", "milvus-on-aws/access": "client"}
EVERYBODY = {
    *("Milvus", "etcd", "Attu", "client", "manager", "any other pod"),
    *(
        "backup",
        "snapshot",
        "backup elsewhere",
        "client elsewhere",
        "Milvus' labels elsewhere",
        "monitoring",
        "load balancer",
    ),
}
"""All sources but those outside of the private subnets."""


def ends(name: str, subnet: str) -> dict[str, Peer]:
    """Who may be at either end, with pods and load balancer in one of the private subnets."""
    networks = [IPv4Network(subnet)]

    def pod(labels: dict[str, str], namespace: str = "milvus") -> Peer:
        return Peer(namespace=namespace, labels=labels, networks=networks)

    return {
        "Milvus": pod(FRONT[name]),
        "etcd": pod(etcd_labels("milvus")),
        "Attu": pod(ATTU),
        "client": pod({"milvus-on-aws/access": "client"}),
        "manager": pod({"milvus-on-aws/access": "management"}),
        "any other pod": pod({}),
        "backup": pod({"milvus-on-aws/access": "backup"}),
        "snapshot": pod({"milvus-on-aws/access": "etcd-snapshot"}),
        "backup elsewhere": pod({"milvus-on-aws/access": "backup"}, "default"),
        "client elsewhere": pod({"milvus-on-aws/access": "client"}, "default"),
        "Milvus' labels elsewhere": pod(FRONT[name], "default"),
        "monitoring": pod({}, "monitoring"),
        "load balancer": Peer(networks=networks),
        "public subnet": Peer(networks=[IPv4Network("10.42.128.0/24")]),
        "internet": Peer(networks=[IPv4Network("203.0.113.0/24")]),
    }


def reaching(name: str, target: str, port: int) -> set[str]:
    """Sources that reach a port, which are the same in every private subnet."""
    inputs: list[dict[str, Any]] = [each.inputs for each in stack(name).all(POLICY)]
    policies = [Policy(name="", namespace=each["metadata"]["namespace"], spec=each["spec"]) for each in inputs]
    (found,) = {
        frozenset(
            source for source, peer in peers.items() if admitting(policies, peer, peers[target], port) is not None
        )
        for peers in (ends(name, subnet) for subnet in PRIVATE[name])
    }
    return set(found)


@pytest.mark.parametrize("name", ["dev", "prod"])
@pytest.mark.parametrize(
    ("target", "port", "sources"),
    [
        ("Milvus", 19530, EVERYBODY),
        ("Milvus", 53100, {"Milvus"}),
        ("etcd", 2380, {"etcd"}),
        ("etcd", 22, set[str]()),
        ("client", 8080, set[str]()),
    ],
)
def test_a_port_is_reached_by_these_alone(name: str, target: str, port: int, sources: set[str]) -> None:
    assert reaching(name, target, port) == sources


@pytest.mark.parametrize(
    ("name", "backup", "snapshot"), [("dev", set[str](), set[str]()), ("prod", {"backup"}, {"snapshot"})]
)
def test_what_asks_for_no_login_is_reached_by_backups_where_there_are_any(
    name: str, backup: set[str], snapshot: set[str]
) -> None:
    assert reaching(name, "Milvus", 9091) == {"Milvus", "manager"} | backup
    assert reaching(name, "etcd", 2379) == {"Milvus", "etcd"} | snapshot


def test_attu_is_reached_through_its_load_balancer_where_it_runs() -> None:
    assert reaching("dev", "Attu", 3000) == EVERYBODY
    assert reaching("dev", "Attu", 22) == set()
    assert stack("prod").all("kubernetes:apps/v1:Deployment") == []
