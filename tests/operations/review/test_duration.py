"""Predicted minutes of an update, for small previews. planning/timing/durations.json has MSK 30/8, EKS 12, Milvus 6."""

from typing import Any

import pytest

from operations.review.duration import duration

TYPES = {
    "vpc": "aws:ec2/vpc:Vpc",
    "kafka": "aws:msk/cluster:Cluster",
    "users": "aws:msk/scramSecretAssociation:ScramSecretAssociation",
    "milvus": "kubernetes:helm.sh/v3:Release",
    "nodes": "aws:eks/nodeGroup:NodeGroup",
    "eks": "aws:eks/cluster:Cluster",
    "logs": "aws:cloudwatch/logGroup:LogGroup",
}
INPUTS: dict[str, dict[str, Any]] = {
    "kafka": {"numberOfBrokerNodes": 3},
    "milvus": {"chart": "milvus"},
    "nodes": {"scalingConfig": {"desiredSize": 2}},
}


def urn(name: str) -> str:
    return f"urn:pulumi:s::p::{TYPES[name]}::{name}"


def step(name: str, operation: str = "same", *after: str, path: str = "") -> dict[str, Any]:
    state: dict[str, Any] = {
        "urn": urn(name),
        "type": TYPES[name],
        "custom": True,
        "inputs": INPUTS.get(name, {}),
        "dependencies": [urn(each) for each in after],
    }
    old = {} if operation == "create" else {"oldState": {**state, "delete": operation == "replace"}}
    new = {} if operation == "delete" else {"newState": state}
    return {"op": operation, "urn": urn(name), **old, **new, "detailedDiff": {path: {"kind": "update"}} if path else {}}


def minutes(*steps: dict[str, Any]) -> tuple[float, tuple[str, ...]]:
    found = duration({"steps": steps})
    assert found
    return round(found.minutes, 6), found.waits_for


def test_what_does_not_change_takes_no_time_and_still_keeps_its_place() -> None:
    steps = (
        step("kafka", "update", path="kafkaVersion"),
        step("users", "same", "kafka"),
        step("milvus", "update", "users", path="values.image"),
        step("eks", "update", path="version"),
    )
    assert minutes(*steps) == (3 * 12.5 + 6, ("kafka", "milvus"))


def test_what_is_replaced_is_made_on_the_way_and_deleted_when_all_is_there() -> None:
    steps = (
        step("kafka", "replace"),
        step("users", "replace", "kafka"),
        step("milvus", "update", "users", path="values"),
    )
    assert minutes(*steps) == (30 + 10 + 6 + 8, ("kafka", "users", "milvus", "kafka (deleted)"))


def test_a_new_stack_takes_what_its_creation_takes_whatever_changes_now() -> None:
    found = duration({"steps": [step("vpc"), step("kafka", "same", "vpc"), step("users", "same", "kafka")]})
    assert found
    assert (found.minutes, found.new_stack_minutes) == (0, 0.5 + 30 + 10)


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("kafka", "brokerNodeGroupInfo.instanceType", 37.5),
        ("kafka", "brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize", 5),
        ("kafka", "numberOfBrokerNodes", 30),
        ("nodes", "launchTemplate.version", 8),
        ("nodes", "scalingConfig.desiredSize", 3),
        ("eks", "version", 12),
        ("eks", "vpcConfig.publicAccessCidrs[0]", 3),
        ("users", "secretArnLists[1]", 10),
        ("milvus", "values.image.all.tag", 6),
        ("logs", "retentionInDays", 0.05),
        ("milvus", "", 0.05),
    ],
)
def test_a_change_in_place_takes_its_own_minutes(name: str, path: str, expected: float) -> None:
    assert minutes(step(name, "update", path=path))[0] == expected


def test_nothing_is_predicted_from_a_part() -> None:
    assert duration({"steps": [step("users", "update", "kafka", path="secretArnLists[1]")]}) is None
    assert duration({"steps": []}) is None
    error = {"severity": "error", "message": "error: preview failed"}
    assert duration({"steps": [step("kafka", "create")], "diagnostics": [error]}) is None
