"""Network policies of Milvus' namespace, which deny all connections to pods except those allowed here.

Connections from the pods to others are not limited. The kubelet's health checks need no rule, because AWS' network
policy agent always admits the pod's own node
(aws/aws-network-policy-agent, ComputeMapEntriesFromEndpointRules: "Traffic from the local node should always be
allowed"). The agent enforces policies only if the add-on vpc-cni runs with network policies on.
"""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.networking import v1 as networking

from planning.chart.names import (
    ETCD_CLIENT_PORT,
    ETCD_METRICS_PORT,
    ETCD_PEER_PORT,
    MANAGEMENT_PORT,
    MILVUS_PORT,
    RoleName,
    etcd_labels,
    milvus_labels,
    role_labels,
)

CLIENT = {"milvus-on-aws/access": "client"}
"""Label of pods that may reach Milvus on port 19530, such as Attu and the probe."""
MANAGER = {"milvus-on-aws/access": "management"}
"""Label of pods that may also reach port 9091, which a person gives them."""

Peer = networking.NetworkPolicyPeerArgsDict


def pods(labels: dict[str, str]) -> Peer:
    """All pods of the namespace with these labels."""
    return {"pod_selector": {"match_labels": labels}}


def addresses(cidrs: Sequence[pulumi.Input[str]]) -> list[Peer]:
    """All addresses in these networks."""
    return [{"ip_block": {"cidr": cidr}} for cidr in cidrs]


def admit(
    name: str,
    namespace: pulumi.Input[str],
    target: dict[str, str],
    rules: Sequence[tuple[Sequence[Peer], Sequence[int]]],
    opts: pulumi.ResourceOptions,
) -> networking.NetworkPolicy:
    """A policy that lets peers reach the target's pods on certain ports.

    In a rule, no ports means every port. No peers means nobody, and the rule is left out, because Kubernetes would take
    an empty list of peers for everybody.
    """
    ingress: list[networking.NetworkPolicyIngressRuleArgsDict] = []
    for peers, ports in rules:
        if not peers:
            continue
        rule: networking.NetworkPolicyIngressRuleArgsDict = {"from_": list(peers)}
        if ports:
            rule["ports"] = [{"protocol": "TCP", "port": port} for port in ports]
        ingress.append(rule)
    return networking.NetworkPolicy(
        name,
        metadata={"namespace": namespace},
        spec={"pod_selector": {"match_labels": target}, "policy_types": ["Ingress"], "ingress": ingress},
        opts=opts,
    )


def network_policies(
    name: str,
    namespace: pulumi.Input[str],
    *,
    release: str,
    front: RoleName,
    balancer_cidrs: Sequence[pulumi.Input[str]],
    monitoring_namespace: str | None,
    etcd_metrics: bool,
    opts: pulumi.ResourceOptions,
) -> list[networking.NetworkPolicy]:
    """All policies of the namespace. `front` is the role that answers clients.

    Port 9091 is open to few pods, because it asks for no login (milvus#49588, #50763, #53415). `etcd_metrics` says
    whether etcd has a port for metrics alone, which the monitoring namespace may then read.
    """
    milvus, etcd = milvus_labels(release), etcd_labels(release)
    watchers: list[Peer] = []
    if monitoring_namespace:
        watchers.append({"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": monitoring_namespace}}})
    managers = [pods(MANAGER), *watchers]
    return [
        networking.NetworkPolicy(
            f"{name}-deny",
            metadata={"namespace": namespace},
            spec={"pod_selector": {}, "policy_types": ["Ingress"]},
            opts=opts,
        ),
        admit(
            f"{name}-milvus",
            namespace,
            milvus,
            [([pods(milvus)], []), (managers, [MANAGEMENT_PORT])],
            opts,
        ),
        admit(
            f"{name}-clients",
            namespace,
            role_labels(release, front),
            [([pods(CLIENT), pods(MANAGER), *addresses(balancer_cidrs)], [MILVUS_PORT])],
            opts,
        ),
        admit(
            f"{name}-etcd",
            namespace,
            etcd,
            [
                ([pods(milvus)], [ETCD_CLIENT_PORT]),
                ([pods(etcd)], [ETCD_CLIENT_PORT, ETCD_PEER_PORT]),
                (watchers if etcd_metrics else [], [ETCD_METRICS_PORT]),
            ],
            opts,
        ),
    ]
