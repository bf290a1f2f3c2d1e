"""Predicts how long an update, and a new stack, will take, from a preview that lists every resource (`--show-sames`).

It uses the rehearsal's clock (planning/timing/clock.py) on the dependencies that the preview names, and adds the
minutes of changes in place. Throttling by AWS, and pods that do not start, are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operations.review.changes import Change, parse
from operations.review.disruption import MSK, NODES, ROLLING_KAFKA, ROLLING_NODES, touches
from planning.timing import clock
from policies.rule import at
from rehearsal.protocol.wire import name_of

EKS = "aws:eks/cluster:Cluster"
AS_LONG_AS_CREATION = frozenset(
    {
        "aws:eks/addon:Addon",
        "aws:msk/scramSecretAssociation:ScramSecretAssociation",
        "kubernetes:helm.sh/v3:Release",
    }
)
"""Types whose update takes as long as their creation, because it waits for the same pods or users."""

# Minutes of updates. docs.aws.amazon.com/msk/latest/developerguide/msk-update-broker-type.html: 10 to 15 for each
# broker. More storage is available "right away" (msk-update-storage.html), but the cluster is ACTIVE only minutes
# later.
A_BROKER, KAFKA_IN_PLACE = 12.5, 5
# docs.aws.amazon.com/eks/latest/userguide/update-cluster.html ("several minutes" for both kinds of update).
CONTROL_PLANE, CLUSTER_IN_PLACE = 12, 3
# docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html: one new node at a time, then one drained.
A_NODE_REPLACED, NODES_ADDED = 4, 3
IN_PLACE = 0.05


@dataclass(frozen=True, kw_only=True)
class Duration:
    """Predicted minutes of an update, and of a new stack."""

    minutes: float
    waits_for: tuple[str, ...]
    """Names of the changes on the critical path, in their order."""
    new_stack_minutes: float
    """Minutes until a new stack of the same program is ready."""


def duration(content: Mapping[str, Any]) -> Duration | None:
    """The predicted duration; None for a preview that failed or does not list all resources, and so all
    dependencies."""
    preview = parse(content)
    before: dict[str, Mapping[str, Any]] = {}
    after: dict[str, Mapping[str, Any]] = {}
    for step in content["steps"]:
        if old := step.get("oldState"):
            before.setdefault(step["urn"], old)
        if new := step.get("newState"):
            after.setdefault(step["urn"], new)
    if preview.errors or not listed(after):
        return None
    changes = {change.urn: change for change in preview.changes}
    graph = clock.Graph(list(after.values()))

    def of_update(resource: Mapping[str, Any]) -> float:
        return minutes(changes[resource["urn"]], resource) if resource["urn"] in changes else 0.0

    spans = clock.creation(graph, of_update)
    new = clock.creation(graph)
    # The engine deletes removed and replaced resources (these are marked in the state) after everything else is done.
    gone = [
        {**before[urn], "delete": False}
        for urn, change in changes.items()
        if change.operation in ("delete", "replace") and urn in before
    ]
    levels = [level for level in clock.destruction(clock.Graph(gone)) if level.minutes > 1]
    slow = [urn for urn in clock.critical_path(spans) if of_update(graph.resources[urn]) > 1]
    return Duration(
        minutes=max((span.finish for span in spans.values()), default=0.0) + sum(level.minutes for level in levels),
        waits_for=(*map(name_of, slow), *(f"{name_of(level.slowest)} (deleted)" for level in levels)),
        new_stack_minutes=max((span.finish for span in new.values()), default=0.0),
    )


def listed(resources: Mapping[str, Mapping[str, Any]]) -> bool:
    """True if the resources include all dependencies of each, and more than the stack itself."""
    named = {urn for each in resources.values() for urn in each.get("dependencies") or ()}
    return any(each.get("custom") for each in resources.values()) and named <= set(resources)


def minutes(change: Change, resource: Mapping[str, Any]) -> float:
    """Minutes of one change: those of the creation if the resource is created or replaced, else those of the update."""
    if change.operation in ("create", "replace"):
        return clock.minutes(resource)
    if change.operation != "update":
        return 0.0
    if not change.paths:
        return IN_PLACE
    if change.type in AS_LONG_AS_CREATION:
        return clock.minutes(resource)
    if change.type == MSK:
        if touches(change, ("numberOfBrokerNodes",)):
            return clock.minutes(resource)  # adding brokers takes as long as creating the first ones
        brokers = at(change.new, "numberOfBrokerNodes")
        rolling = touches(change, ROLLING_KAFKA) and isinstance(brokers, int | float)
        return A_BROKER * brokers if rolling else KAFKA_IN_PLACE
    if change.type == NODES:
        count = at(change.new, "scalingConfig.desiredSize")
        rolling = touches(change, ROLLING_NODES) and isinstance(count, int | float)
        return A_NODE_REPLACED * count if rolling else NODES_ADDED
    if change.type == EKS:
        return CONTROL_PLANE if "version" in change.paths else CLUSTER_IN_PLACE
    return IN_PLACE
