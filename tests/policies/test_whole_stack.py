"""Rules over several resources at once: what is missing, or does not fit what stands beside it."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from policies.rule import Resource
from policies.rules import RULES
from tests.policies.samples import changed, every, one, production, published
from tests.program import run

BY_NAME = {rule.name: rule for rule in RULES}
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hub"


def said(rule: str, resources: list[Resource]) -> list[str]:
    return [f"{resource.name}: {text}" for resource, text in BY_NAME[rule].findings(resources)]


def without(drop: Callable[[Resource], bool]) -> list[Resource]:
    left = [each for each in production() if not drop(each)]
    assert len(left) < len(production())
    return left


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("milvus-etcd", "3 pods of etcd"),
        ("milvus-querynode", "2 pods of queryNode"),
        ("milvus-mixcoord", "2 pods of mixCoordinator"),
    ],
)
def test_what_has_several_pods_needs_a_budget(name: str, role: str) -> None:
    left = without(lambda each: each.type.endswith(":PodDisruptionBudget") and each.name == name)
    assert said("budgets-allow-one", left) == [f"milvus-release: no budget protects the {role}"]


def test_a_bucket_with_versions_needs_a_rule_by_which_they_expire() -> None:
    left = without(lambda each: "BucketLifecycleConfiguration" in each.type)
    assert sorted(said("versions-expire", left)) == [
        "backup-versions: what was overwritten or deleted stays for ever",
        "bucket-versions: what was overwritten or deleted stays for ever",
    ]


def test_a_bucket_of_backups_keeps_versions() -> None:
    assert said("backups-versioned", list(production())) == []
    left = without(lambda each: each.name == "backup-versions")
    assert said("backups-versioned", left) == ["backup-bucket: keeps no versions"]


def test_backups_are_encrypted_by_a_key_that_encrypts_nothing_else() -> None:
    assert said("backups-encrypted", list(production())) == said("backups-encrypted", list(published())) == []
    left = without(lambda each: each.name == "backup-encryption")
    assert said("backups-encrypted", left) == ["backup-bucket: is not encrypted by a key of this stack"]
    encryption = one(published(), "ServerSideEncryptionConfiguration", "bucket-encryption")
    theirs = one(published(), "kms/key:Key", "backup-key").urn
    shared = dataclasses.replace(encryption, depends_on=encryption.depends_on | {theirs})
    assert said("backups-encrypted", [shared if each is encryption else each for each in published()]) == [
        "backup-bucket: shares its key with other data"
    ]


@pytest.mark.parametrize("instead", [{"status": "Disabled"}, {"filter": {"prefix": "logs/"}}])
def test_a_rule_that_covers_not_all_of_the_bucket_lets_nothing_expire(instead: dict[str, Any]) -> None:
    def narrowed(each: Resource) -> Resource:
        if "BucketLifecycleConfiguration" not in each.type:
            return each
        rules = [{**rule, **instead} for rule in each.inputs["rules"]]
        return dataclasses.replace(each, inputs=changed(each.inputs, "rules", rules))

    assert len(said("versions-expire", [narrowed(each) for each in production()])) == 4


def test_a_balancer_may_go_where_nothing_else_is_kept() -> None:
    """`make down` of production takes both protections off at once (docs/operations.md)."""
    bare = [
        dataclasses.replace(each, protect=False, inputs={**each.inputs, "enableDeletionProtection": False})
        for each in production()
    ]
    assert said("balancers-stay-with-state", bare) == []


def test_a_namespace_without_load_balancers_needs_no_readiness_gate() -> None:
    other = Resource(type="kubernetes:core/v1:Namespace", name="other", inputs={"metadata": {"name": "other"}})
    assert said("readiness-gate", [*production(), other]) == []


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_images_of_a_mirror_are_known_like_those_of_docker_hub(stack: str) -> None:
    recorded = run(stack, milvus={"registry": REGISTRY}).resources
    resources = [Resource(type=each.type, name=each.name, inputs=each.inputs) for each in recorded]
    assert any(REGISTRY in str(each.inputs) for each in resources)
    assert said("known-images", resources) == []


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_image_comes_from_the_mirror(stack: str) -> None:
    """Add-ons are pulled from EKS' own registry."""
    recorded = run(stack, milvus={"registry": REGISTRY}, attu={"exposure": "internal"}).resources
    pulled = {image for each in recorded for image in images_in(each.inputs)}
    assert len(pulled) >= 5
    assert [image for image in pulled if not image.startswith(f"{REGISTRY}/")] == []


def images_in(value: Any) -> Iterator[str]:
    """Images of containers, and of charts' values, which name registry and repository apart."""
    if isinstance(value, dict):
        content = cast("dict[str, Any]", value)
        if isinstance(content.get("image"), str):
            yield content["image"]
        if "repository" in content:
            yield "/".join(filter(None, [content.get("registry"), content["repository"]]))
        for each in content.values():
            yield from images_in(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from images_in(each)


@pytest.mark.parametrize("type_", ["msk/cluster:Cluster", "eks/nodeGroup:NodeGroup"])
def test_brokers_and_nodes_have_no_subnet_that_leads_to_the_internet_gateway(type_: str) -> None:
    public = one(production(), "subnet:Subnet", "network-public-us-east-1a")
    inside = every(production(), type_)[0]
    moved = dataclasses.replace(inside, depends_on=inside.depends_on | {public.urn})
    assert said("inside-is-private", list(production())) == []
    assert said("inside-is-private", [moved if each is inside else each for each in production()]) == [
        f"{inside.name}: is in a subnet with a route to the internet gateway"
    ]


def test_an_interface_endpoint_is_in_every_zone_that_has_nodes() -> None:
    endpoint = one(published(), "VpcEndpoint", "network-sts")
    subnets = {each.urn for each in every(published(), "subnet:Subnet") if "us-east-1b" not in each.name}
    fewer = dataclasses.replace(endpoint, depends_on=endpoint.depends_on & subnets)
    assert said("endpoints-in-every-zone", list(published())) == []
    assert said("endpoints-in-every-zone", [fewer if each is endpoint else each for each in published()]) == [
        "network-sts: has no interface in us-east-1b, where nodes are"
    ]


@pytest.mark.parametrize(("exporter", "name"), [("jmxExporter", "kafka-jmx"), ("nodeExporter", "kafka-node")])
def test_a_port_for_metrics_is_open_only_where_an_exporter_answers(exporter: str, name: str) -> None:
    kafka = one(published(), "msk/cluster:Cluster")
    path = f"openMonitoring/prometheus/{exporter}/enabledInBroker"
    silent = dataclasses.replace(kafka, inputs=changed(kafka.inputs, path, False))
    found = said("kafka-metrics-served", [silent if each is kafka else each for each in published()])
    assert [each.split(":")[0] for each in found] == [f"{name}-from-nodes"]
    assert said("kafka-metrics-served", list(published())) == []
