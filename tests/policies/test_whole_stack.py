"""Rules over several resources at once: what is missing, or does not fit what stands beside it."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from policies.rule import Resource
from policies.rules import RULES
from tests.policies.samples import changed, production
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
    assert said("versions-expire", left) == ["bucket-versions: what was overwritten or deleted stays for ever"]


@pytest.mark.parametrize("instead", [{"status": "Disabled"}, {"filter": {"prefix": "logs/"}}])
def test_a_rule_that_covers_not_all_of_the_bucket_lets_nothing_expire(instead: dict[str, Any]) -> None:
    def narrowed(each: Resource) -> Resource:
        if "BucketLifecycleConfiguration" not in each.type:
            return each
        rules = [{**rule, **instead} for rule in each.inputs["rules"]]
        return dataclasses.replace(each, inputs=changed(each.inputs, "rules", rules))

    assert len(said("versions-expire", [narrowed(each) for each in production()])) == 2


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
