"""Who can connect to whom, by security groups of both ends and by NetworkPolicies with labels and addresses."""

from ipaddress import IPv4Network
from typing import Any

import pytest

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.rules.network_policies import kept_out, pod
from rehearsal.rules.security_groups import EGRESS, INGRESS, OLD_RULE, End, blocked

CLIENT = End("nodes", ("sg-nodes",), (IPv4Network("10.0.1.0/24"),))
SERVER = End("brokers", ("sg-brokers",), (IPv4Network("10.0.2.0/24"),))
ALL_OUT = Resource(EGRESS, "out", inputs={"securityGroupId": "sg-nodes", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"})


def admitting(type_: str = INGRESS, **inputs: Any) -> Resource:
    tcp = {"securityGroupId": "sg-brokers", "ipProtocol": "tcp", "fromPort": 9096, "toPort": 9096}
    return Resource(type_, "in", inputs=tcp | inputs)


@pytest.mark.parametrize(
    "entry",
    [
        admitting(referencedSecurityGroupId="sg-nodes"),
        admitting(cidrIpv4="10.0.0.0/16"),
        admitting(cidrIpv4="10.0.1.0/24", fromPort=9000, toPort=9100),
        admitting(referencedSecurityGroupId="sg-nodes", ipProtocol="-1", fromPort=None, toPort=None),
        admitting(OLD_RULE, type="ingress", protocol="tcp", sourceSecurityGroupId="sg-nodes"),
    ],
)
def test_a_rule_at_each_end_lets_a_connection_through(entry: Resource) -> None:
    cloud = Cloud()
    cloud.put(ALL_OUT)
    cloud.put(entry)
    assert blocked(cloud, Resource("t", "1"), CLIENT, SERVER, 9096) is None


@pytest.mark.parametrize(
    "entry",
    [
        admitting(referencedSecurityGroupId="sg-others"),
        admitting(cidrIpv4="10.0.1.0/25"),
        admitting(referencedSecurityGroupId="sg-nodes", fromPort=9094, toPort=9094),
        admitting(referencedSecurityGroupId="sg-nodes", ipProtocol="udp"),
        admitting(OLD_RULE, type="egress", protocol="tcp", sourceSecurityGroupId="sg-nodes"),
    ],
)
def test_a_rule_for_others_ports_or_directions_does_not(entry: Resource) -> None:
    cloud = Cloud()
    cloud.put(ALL_OUT)
    cloud.put(entry)
    reason = "brokers does not admit nodes on port 9096 (security groups sg-brokers)"
    assert blocked(cloud, Resource("t", "1"), CLIENT, SERVER, 9096) == reason


def test_a_client_that_may_not_connect_out_reaches_nobody() -> None:
    cloud = Cloud()
    cloud.put(admitting(referencedSecurityGroupId="sg-nodes"))
    reason = "nodes may not connect out to brokers on port 9096 (security groups sg-nodes)"
    assert blocked(cloud, Resource("t", "1"), CLIENT, SERVER, 9096) == reason


def test_policies_admit_by_labels_or_addresses_and_only_where_there_are_any() -> None:
    cloud, waiting = Cloud(), Resource("t", "1")
    proxy, friend, port = {"app": "milvus"}, {"access": "client"}, 19530
    assert not kept_out(cloud, waiting, "milvus", proxy, port, pods=[pod(cloud, "milvus", {})])
    peers = [{"podSelector": {"matchLabels": friend}}, {"ipBlock": {"cidr": "10.0.0.0/20"}}]
    spec = {"podSelector": {"matchLabels": proxy}, "ingress": [{"from": peers, "ports": [{"port": port}]}]}
    cloud.put(Resource("kubernetes:networking.k8s.io/v1:NetworkPolicy", "milvus/clients", inputs={"spec": spec}))
    assert not kept_out(cloud, waiting, "milvus", proxy, port, pods=[pod(cloud, "milvus", friend)])
    assert not kept_out(cloud, waiting, "milvus", proxy, port, networks=[IPv4Network("10.0.1.0/24")])
    assert kept_out(cloud, waiting, "milvus", proxy, port, pods=[pod(cloud, "milvus", {"access": "other"})])
    assert kept_out(cloud, waiting, "milvus", proxy, port, networks=[IPv4Network("10.1.0.0/24")])
    assert kept_out(cloud, waiting, "milvus", proxy, 9091, pods=[pod(cloud, "milvus", friend)])
    assert not kept_out(cloud, waiting, "elsewhere", proxy, 9091, pods=[pod(cloud, "elsewhere", {})])
