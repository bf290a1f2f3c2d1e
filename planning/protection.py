"""Finds the resources of a deployed stack that cannot be deleted because Pulumi (`protect`) or AWS protects them, and
those that a destroy leaves where they are (`retainOnDelete`).

It lies below operations/, which tells of both, and rehearsal/, which has to remove the protection first.
"""

from typing import Any, NamedTuple

GUARDED_BY = {
    "aws:eks/cluster:Cluster": "deletionProtection",
    "aws:lb/loadBalancer:LoadBalancer": "enableDeletionProtection",
}
"""The input, by resource type, that makes AWS refuse the deletion while it is true."""


class Protected(NamedTuple):
    """One protected resource, by its Pulumi name and type."""

    name: str
    type: str
    by: str
    """What protects it: `protect` (Pulumi refuses), or the name of the input for which AWS refuses."""


def protected(state: dict[str, Any]) -> list[Protected]:
    """Protected resources of an exported state (`pulumi stack export`)."""
    found: list[Protected] = []
    for resource in resources(state):
        name, kind = str(resource["urn"]).rsplit("::", 1)[1], str(resource["type"])
        if resource.get("protect"):
            found.append(Protected(name, kind, "protect"))
        elif kind in GUARDED_BY and resource.get("inputs", {}).get(GUARDED_BY[kind]):
            found.append(Protected(name, kind, GUARDED_BY[kind]))
    return found


class Retained(NamedTuple):
    """One resource that outlives its stack."""

    urn: str
    type: str
    id: str


def retained(state: dict[str, Any]) -> list[Retained]:
    """Resources of an exported state that a destroy forgets without deleting them."""
    return [
        Retained(str(each["urn"]), str(each["type"]), str(each.get("id", "")))
        for each in resources(state)
        if each.get("retainOnDelete")
    ]


def resources(state: dict[str, Any]) -> list[dict[str, Any]]:
    """All resources of an exported state; an empty list for a stack that was never deployed."""
    deployment: dict[str, Any] = state.get("deployment") or {}
    return deployment.get("resources") or []
