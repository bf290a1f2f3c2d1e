"""Wrong values in objects of the program, one at a time, with what the API server says of each."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

from rehearsal.cloud.resource import Resource
from tests.components.deployed import MILVUS, deploy_attu, deploy_milvus
from tests.deployments import Sections, deployed

NAMESPACE, JOB, ATTU = "milvus-namespace", "milvus-probe", "attu-deployment"
PATCH = "kubernetes:apps/v1:DeploymentPatch"
PROMETHEUS: Sections = {
    "stack": "prod",
    "milvus": {"monitoringNamespace": "monitoring"},
    "monitoring": {"prometheus": "existing", "labels": {"release": "prometheus"}},
}
Objects = dict[str, Resource]

TEMPLATE = "spec.template.spec"
CONTAINER = f"{TEMPLATE}.containers.0"
SCRAPED = "spec.podMetricsEndpoints.0"
WRONG: list[tuple[str, str, Any, str, str]] = [
    # name of the resource, path, wrong value, object and path in the answer, reason in the answer
    (NAMESPACE, "metadata.labels.pod-security/kubernetes/io~enforce", "base-line", "metadata.labels", "must be one of"),
    (NAMESPACE, "metadata.name", "Milvus", "metadata.name", "RFC 1123"),
    (NAMESPACE, "metadata.labels.team", "a b", "metadata.labels", "a valid label must be"),
    (NAMESPACE, "metadata.annotations", {"a b": "c"}, "metadata.annotations", "name part must consist of"),
    ("milvus-kafka", "immutable", "yes", "immutable", "expected boolean"),
    ("milvus-kafka", "data", {"password": "not base64"}, "data", "illegal base64"),
    ("milvus-kafka", "stringData", {"pass word": "x"}, "data[pass word]", "a valid config key must consist"),
    ("milvus-probe-script", "data", {"a/b": "x"}, "data[a/b]", "a valid config key must consist"),
    ("milvus-probe-script", "data.probe", 5, "data", "expected string"),
    (
        JOB,
        f"{CONTAINER}.resources.requests.memory",
        "256Mi",
        "containers[0].resources.requests",
        "must be less than or equal to memory limit",
    ),
    (
        JOB,
        f"{CONTAINER}.resources.limits.memory",
        "128MB",
        "containers.0.resources.limits.memory",
        "quantities must match",
    ),
    (JOB, f"{CONTAINER}.volumeMounts.0.name", "scripts", "containers[0].volumeMounts[0].name", "Not found"),
    (JOB, f"{CONTAINER}.volumeMounts.0.mountPath", "", "containers[0].volumeMounts[0].mountPath", "Required value"),
    (
        JOB,
        f"{TEMPLATE}.securityContext.seccompProfile.type",
        "runtimeDefault",
        "securityContext.seccompProfile.type",
        "Unsupported value",
    ),
    (JOB, f"{TEMPLATE}.securityContext.runAsUser", -1, "securityContext.runAsUser", "must be between"),
    (JOB, f"{TEMPLATE}.restartPolicy", "Always", "spec.template.spec.restartPolicy", "valid values"),
    (JOB, f"{TEMPLATE}.restartPolicy", "OnFailure", "restartPolicy", "Never"),
    (JOB, "spec.backoffLimit", -1, "spec.backoffLimit", "must be greater than or equal to 0"),
    (JOB, "spec.activeDeadlineSeconds", "soon", "activeDeadlineSeconds", "expected numeric"),
    (JOB, "spec.podFailurePolicy.rules.0.action", "Retry", "podFailurePolicy.rules[0].action", "Unsupported value"),
    (JOB, "spec.podFailurePolicy.rules.0.onExitCodes.values", [0], "onExitCodes.values", "must not be 0"),
    (JOB, f"{CONTAINER}.env.1.valueFrom.secretKeyRef.key", "", "valueFrom.secretKeyRef.key", "Required value"),
    (JOB, f"{CONTAINER}.env.1.value", "both", "env[1].valueFrom", "may not be specified when `value` is not empty"),
    (JOB, f"{CONTAINER}.terminationMessagePolicy", "Logs", "terminationMessagePolicy", "Unsupported value"),
    (
        JOB,
        f"{TEMPLATE}.volumes.0.configmap",
        {"name": "x"},
        "spec.template.spec.volumes",
        "field not declared in schema",
    ),
    (
        ATTU,
        f"{CONTAINER}.ports.0.name",
        "attu-management-1",
        "containers[0].ports[0].name",
        "must be no more than 15 characters",
    ),
    (
        ATTU,
        f"{CONTAINER}.ports.0.containerPort",
        70000,
        "containers[0].ports[0].containerPort",
        "must be between 1 and 65535",
    ),
    (
        ATTU,
        f"{CONTAINER}.readinessProbe.httpGet.port",
        "attu-web-console-port",
        "httpGet.port",
        "must be no more than 15 characters",
    ),
    (
        ATTU,
        f"{CONTAINER}.readinessProbe.periodSeconds",
        -5,
        "readinessProbe.periodSeconds",
        "must be greater than or equal to 0",
    ),
    (
        ATTU,
        f"{CONTAINER}.securityContext.privileged",
        True,
        "containers[0].securityContext",
        "cannot set `allowPrivilegeEscalation`",
    ),
    (
        ATTU,
        f"{CONTAINER}.securityContext.capabilities.add",
        ["SYS_ADMIN"],
        "Pod of Deployment",
        'violates PodSecurity "baseline',
    ),
    (ATTU, f"{TEMPLATE}.hostNetwork", True, "Pod of Deployment", 'violates PodSecurity "baseline'),
    (ATTU, f"{TEMPLATE}.serviceAccountName", "nobody", "Pod of Deployment", 'serviceaccount "nobody" not found'),
    (ATTU, f"{TEMPLATE}.priorityClassName", "urgent", "Pod of Deployment", "no PriorityClass with name urgent"),
    (ATTU, "spec.selector.matchLabels", {"app": "other"}, "spec.template.metadata.labels", "`selector` does not match"),
    (ATTU, "spec.replicas", -1, "spec.replicas", "must be greater than or equal to 0"),
    (ATTU, "spec.strategy", {"type": "Rolling"}, "spec.strategy", "Unsupported value"),
    (ATTU, f"{CONTAINER}.image", " ", "containers[0].image", "must not have leading or trailing whitespace"),
    ("attu-service", "spec.ports.0.port", 0, "spec.ports[0].port", "must be between 1 and 65535"),
    ("attu-service", "spec.type", "Internal", "spec.type", "Unsupported value"),
    ("attu-service", "spec.clusterIP", "10.9.9.9", "spec.clusterIPs", "does not match the current range"),
    ("milvus-etcd", "spec.maxUnavailable", "half", "spec.maxUnavailable", "a valid percent"),
    ("milvus-etcd", "spec.minAvailable", 1, "spec", "minAvailable and maxUnavailable cannot be both set"),
    (
        "milvus-etcd",
        "spec.unhealthyPodEvictionPolicy",
        "Always",
        "spec.unhealthyPodEvictionPolicy",
        "Unsupported value",
    ),
    (
        "milvus-clients",
        "spec.ingress.0.from.2.ipBlock.cidr",
        "10.0.0.0/33",
        "ingress[0].from[2].ipBlock.cidr",
        "valid CIDR",
    ),
    ("milvus-clients", "spec.ingress.0.ports.0.protocol", "HTTP", "ingress[0].ports[0].protocol", "Unsupported value"),
    ("milvus-clients", "spec.policyTypes", ["Inbound"], "spec.policyTypes[0]", "Unsupported value"),
    ("milvus-milvus", "spec.targetType", "pod", "spec.targetType", "Unsupported value"),
    ("milvus-milvus", "spec.serviceRef.port", None, "spec.serviceRef.port", "Required value"),
    ("milvus-milvus", "spec.targetGroupArn", "arn:x", "spec.targetGroupArn", "field not declared in schema"),
    (
        "milvus-proxy",
        f"{TEMPLATE}.terminationGracePeriodSeconds",
        "130s",
        "terminationGracePeriodSeconds",
        "expected numeric",
    ),
    (
        "milvus-proxy",
        f"{CONTAINER}.lifecycle.preStop.sleep.seconds",
        -1,
        "lifecycle.preStop.sleep",
        "must be non-negative and less than",
    ),
    ("prometheus-milvus", "spec.selector", None, "spec.selector", "Required value"),
    ("prometheus-milvus", f"{SCRAPED}.metricRelabelings.0.action", "filter", "[0].action", "Unsupported value"),
    ("prometheus-etcd", f"{SCRAPED}.interval", "30 s", "podMetricsEndpoints[0].interval", "should match"),
    (
        "prometheus-etcd",
        f"{SCRAPED}.relabelings.0.target",
        "a",
        "relabelings[0].target",
        "field not declared in schema",
    ),
    ("prometheus-rules", "spec.groups.0.interval", "often", "spec.groups[0].interval", "should match"),
    ("prometheus-rules", "spec.groups.0.rules.0.expr", None, "rules[0].expr", "Required value"),
    ("prometheus-rules", "spec.groups.0.rules.0.labels.severity", 1, "labels.severity", "expected string"),
]


def named(type_: str, name: str) -> str:
    """Budgets and policies share names with others: those of etcd are budgets, those of clients policies."""
    return {
        ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "milvus-etcd"): "policy-etcd",
        ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "milvus-milvus"): "policy-milvus",
        ("kubernetes:policy/v1:PodDisruptionBudget", "milvus-proxy"): "budget-proxy",
    }.get((type_, name), name)


@cache
def objects() -> Objects:
    """What the program makes, by its name in the program."""
    parts = [*deploy_milvus(replace(MILVUS, grace_seconds={"proxy": 130})).resources, *deploy_attu().resources]
    whole = [each for each in deployed(PROMETHEUS).resources if "monitoring.coreos.com" in each.type]
    return {
        named(each.type, each.name): Resource(each.type, f"milvus/{each.name}", inputs=each.inputs)
        for each in [*parts, *whole]
        if each.type.startswith("kubernetes:") and "Release" not in each.type
    }


def changed(inputs: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a path; None takes it away. `~` stands for a slash in a key, `/` for a dot."""
    copy = json.loads(json.dumps(inputs))
    *steps, last = [step.replace("/", ".").replace("~", "/") for step in path.split(".")]
    part = copy
    for step in steps:
        part = part[int(step) if step.isdigit() else step]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return copy


def broken(name: str, path: str, value: Any) -> Resource:
    """The object of that name, with a wrong value, under a name that no other wrong object has."""
    resource = objects()[name]
    inputs = changed(resource.inputs, path, value)
    if name != NAMESPACE and resource.type != PATCH:
        inputs["metadata"]["name"] = (
            f"wrong-{[(each[0], each[1], each[2]) for each in WRONG].index((name, path, value))}"
        )
    return replace(resource, inputs=inputs)
