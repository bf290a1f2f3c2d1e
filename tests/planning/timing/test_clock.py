"""Predicted minutes for small graphs, with the durations of durations.json: MSK 30/8, EKS 12/3, VPC 0.5/0.1."""

from typing import Any

import pytest

from planning.timing.clock import Graph, creation, critical_path, destruction, guide_minutes, lower_bound

RELEASE = "kubernetes:helm.sh/v3:Release"
VPC, MSK, SCRAM, EKS, ADDON = (
    "aws:ec2/vpc:Vpc",
    "aws:msk/cluster:Cluster",
    "aws:msk/scramSecretAssociation:ScramSecretAssociation",
    "aws:eks/cluster:Cluster",
    "aws:eks/addon:Addon",
)


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:s::p::{type_}::{name}"


def resource(type_: str, name: str, *after: str, **more: Any) -> dict[str, Any]:
    return {"urn": urn(type_, name), "type": type_, "custom": True, "dependencies": list(after), **more}


CHAIN = [
    resource(VPC, "vpc"),
    resource(MSK, "kafka", urn(VPC, "vpc")),
    resource(EKS, "cluster", urn(VPC, "vpc")),
    resource(SCRAM, "users", urn(MSK, "kafka")),
    resource(RELEASE, "milvus", urn(SCRAM, "users"), urn(EKS, "cluster"), inputs={"chart": "milvus"}),
]


def test_side_by_side_is_made_at_once_and_the_slowest_chain_is_the_path() -> None:
    spans = creation(Graph(CHAIN))
    assert spans[urn(EKS, "cluster")].start == spans[urn(MSK, "kafka")].start == 0.5
    assert spans[CHAIN[-1]["urn"]].finish == pytest.approx(0.5 + 30 + 10 + 6)
    assert [each.split("::")[-1] for each in critical_path(spans)] == ["vpc", "kafka", "users", "milvus"]


def test_a_property_and_a_provider_are_dependencies_too() -> None:
    provider = resource("pulumi:providers:kubernetes", "k8s", urn(EKS, "cluster"))
    namespace = resource("kubernetes:core/v1:Namespace", "ns", provider=f"{provider['urn']}::some-id")
    by_property = resource(MSK, "kafka", propertyDependencies={"subnets": [urn(VPC, "vpc")], "tags": None})
    spans = creation(Graph([resource(VPC, "vpc"), resource(EKS, "cluster"), by_property, provider, namespace]))
    assert spans[namespace["urn"]].start == 12
    assert spans[by_property["urn"]].start == 0.5


def test_a_component_of_a_provider_is_known_only_when_all_of_it_is_made() -> None:
    provider = resource("pulumi:providers:eks", "default")
    component = {"urn": urn("eks:index:Cluster", "c"), "type": "eks:index:Cluster"}
    inside = resource(EKS, "cluster", parent=component["urn"])
    slow = resource(ADDON, "dns", inside["urn"], parent=component["urn"])
    outside = resource("aws:iam/role:Role", "role", inside["urn"])
    spans = creation(Graph([provider, component, inside, slow, outside]))
    assert spans[outside["urn"]].start == 12 + 1.5


def test_the_engine_destroys_level_by_level() -> None:
    levels = destruction(Graph(CHAIN))
    assert [(level.minutes, level.slowest.split("::")[-1]) for level in levels] == [
        (1, "milvus"),
        (0.5, "users"),
        (8, "kafka"),  # and the cluster's 3 minutes beside it
        (0.1, "vpc"),
    ]


def test_what_is_kept_costs_no_time_on_destroy() -> None:
    assert sum(level.minutes for level in destruction(Graph([resource(MSK, "kafka", retainOnDelete=True)]))) == 0


def test_the_lower_bound_follows_what_the_cloud_needs_not_what_the_program_says() -> None:
    needs = [(urn(MSK, "kafka"), urn(VPC, "vpc")), (urn(SCRAM, "users"), urn(MSK, "kafka"))]
    slow = [*CHAIN, resource(EKS, "second", urn(SCRAM, "users"))]
    assert lower_bound(Graph(slow), needs) == 0.5 + 30 + 10


def test_an_order_is_guaranteed_by_dependencies_parents_and_whole_components() -> None:
    component = {"urn": urn("x:y:Z", "z"), "type": "x:y:Z", "dependencies": [urn(VPC, "vpc")]}
    child = resource(MSK, "kafka", parent=component["urn"])
    stack = {"urn": urn("pulumi:pulumi:Stack", "s"), "type": "pulumi:pulumi:Stack"}
    own = resource("pulumi:providers:pulumi", "default")
    rest = [resource(each["type"], each["urn"].split("::")[-1], parent=stack["urn"]) for each in (CHAIN[0], CHAIN[2])]
    graph = Graph([stack, own, *rest, component, child])
    assert graph.guarantees(child["urn"], urn(VPC, "vpc"))
    assert not graph.guarantees(child["urn"], urn(EKS, "cluster"))
    assert not graph.guarantees(urn(VPC, "vpc"), child["urn"])


def test_by_hand_it_takes_more_than_an_hour() -> None:
    assert guide_minutes() == pytest.approx(71, abs=1)
