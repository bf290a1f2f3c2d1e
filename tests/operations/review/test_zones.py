"""What takes the last nodes away from a zone is stopped, whatever its reason, for etcd's volumes stay there."""

from typing import Any

import pytest

from operations.review.changes import parse
from operations.review.guard import findings, report
from policies.rule import UNKNOWN

NODES, SUBNET = "aws:eks/nodeGroup:NodeGroup", "aws:ec2/subnet:Subnet"
Step = dict[str, Any]


def step(op: str, type_: str, name: str, old: Step | None, new: Step | None, **state: Any) -> Step:
    urn = f"urn:pulumi:dev::milvus-on-aws::{type_}::{name}"
    both = {"urn": urn, "type": type_, "custom": True, **state}
    made: Step = {"op": op, "urn": urn}
    if old is not None:
        made["oldState"] = {**both, "inputs": old}
    if new is not None:
        made["newState"] = {**both, "inputs": new}
    return made


def subnet(op: str, name: str, zone: str, **more: Any) -> Step:
    inputs = {"availabilityZone": zone, **more}
    old, new = (None if op == "create" else inputs), (None if op == "delete" else inputs)
    return step(op, SUBNET, name, old, new, **({} if op == "create" else {"id": f"id-of-{name}"}))


def group(subnets: Any, **more: Any) -> Step:
    return {"subnetIds": subnets, "scalingConfig": {"desiredSize": 2}, "taints": [], **more}


A, B = subnet("same", "private-a", "us-east-1a"), subnet("same", "private-b", "us-east-1b")
IN_A, IN_B = group(["id-of-private-a"]), group(["id-of-private-b"])
RESERVED = [{"key": "pool", "value": "queryNode", "effect": "NO_SCHEDULE"}]


def nodes(op: str, old: Step | None, new: Step | None, name: str = "shared-a", **state: Any) -> Step:
    return step(op, NODES, name, old, new, **state)


def from_new_subnet(zone: str) -> list[Step]:
    """A replaced group whose subnet is not there yet."""
    made = subnet("create", "new", zone)
    known: dict[str, Any] = {"propertyDependencies": {"subnetIds": [made["urn"]]}}
    return [made, nodes("replace", IN_A, group([UNKNOWN]), **known)]


MOVED = {
    "the list of zones changed": [nodes("delete", IN_A, None), nodes("create", None, IN_B, "shared-b"), A, B],
    "the group's subnet changed": [nodes("replace", IN_A, IN_B), A, B],
    "the group's subnet is a new one elsewhere": [A, *from_new_subnet("us-east-1b")],
    "the group is gone": [nodes("delete", IN_A, None), nodes("same", IN_B, IN_B, "shared-b"), A, B],
    "the group is empty": [
        nodes("update", IN_A, group(["id-of-private-a"], scalingConfig={"desiredSize": 0})),
        nodes("same", IN_B, IN_B, "shared-b"),
        A,
        B,
    ],
    "the group is reserved for others": [nodes("update", IN_A, {**IN_A, "taints": RESERVED}), A, B],
    "what is left is reserved for others": [
        nodes("delete", IN_A, None),
        nodes("same", {**IN_A, "taints": RESERVED}, {**IN_A, "taints": RESERVED}, "query-a"),
        A,
    ],
}
STAYS = {
    "other machines in its place": [nodes("delete", IN_A, None), nodes("create", None, IN_A, "larger-a"), A],
    "other nodes are left": [nodes("delete", IN_A, None), nodes("same", IN_A, IN_A, "other-a"), A],
    "another subnet of its zone": [A, *from_new_subnet("us-east-1a")],
    "a group that was reserved for others": [nodes("delete", {**IN_A, "taints": RESERVED}, None), A],
    "a further zone": [nodes("create", None, IN_B, "shared-b"), nodes("same", IN_A, IN_A), A, B],
    "fewer nodes": [nodes("update", IN_A, group(["id-of-private-a"], scalingConfig={"desiredSize": 1})), A],
    "a first deployment": [
        nodes("delete", IN_A, None),
        step("create", "kubernetes:helm.sh/v3:Release", "milvus-release", None, {"chart": "milvus"}),
        A,
    ],
}


def stopped(steps: list[Step]) -> list[str]:
    return [each.what for each in findings(parse({"steps": steps})) if each.verdict == "stopped"]


@pytest.mark.parametrize("reason", MOVED)
def test_nodes_that_leave_a_zone_are_stopped(reason: str) -> None:
    (what,) = stopped(MOVED[reason])
    assert what.startswith("us-east-1a: no nodes are left there for etcd's pods, whose volumes can't leave their zone")
    assert "--show-sames" not in what


@pytest.mark.parametrize("reason", STAYS)
def test_nodes_that_stay_in_their_zones_may_change(reason: str) -> None:
    assert stopped(STAYS[reason]) == []


def test_a_subnet_of_somebody_else_is_named_and_may_be_allowed() -> None:
    """Of an existing VPC, of which a preview knows ids alone."""
    steps = [nodes("replace", group(["subnet-1"]), group(["subnet-2"])), nodes("same", IN_B, IN_B, "shared-b")]
    seen = parse({"steps": steps})
    assert stopped(steps)[0].startswith("subnet-1: no nodes are left there")
    text = report(seen, findings(seen, ["shared-a"]))
    assert "instead: keep the zones of nodes (network.zones); a subnet that is no more than another one" in text
    assert [each.verdict for each in findings(seen, ["shared-a"])] == ["allowed"]


def test_without_what_stays_as_it_is_nobody_can_tell() -> None:
    (what,) = stopped([nodes("delete", IN_A, None)])
    assert what.endswith("this preview does not list what stays as it is: make it with --show-sames to know")
