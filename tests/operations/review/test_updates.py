"""Updates that AWS refuses or that lose something: versions, Milvus' configuration, and final deletions."""

import json
from typing import Any

import pytest

from operations.review.changes import Preview, parse
from operations.review.guard import findings
from operations.review.milvus_config import DANGERS, changed

EKS, MSK = "aws:eks/cluster:Cluster", "aws:msk/configuration:Configuration"
RELEASE = "kubernetes:helm.sh/v3:Release"


def step(operation: str, type_: str, name: str, old: Any, new: Any, *paths: str) -> dict[str, Any]:
    urn = f"urn:pulumi:prod::milvus-on-aws::{type_}::{name}"
    both = {"oldState": old, "newState": new}
    states = {
        key: {"urn": urn, "custom": True, "type": type_, "inputs": inputs}
        for key, inputs in both.items()
        if inputs is not None
    }
    detailed = {path: {"kind": "update"} for path in paths}
    return {"op": operation, "urn": urn, "detailedDiff": detailed, **states}


def said(preview: Preview, verdict: str) -> str:
    return "\n".join(
        f"{each.what} | {each.causes} | {each.instead}" for each in findings(preview) if each.verdict == verdict
    )


def preview(*steps: dict[str, Any]) -> Preview:
    return parse({"steps": list(steps)})


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("1.34", "1.36", "one minor version at a time"),
        ("1.36", "1.35", "never takes a cluster back"),
        ("1.33", "1.36", "set cluster.version to 1.34"),
    ],
)
def test_an_upgrade_of_kubernetes_that_eks_refuses_is_stopped(old: str, new: str, reason: str) -> None:
    update = step("update", EKS, "cluster", {"version": old}, {"version": new}, "version")
    assert reason in said(preview(update), "stopped")
    assert f"version: {old} -> {new}" in said(preview(update), "stopped")


def test_an_upgrade_by_one_version_passes() -> None:
    update = step("update", EKS, "cluster", {"version": "1.35"}, {"version": "1.36"}, "version")
    assert said(preview(update), "stopped") == ""


def release(tag: str = "v2.6.20", **config: Any) -> dict[str, Any]:
    return {
        "chart": "milvus",
        "values": {"image": {"all": {"tag": tag}}, "extraConfigFiles": {"user.yaml": json.dumps(config)}},
    }


def of_milvus(old: dict[str, Any], new: dict[str, Any], path: str = "values.extraConfigFiles.user.yaml") -> Preview:
    return preview(step("update", RELEASE, "milvus-release", old, new, path))


def test_an_older_milvus_is_told_with_both_versions() -> None:
    seen = of_milvus(release("v2.6.21"), release("v2.6.19"), "values.image.all.tag")
    assert "Milvus goes back from v2.6.21 to v2.6.19" in said(seen, "expected")
    assert "goes back" not in said(of_milvus(release("v2.6.9"), release("v2.6.19"), "values.image.all.tag"), "expected")


def test_a_changed_configuration_is_told_key_by_key_with_both_values() -> None:
    old = release(log={"level": "info"}, quotaAndLimits={"enabled": True}, proxy={"ginLogging": False})
    new = release(log={"level": "debug"}, proxy={"ginLogging": False}, queryNode={"gracefulTime": 10})
    assert [str(each) for each in changed(of_milvus(old, new).changes[0])] == [
        "log.level: info -> debug",
        "queryNode.gracefulTime: set to 10",
        "quotaAndLimits.enabled: true -> Milvus' default (deleted)",
    ]
    assert "Milvus' configuration changes: log.level: info -> debug; queryNode" in said(of_milvus(old, new), "expected")


def tree(key: str, value: Any) -> dict[str, Any]:
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


WAYS = {"lower": (16, 4), "higher": (4, 16), "off": (True, False), "on": (False, True)}


@pytest.mark.parametrize("key", DANGERS)
def test_a_key_that_endangers_data_or_service_stops_the_change_in_its_way_only(key: str) -> None:
    old, new = WAYS[DANGERS[key].changes[0]]
    forth = of_milvus(release(**tree(key, old)), release(**tree(key, new)))
    back = of_milvus(release(**tree(key, new)), release(**tree(key, old)))
    assert DANGERS[key].lost in said(forth, "stopped")
    assert said(back, "stopped") == ""


def test_a_shorter_retention_says_what_expires() -> None:
    def configuration(hours: int) -> dict[str, str]:
        return {"serverProperties": f"log.retention.hours={hours}\nnum.partitions=1"}

    shorter = preview(
        step("create", MSK, "kafka-configuration-2", None, configuration(168)),
        step("delete", MSK, "kafka-configuration-1", configuration(2160), None),
    )
    assert "messages older than 168 hours expire, which were kept for 2160" in said(shorter, "expected")
    longer = preview(
        step("create", MSK, "kafka-configuration-2", None, configuration(2160)),
        step("delete", MSK, "kafka-configuration-1", configuration(168), None),
    )
    assert "expire" not in said(longer, "expected")


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "what connected by it is refused from then on"),
        ("aws:ec2/route:Route", "what went out by it has no way out from then on"),
        ("aws:iam/rolePolicy:RolePolicy", "whoever works by it is denied from then on"),
        ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "what it let in is kept out from then on"),
    ],
)
def test_a_deletion_for_good_is_no_replacement(type_: str, text: str) -> None:
    gone = said(preview(step("delete", type_, "it", {"a": 1}, None)), "expected")
    assert f"deleted, and nothing takes its place: {text}" in gone
    replaced = said(preview(step("replace", type_, "it", {"a": 1}, {"a": 2}, "a")), "expected")
    assert "nothing takes its place" not in replaced
    assert replaced
