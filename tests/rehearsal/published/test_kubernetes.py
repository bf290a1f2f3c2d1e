"""What the Kubernetes API refuses in single objects: a right value, which is taken, beside a wrong one."""

from typing import Any

import pytest

from rehearsal.cloud.resource import dig
from rehearsal.protocol.wire import UNKNOWN, is_object
from rehearsal.published import kubernetes
from tests.rehearsal.published.test_documented import inputs_at

CONFIG, SECRET = "kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:Secret"
CRON, JOB = "kubernetes:batch/v1:CronJob", "kubernetes:batch/v1:Job"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
DISRUPTION = "kubernetes:policy/v1:PodDisruptionBudget"
NAMESPACE, SERVICE = "kubernetes:core/v1:Namespace", "kubernetes:core/v1:Service"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
STORAGE = "kubernetes:storage.k8s.io/v1:StorageClass"
WEIGHTS = "preferredDuringSchedulingIgnoredDuringExecution[].weight"
TERMS = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[].matchExpressions[]"

OBJECTS: list[tuple[str, str, Any, Any]] = [
    (CONFIG, "metadata.labels", {"example.org/a": "b"}, {"a b": "c"}),
    (CONFIG, "metadata.labels", {"a": "l" * 63}, {"a": 5}),
    (DEPLOYMENT, "spec.selector.matchLabels", {"a": "b"}, {"a/b/c": "d"}),
    (DEPLOYMENT, "spec.template.metadata.labels", {"a": "b"}, {"a": "b!"}),
    (CONFIG, "metadata.annotations", {"a": "any text, of any length"}, {"a": 5}),
    (CONFIG, "metadata.annotations", {"a": "x" * 1000}, {"a": "x" * 262144}),
    (CONFIG, "metadata.annotations", {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/a"},
     {"eks.amazonaws.com/role-arn": "role/a"}),
    (DEPLOYMENT, "spec.selector", {"matchLabels": {"a": "b"}}, {}),
    (DEPLOYMENT, "spec.template.spec.restartPolicy", "Always", "Never"),
    (DEPLOYMENT, "spec.strategy", {"type": "Recreate"}, {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}),
    (DEPLOYMENT, "spec.strategy.rollingUpdate", {"maxSurge": "25%", "maxUnavailable": 0},
     {"maxSurge": 0, "maxUnavailable": 0}),
    (DEPLOYMENT, "spec.strategy.rollingUpdate.maxUnavailable", "100%", "150%"),
    (DEPLOYMENT, "spec.strategy.rollingUpdate.maxSurge", "150%", "one"),
    (DEPLOYMENT, "spec.minReadySeconds", 599, 600),
    (JOB, "spec.ttlSecondsAfterFinished", 0, -1),
    (JOB, "spec.template.spec.restartPolicy", "Never", "Always"),
    (JOB, "spec", {"podFailurePolicy": {}, "template": {"spec": {"restartPolicy": "Never"}}},
     {"podFailurePolicy": {}, "template": {"spec": {"restartPolicy": "OnFailure"}}}),
    (JOB, "spec.podFailurePolicy.rules[].onExitCodes", {"operator": "In", "values": [1]},
     {"operator": "In", "values": [0]}),
    (JOB, "spec", {"completions": 1}, {"selector": {}}),
    (JOB, "metadata.name", "j" * 63, "j" * 64),
    (CRON, "metadata.name", "c" * 52, "c" * 53),
    (CRON, "spec.schedule", "0 3 * * *", "0 25 * * *"),
    (CRON, "spec.schedule", "*/5 * * * *", "every day"),
    (CRON, "spec.timeZone", "Europe/Berlin", "Mars/Base"),
    (CRON, "spec.concurrencyPolicy", "Forbid", "Deny"),
    (CRON, "spec.failedJobsHistoryLimit", 0, -1),
    (CRON, "spec.jobTemplate.spec.completions", 0, -1),
    (CRON, "spec.jobTemplate.spec.template.spec.restartPolicy", "OnFailure", "Always"),
    (CRON, "spec.jobTemplate.spec", {"template": {"spec": {"restartPolicy": "OnFailure"}}},
     {"podFailurePolicy": {}, "template": {"spec": {"restartPolicy": "OnFailure"}}}),
    (CRON, "spec.jobTemplate.spec.podFailurePolicy.rules[].onExitCodes.operator", "NotIn", "Equals"),
    (CONFIG, "data", {"probe.py": "x"}, {"a/b": "x"}),
    (CONFIG, "data", {"a": "x" * 1048000}, {"a": "x" * 1048576}),
    (SECRET, "data", {"a-b_c.d": "eA=="}, {"a b": "eA=="}),
    (SECRET, "stringData", {"password": "5"}, {"password": 5}),
    (SECRET, "", {"type": "kubernetes.io/tls", "data": {"tls.crt": "eA==", "tls.key": "eA=="}},
     {"type": "kubernetes.io/tls", "data": {"a": "eA=="}}),
    (NAMESPACE, "metadata.name", "a-b", "a.b"),
    (NAMESPACE, "metadata.labels", {"pod-security.kubernetes.io/enforce-version": "v1.35"},
     {"pod-security.kubernetes.io/enforce-version": "1.35"}),
    (SERVICE, "metadata.name", "milvus", "1a"),
    (SERVICE, "spec.ports", [{"port": 80}], [{"port": 80}, {"port": 81}]),
    (SERVICE, "spec.ports", [{"port": 80, "name": "a"}, {"port": 81, "name": "b"}],
     [{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]),
    (SERVICE, "spec.ports",
     [{"port": 53, "name": "a", "protocol": "TCP"}, {"port": 53, "name": "b", "protocol": "UDP"}],
     [{"port": 53, "name": "a"}, {"port": 53, "name": "b"}]),
    (SERVICE, "spec.sessionAffinity", "ClientIP", "Sticky"),
    (POLICY, "spec.policyTypes", ["Ingress"], ["ingress"]),
    (POLICY, "spec.ingress[].from[]", {"podSelector": {}, "namespaceSelector": {}},
     {"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}),
    (POLICY, "spec.egress[].to[]", {"ipBlock": {"cidr": "10.0.0.0/8"}},
     {"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}),
    (POLICY, "spec.ingress[].from[].ipBlock.cidr", "2001:db8::/32", "10.0.0.0"),
    (POLICY, "spec.egress[].to[].ipBlock", {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]},
     {"cidr": "10.0.0.0/8", "except": ["192.168.0.0/16"]}),
    (POLICY, "spec.ingress[].ports[]", {"port": 80, "endPort": 90}, {"port": 80, "endPort": 70}),
    (POLICY, "spec.egress[].ports[]", {"port": "metrics"}, {"endPort": 70}),
    (POLICY, "spec.podSelector.matchExpressions[]", {"key": "a", "operator": "Exists"}, {"key": "a", "operator": "Is"}),
    (DISRUPTION, "spec", {"maxUnavailable": "50%"}, {"maxUnavailable": 1, "minAvailable": 1}),
    (DISRUPTION, "spec.maxUnavailable", 0, -1),
    (STORAGE, "provisioner", "ebs.csi.aws.com", ""),
    (STORAGE, "parameters", {"iops": "3000"}, {"iops": 3000}),
    (STORAGE, "", {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}},
     {"provisioner": "ebs.csi.aws.com", "parameters": {"encrypt": "true"}}),
]  # fmt: skip
PODS: list[tuple[str, Any, Any]] = [
    ("containers", [{"name": "a"}, {"name": "b"}], [{"name": "a"}, {"name": "a"}]),
    ("containers", [{}], []),
    ("containers[].name", "attu", "Attu"),
    ("initContainers[].name", "a-1", "a_1"),
    ("volumes[].name", "tmp", "Tmp"),
    ("containers[].image", "123456789012.dkr.ecr.us-east-1.amazonaws.com/hub/zilliz/attu:v2.6", "Zilliz/attu:v2.6"),
    ("containers[].image", "python:3.13-slim", ""),
    ("initContainers[].image", f"localhost:5000/a@sha256:{'0' * 64}", "https://docker.io/zilliz/attu"),
    ("containers[].ports", [{"name": "a"}, {"name": "b"}], [{"name": "a"}, {"name": "a"}]),
    ("containers[].env[]", {"name": "A", "value": "5"}, {"name": "A", "value": 5}),
    ("initContainers[].env[]", {"name": "A", "valueFrom": {}}, {"name": "A", "valueFrom": {}, "value": "x"}),
    ("containers[].livenessProbe", {"tcpSocket": {}}, {"tcpSocket": {}, "successThreshold": 2}),
    ("containers[].startupProbe", {"httpGet": {"scheme": "HTTPS"}}, {"httpGet": {"scheme": "https"}}),
    ("containers[].readinessProbe", {"exec": {}, "successThreshold": 2}, {"exec": {}, "tcpSocket": {}}),
    ("securityContext", {"runAsNonRoot": True, "runAsUser": 1000}, {"runAsNonRoot": True, "runAsUser": 0}),
    ("containers[].securityContext.runAsUser", 0, -1),
    ("securityContext.seccompProfile", {"type": "RuntimeDefault"}, {"type": "Localhost"}),
    ("containers[].securityContext.seccompProfile", {"type": "Localhost", "localhostProfile": "a"},
     {"type": "Localhost"}),
    ("containers[].securityContext", {"privileged": True},
     {"privileged": True, "allowPrivilegeEscalation": False}),
    ("containers[].resources.requests", {"cpu": "500m", "memory": "2Gi"}, {"ram": "2Gi"}),
    ("containers[].resources.limits", {"nvidia.com/gpu": 1}, {"cpu": "-1"}),
    ("initContainers[].resources.requests", {"cpu": 0.5}, {"cpu": -0.5}),
    ("initContainers[].resources.limits", {"memory": "1e9"}, {"memory": "2GB"}),
    ("volumes", [{"name": "a"}, {"name": "b"}], [{"name": "a"}, {"name": "a"}]),
    ("volumes[]", {"name": "a", "emptyDir": {}}, {"name": "a", "emptyDir": {}, "configMap": {}}),
    ("volumes[].emptyDir.sizeLimit", "1Gi", "1GB"),
    ("tolerations[]", {"operator": "Exists"}, {"operator": "Exists", "value": "x"}),
    ("tolerations[]", {"effect": "NoExecute", "tolerationSeconds": 5},
     {"effect": "NoSchedule", "tolerationSeconds": 5}),
    ("topologySpreadConstraints[]", {"maxSkew": 1, "topologyKey": "a"}, {"maxSkew": 0, "topologyKey": "a"}),
    ("nodeSelector", {"milvus-on-aws/pool": "shared"}, {"a": "b c"}),
    (TERMS, {"key": "a", "operator": "In", "values": ["b"]}, {"key": "a", "operator": "In"}),
    (f"affinity.nodeAffinity.{WEIGHTS}", 100, 101),
    (f"affinity.podAffinity.{WEIGHTS}", 1, 0),
    (f"affinity.podAntiAffinity.{WEIGHTS}", 1, 0),
    ("dnsPolicy", "Default", "None"),
]  # fmt: skip
TRIED = [*OBJECTS, *((CRON, f"{kubernetes.POD_SPEC[CRON]}.{path}", *pair) for path, *pair in PODS)]


def whole(type_: str, path: str, value: Any) -> dict[str, Any]:
    """An object with a value, and with what every Job must have."""
    made = inputs_at(path, value)
    found = dig(made, kubernetes.POD_SPEC[type_]) if type_ in (CRON, JOB) else None
    if is_object(found):
        found.setdefault("restartPolicy", "Never")
    return made


@pytest.mark.parametrize(("type_", "path", "taken", "refused"), TRIED)
def test_a_right_value_is_taken_and_a_wrong_one_refused(type_: str, path: str, taken: Any, refused: Any) -> None:
    assert kubernetes.problems(type_, whole(type_, path, taken)) == []
    assert kubernetes.problems(type_, whole(type_, path, refused)) != []


def test_every_demand_is_tried() -> None:
    said = {
        (place, reason.rpartition(demand["says"])[1])
        for type_, path, _, refused in TRIED
        for _, reason in kubernetes.problems(type_, whole(type_, path, refused))
        for place, demand in kubernetes.demands(type_)
        if reason.endswith(f": {demand['says']}")
    }
    of_jobs = kubernetes.POD_SPEC[JOB]
    types = {type_ for type_, *_ in TRIED}
    every = {(place, demand["says"]) for type_ in types for place, demand in kubernetes.demands(type_)}
    untried = {each for each in every - said if not each[0].startswith(of_jobs)}  # pods are tried in a CronJob
    assert untried == set()


def test_the_reason_names_the_place_the_value_and_the_rule() -> None:
    assert kubernetes.problems(CRON, {"metadata": {"name": "c" * 53}}) == [
        ("metadata.name", "Invalid value: 53 characters; the API takes at most 52: must be no more than 52 characters")
    ]


def test_what_is_not_known_yet_is_not_judged() -> None:
    assert kubernetes.problems(CRON, {"metadata": {"name": UNKNOWN}, "spec": {"schedule": UNKNOWN}}) == []
