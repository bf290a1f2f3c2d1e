"""Turns a planned deployment into Kubernetes objects: nodes, and what makes its pods.

Milvus' Deployments are those that the chart renders from the program's own values, as far as they matter for
scheduling; charts and add-ons that belong to neither stand for their requests alone.
"""

from collections.abc import Iterator
from typing import Any

from arguments.milvus import etcd, roles
from planning.chart.availability import budgets
from planning.chart.helm_values import Release, helm_values
from planning.chart.names import RoleName, deployment, etcd_labels, role_labels
from planning.deployment import PodGroup
from planning.estimate import Estimate
from planning.fleet.capacity import NodeGroup
from planning.fleet.instances import catalogue
from testbed.kubernetes.api import Object

NAMESPACE = RELEASE = "milvus"
STORAGE_CLASS = "gp3"
ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
COMPONENT = "milvus-on-aws/component"
"""Label of every pod here: the name of its group in the plan."""


def names(plan: Estimate) -> Iterator[tuple[str, NodeGroup, str]]:
    """Name, group and zone of each planned node."""
    for number, group in enumerate(plan.fleet.groups):
        for zone in group.zones:
            for index in range(group.nodes_a_zone):
                yield f"{group.pool.lower()}-{number}-{zone}-{index}", group, zone


def node(name: str, group: NodeGroup, zone: str) -> dict[str, Any]:
    """A node, with what its daemons leave to other pods."""
    item = catalogue()[group.instance]
    room = {
        "cpu": f"{item.millicpu}m",
        "memory": f"{item.mib}Mi",
        "pods": str(item.pods),
        "ephemeral-storage": f"{item.nvme_gib or group.root_volume_gib}Gi",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {ZONE: zone, HOST: name, **group.labels}},
        "spec": {"taints": taints(group)},
        "status": {
            "capacity": room,
            "allocatable": room,
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ready"}],
        },
    }


def taints(group: NodeGroup) -> list[dict[str, str]]:
    return [{"key": key, "value": value, "effect": "NoSchedule"} for key, value in group.taints.items()]


def surroundings() -> list[Object]:
    """What must exist before the pods."""
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": STORAGE_CLASS},
            "provisioner": "ebs.csi.aws.com",
            "volumeBindingMode": "WaitForFirstConsumer",
        },
    ]


def workloads(plan: Estimate) -> Iterator[dict[str, Any]]:
    """Deployments, etcd's StatefulSet, and disruption budgets."""
    of_roles, of_etcd = roles(plan), etcd(plan, keep_volumes=False)
    values = helm_values(
        Release(
            name=RELEASE,
            roles=of_roles,
            etcd=of_etcd,
            storage_class=STORAGE_CLASS,
            region=plan.region,
            bucket_name="bucket",
            kafka_bootstrap_servers="kafka:9096",
            role_arn="arn:aws:iam::123456789012:role/milvus",
            service_account="milvus",
            prefix="milvus",
            root_path="milvus",
            environment={},
            credentials_hash="",
            strict_zones=any(pods.spread for pods in plan.deployment.roles),
        )
    )
    for role in of_roles:
        yield _deployment(role, values[role])
    yield _stateful_set(values["etcd"])
    for group in plan.deployment.system:
        yield _system(group)
    for component, budget in budgets(RELEASE, of_roles, of_etcd).items():
        yield {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": component, "namespace": NAMESPACE},
            "spec": {
                "maxUnavailable": budget.max_unavailable,
                "unhealthyPodEvictionPolicy": "AlwaysAllow",
                "selector": {"matchLabels": dict(budget.labels)},
            },
        }


def _deployment(role: RoleName, values: dict[str, Any]) -> dict[str, Any]:
    """As the chart's templates make it; a mixCoordinator without standby is created anew, never beside an old one."""
    alone = role == "mixCoordinator" and not values["activeStandby"]["enabled"]
    strategy = {"type": "Recreate"} if alone else values.get("strategy", {})
    spec = {"replicas": values["replicas"], "strategy": strategy}
    return _owner("Deployment", deployment(RELEASE, role), role, role_labels(RELEASE, role), values, spec)


def _stateful_set(values: dict[str, Any]) -> dict[str, Any]:
    """etcd, as Bitnami's chart makes it: all members start at once."""
    size = {"requests": {"storage": values["persistence"]["size"]}}
    claim = {
        "storageClassName": values["persistence"]["storageClass"],
        "accessModes": ["ReadWriteOnce"],
        "resources": size,
    }
    spec = {
        "replicas": values["replicaCount"],
        "serviceName": "etcd",
        "podManagementPolicy": "Parallel",
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}],
    }
    return _owner("StatefulSet", f"{RELEASE}-etcd", "etcd", etcd_labels(RELEASE), values, spec)


def _system(group: PodGroup) -> dict[str, Any]:
    requests = {"requests": {"cpu": f"{group.millicpu}m", "memory": f"{group.mib}Mi"}}
    labels = {"app.kubernetes.io/name": group.name}
    return _owner("Deployment", group.name, group.name, labels, {"resources": requests}, {"replicas": group.count})


def _owner(
    kind: str, name: str, component: str, labels: dict[str, str], values: dict[str, Any], spec: dict[str, Any]
) -> dict[str, Any]:
    """An object that makes pods, from the values of its chart that matter for scheduling."""
    pod = {key: values[key] for key in ("nodeSelector", "tolerations", "topologySpreadConstraints") if key in values}
    container = {"name": "container", "image": "any", "resources": values["resources"]}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            **spec,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": {**labels, COMPONENT: component}},
                "spec": {**pod, "containers": [container]},
            },
        },
    }
