"""Connections in a small cloud. The picture of a real one is tested in test_rehearsed.py."""

from dataclasses import astuple

import pytest

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.report.topology import topology
from rehearsal.rules.security_groups import EGRESS, INGRESS
from tests.rehearsal.report.reports import network


def links(cloud: Cloud) -> set[tuple[str, ...]]:
    found = topology(cloud)
    return {astuple(link) for link in found.links} if found else set()


def test_a_link_needs_a_rule_at_both_ends_and_has_the_ports_that_both_let_through() -> None:
    assert links(network()) == {
        ("sg-clients", "nlb", "19530", "in-milvus"),
        ("nlb", "kafka", "9092-9096", "in-kafka"),
    }


@pytest.mark.parametrize(
    ("type_", "id_", "lost"), [(INGRESS, "in-milvus", "sg-clients"), (EGRESS, "out-balancer", "nlb")]
)
def test_without_one_of_its_rules_a_link_is_gone(type_: str, id_: str, lost: str) -> None:
    cloud = network()
    rule = cloud.get(type_, id_)
    assert rule
    cloud.remove(rule)
    assert lost not in {link[0] for link in links(cloud)}
    assert len(links(cloud)) == 1


def test_a_network_that_a_rule_names_is_where_somebody_connects_from() -> None:
    cloud = network()
    inputs = {"securityGroupId": "sg-balancer", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
    cloud.put(Resource(INGRESS, "in-office", "urn:pulumi:dev::p::t::in-office", inputs | {"cidrIpv4": "192.0.2.0/24"}))
    assert ("192.0.2.0/24", "nlb", "443", "in-office") in links(cloud)
    cloud.put(Resource(INGRESS, "in-all", "urn:pulumi:dev::p::t::in-all", inputs | {"cidrIpv4": "0.0.0.0/0"}))
    assert ("0.0.0.0/0", "nlb", "443", "in-all") in links(cloud)


def test_places_know_their_zones() -> None:
    found = topology(network())
    assert found
    assert found.zones == ["us-east-1a", "us-east-1b"]
    (brokers,) = found.of_kind("brokers")
    assert brokers.zones == {"us-east-1a": ["1 x kafka.t3.small"], "us-east-1b": ["1 x kafka.t3.small"]}


def test_the_journal_of_a_cloud_is_not_written_to_for_its_picture() -> None:
    cloud = network()
    topology(cloud)
    assert cloud.reliances == {}


def test_of_an_empty_cloud_there_is_no_picture() -> None:
    assert topology(Cloud()) is None
