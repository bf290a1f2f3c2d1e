"""NetworkPolicies are evaluated as Kubernetes' documentation describes."""

from ipaddress import IPv4Network
from typing import Any

import pytest

from rehearsal.cloud.network_policies import Peer, Policy, admitting, selects

PROXY = Peer(namespace="milvus", labels={"app": "milvus"}, ports={"metrics": 9091})
DENY = Policy(name="milvus/deny", namespace="milvus", spec={"podSelector": {}, "policyTypes": ["Ingress"]})


def ingress(*peers: dict[str, Any], ports: list[dict[str, Any]] | None = None, **spec: Any) -> Policy:
    rule = {**({"from": list(peers)} if peers else {}), **({"ports": ports} if ports else {})}
    whole = {"podSelector": {"matchLabels": {"app": "milvus"}}, "ingress": [rule], **spec}
    return Policy(name="milvus/some", namespace="milvus", spec=whole)


def reaches(source: Peer, *policies: Policy, port: int = 9091, target: Peer = PROXY) -> bool:
    return admitting(policies, source, target, port) is not None


FRIEND = Peer(namespace="milvus", labels={"access": "client"})
ELSEWHERE = Peer(namespace="monitoring", labels={"access": "client"}, namespace_labels={"team": "platform"})


def test_pods_that_no_policy_selects_are_open_to_everybody() -> None:
    assert reaches(ELSEWHERE)
    assert not reaches(ELSEWHERE, DENY)
    assert reaches(ELSEWHERE, DENY, target=Peer(namespace="other"))


@pytest.mark.parametrize(
    ("peer", "friend", "elsewhere"),
    [
        ({"podSelector": {"matchLabels": {"access": "client"}}}, True, False),
        ({"podSelector": {}}, True, False),
        ({"namespaceSelector": {}}, True, True),
        ({"namespaceSelector": {"matchLabels": {"team": "platform"}}}, False, True),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "milvus"}}}, True, False),
        ({"namespaceSelector": {}, "podSelector": {"matchLabels": {"access": "other"}}}, False, False),
        ({"ipBlock": {"cidr": "0.0.0.0/0"}}, False, False),  # their addresses are not known
    ],
)
def test_a_peer_is_of_the_policys_namespace_unless_it_says_which(
    peer: dict[str, Any], friend: bool, elsewhere: bool
) -> None:
    assert (reaches(FRIEND, ingress(peer)), reaches(ELSEWHERE, ingress(peer))) == (friend, elsewhere)


def test_a_rule_without_peers_admits_everybody_and_one_without_rules_nobody() -> None:
    assert reaches(ELSEWHERE, ingress())
    assert not reaches(ELSEWHERE, ingress(ingress=[]))


@pytest.mark.parametrize(
    ("ports", "admitted"),
    [
        ([{"port": 9091}], True),
        ([{"port": "metrics"}], True),
        ([{"port": "nobody-knows"}], False),
        ([{"port": 9000, "endPort": 9100}], True),
        ([{"port": 9092, "endPort": 9100}], False),
        ([{"port": 9091, "protocol": "UDP"}], False),
        ([{"protocol": "TCP"}], True),
        ([{"port": 19530}], False),
    ],
)
def test_ports_are_numbers_names_ranges_and_of_a_protocol(ports: list[dict[str, Any]], admitted: bool) -> None:
    assert reaches(FRIEND, ingress({"podSelector": {}}, ports=ports)) == admitted


@pytest.mark.parametrize(
    ("network", "block", "admitted"),
    [
        ("10.0.1.0/24", {"cidr": "10.0.0.0/16"}, True),
        ("10.0.0.0/15", {"cidr": "10.0.0.0/16"}, False),  # half of its addresses are kept out
        ("10.0.1.0/24", {"cidr": "10.0.0.0/16", "except": ["10.0.1.128/25"]}, False),
        ("10.0.1.0/24", {"cidr": "10.0.0.0/16", "except": ["10.0.2.0/24"]}, True),
    ],
)
def test_addresses_are_admitted_where_all_of_them_are(network: str, block: dict[str, Any], admitted: bool) -> None:
    balancer = Peer(networks=[IPv4Network(network)])
    assert reaches(balancer, ingress({"ipBlock": block})) == admitted


def test_pods_are_met_by_their_addresses_too() -> None:
    at = Peer(namespace="other", networks=[IPv4Network("10.0.1.0/24")])
    assert reaches(at, ingress({"ipBlock": {"cidr": "10.0.0.0/16"}}))


def test_policies_add_up_and_each_end_has_its_own() -> None:
    assert reaches(FRIEND, DENY, ingress({"podSelector": {}}))
    silent = Policy(name="milvus/silent", namespace="milvus", spec={"podSelector": {}, "policyTypes": ["Egress"]})
    assert not reaches(FRIEND, silent)
    talking: dict[str, Any] = {"podSelector": {}, "egress": [{"to": [{"podSelector": {}}], "ports": [{"port": 9091}]}]}
    out = Policy(name="milvus/out", namespace="milvus", spec={**talking, "policyTypes": ["Egress"]})
    assert reaches(FRIEND, silent, out)
    assert not reaches(FRIEND, silent, out, port=19530)


def test_types_that_are_not_written_follow_from_the_rules() -> None:
    both = Policy(name="milvus/both", namespace="milvus", spec={"podSelector": {}, "egress": []})
    assert not reaches(FRIEND, both, target=Peer(namespace="other"))  # it may not connect out
    assert not reaches(ELSEWHERE, both)  # and nobody may connect to it


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ({"key": "app", "operator": "In", "values": ["milvus", "etcd"]}, True),
        ({"key": "app", "operator": "NotIn", "values": ["milvus"]}, False),
        ({"key": "other", "operator": "NotIn", "values": ["milvus"]}, True),
        ({"key": "app", "operator": "Exists"}, True),
        ({"key": "app", "operator": "DoesNotExist"}, False),
    ],
)
def test_expressions_select_like_labels_do(expression: dict[str, Any], selected: bool) -> None:
    assert selects({"matchExpressions": [expression]}, {"app": "milvus"}) == selected
