"""Where images come from: their publishers, or a mirror, from which then every image of every pod comes."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from planning import images
from tests.components.recording import Recording
from tests.deployments import NO_NAT, deployed
from tests.engine import ROOT

MIRROR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hub"

EVERY_POD = {"attu": {"exposure": "internal"}, "backup": {"enabled": True}}


def pulled(value: Any) -> Iterator[str]:
    """Whatever is an image in a tree: of a container, or in a chart's values."""
    if isinstance(value, dict):
        content = cast("dict[str, Any]", value)
        if isinstance(content.get("image"), str):
            yield content["image"]
        if "repository" in content and "tag" in content:
            yield "/".join(filter(None, [content.get("registry"), f"{content['repository']}:{content['tag']}"]))
        for each in content.values():
            yield from pulled(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from pulled(each)


def all_pulled(recording: Recording) -> set[str]:
    return {
        image for each in recording.resources if each.type.startswith("kubernetes:") for image in pulled(each.inputs)
    }


def test_without_a_mirror_images_come_from_their_publishers() -> None:
    assert all_pulled(deployed(EVERY_POD)) == {
        "milvusdb/milvus-backup:v0.6.0",
        "milvusdb/milvus:v2.6.20",
        "milvusdb/etcd:3.5.25-r1",
        "zilliz/attu:v2.5.12",
        "public.ecr.aws/docker/library/python:3.13-slim",
        "public.ecr.aws/eks/aws-load-balancer-controller:v3.5.0",
    }


def test_with_a_mirror_every_image_comes_from_it() -> None:
    assert all_pulled(deployed(NO_NAT, {"network": {"nat": "none"}, **EVERY_POD})) == {
        f"{MIRROR}/milvusdb/milvus-backup:v0.6.0",
        f"{MIRROR}/milvusdb/milvus:v2.6.20",
        f"{MIRROR}/milvusdb/etcd:3.5.25-r1",
        f"{MIRROR}/zilliz/attu:v2.5.12",
        f"{MIRROR}/library/python:3.13-slim",
        f"{MIRROR}/eks/aws-load-balancer-controller:v3.5.0",
    }


def test_the_documentation_lists_what_a_mirror_must_hold() -> None:
    page = (ROOT / "docs" / "adopting.md").read_text(encoding="utf-8")
    for image in all_pulled(deployed(NO_NAT, EVERY_POD)):
        assert image.replace(MIRROR, "<milvus.registry>") in page
    assert page.count("<milvus.registry>/") == len(images.ALL)


@pytest.mark.parametrize(
    ("registry", "region", "private"),
    [
        (MIRROR, "us-east-1", True),
        ("123456789012.dkr.ecr.us-gov-west-1.amazonaws.com", "us-gov-west-1", True),
        (MIRROR, "us-west-2", False),
        ("public.ecr.aws/hub", "us-east-1", False),
        ("registry.corp.internal/hub", "us-east-1", False),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com.corp.internal", "us-east-1", False),
    ],
)
def test_endpoints_reach_ecr_in_the_region_alone(registry: str, region: str, private: bool) -> None:
    assert images.in_private_ecr(registry, region) is private
