"""Refuses to destroy a stack that holds protected resources, before the engine starts.

`protect` alone does not: the engine deletes everything else first, and fails at the protected resource with the rest
gone (tried: 17 of 18 resources). Left out: the destroying, which `make down` does when this has nothing to say.
"""

import json
import subprocess
from typing import Any, NamedTuple

from operations.stack import ROOT, StackError, cli

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
    deployment: dict[str, Any] = state.get("deployment") or {}
    resources: list[dict[str, Any]] = deployment.get("resources") or []
    for resource in resources:
        name, kind = str(resource["urn"]).rsplit("::", 1)[1], str(resource["type"])
        if resource.get("protect"):
            found.append(Protected(name, kind, "protect"))
        elif kind in GUARDED_BY and resource.get("inputs", {}).get(GUARDED_BY[kind]):
            found.append(Protected(name, kind, GUARDED_BY[kind]))
    return found


def refusal(stack: str, found: list[Protected]) -> str:
    """What the person reads instead of a half-destroyed stack."""
    listed = "\n".join(f"  {each.name} ({each.type}, {each.by})" for each in found)
    return (
        f"stack {stack} holds {len(found)} protected resources; nothing was deleted:\n{listed}\n"
        "Their data can't be made again. To delete them all the same: back up what you need (docs/operations.md), set\n"
        f"  pulumi config set milvus-on-aws:protect false --stack {stack}\n"
        f"  pulumi config set --path milvus-on-aws:bucket.forceDestroy true --stack {stack}\n"
        f"then `make up STACK={stack}`, which only takes the protection off, then `make down STACK={stack}` again."
    )


def exported(stack: str) -> dict[str, Any]:
    """The stack's state. Raises StackError."""
    answer = subprocess.run([cli(), "stack", "export", "--stack", stack], cwd=ROOT, capture_output=True, text=True)
    if answer.returncode:
        raise StackError(f"the state of stack {stack} can't be read: {answer.stderr.strip()}")
    return json.loads(answer.stdout)
