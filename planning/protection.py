"""Which resources of a deployed stack refuse to be deleted: by Pulumi's `protect`, or by AWS itself.

Below operations/ (which refuses to destroy them) and rehearsal/ (which has to take the protection off), for both ask.
"""

from typing import Any, NamedTuple

GUARDED_BY = {
    "aws:eks/cluster:Cluster": "deletionProtection",
    "aws:lb/loadBalancer:LoadBalancer": "enableDeletionProtection",
}
"""Types that AWS itself refuses to delete while this input is true."""


class Protected(NamedTuple):
    name: str
    type: str
    by: str
    """`protect` (Pulumi refuses), or the input by which AWS refuses."""


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


def resources(state: dict[str, Any]) -> list[dict[str, Any]]:
    deployment: dict[str, Any] = state.get("deployment") or {}
    return deployment.get("resources") or []
