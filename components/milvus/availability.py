"""Keeps Milvus available while nodes are drained and pods replaced, by disruption budgets and longer grace periods.

The chart has neither (milvus-helm#313, pull request #262 is open), so both are created beside its release, as planned
(planning/chart/availability.py). The spread over zones and the order of a rollout are values of the chart
(planning/chart/helm_values.py).
"""

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.policy import v1 as policy

from planning.chart.availability import PRE_STOP_SECONDS, budgets
from planning.chart.helm_values import Etcd, Role
from planning.chart.names import COMPONENTS, RoleName, deployment


def disruption_budgets(
    name: str,
    namespace: pulumi.Input[str],
    release: str,
    roles: Mapping[RoleName, Role],
    etcd: Etcd,
    opts: pulumi.ResourceOptions,
) -> None:
    """Budgets that let as many pods of each role be away at a time as are planned."""
    for component, budget in budgets(release, roles, etcd).items():
        policy.PodDisruptionBudget(
            f"{name}-{component}",
            metadata={"namespace": namespace},
            spec={
                "max_unavailable": budget.max_unavailable,
                # A pod that never became healthy must not keep its node from being drained, either.
                "unhealthy_pod_eviction_policy": "AlwaysAllow",
                "selector": {"match_labels": dict(budget.labels)},
            },
            opts=opts,
        )


def stop_in_order(
    name: str,
    namespace: pulumi.Input[str],
    release: str,
    grace_seconds: Mapping[RoleName, int],
    revision: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> list[apps.DeploymentPatch]:
    """Patches the chart's Deployments, so that pods get longer grace periods and the proxy waits for its balancer.

    Helm keeps changes by others (three-way merge). `revision` changes with the release, so that a Deployment that was
    created anew is patched anew. After the first installation this restarts the pods once more, and Pulumi does not
    wait for that (pulumi-kubernetes#2455).
    """
    patches: list[apps.DeploymentPatch] = []
    for role, seconds in grace_seconds.items():
        pod: core.PodSpecPatchArgsDict = {"termination_grace_period_seconds": seconds}
        if role == "proxy":
            pre_stop: core.LifecycleHandlerPatchArgsDict = {"sleep": {"seconds": PRE_STOP_SECONDS}}
            pod["containers"] = [{"name": COMPONENTS[role], "lifecycle": {"pre_stop": pre_stop}}]
        patch = apps.DeploymentPatch(
            f"{name}-{COMPONENTS[role]}",
            metadata={
                "name": deployment(release, role),
                "namespace": namespace,
                "annotations": {"pulumi.com/patchForce": "true", "milvus-on-aws/revision": revision},
            },
            spec={"template": {"spec": pod}},
            # Undoing the patch on destroy would restart every pod just before the release is deleted.
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=True)),
        )
        patches.append(patch)
    return patches
