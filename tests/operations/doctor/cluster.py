"""A deployed stack in which nothing is wrong: its state, and what EKS and the Kubernetes API say of it.

Objects are the API's own JSON, as kubelets and controllers write it, each held against the API's schemas.
"""

import copy
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast

import kubernetes_validate

from operations.kubernetes import Kubernetes, KubernetesError
from tests.operations.doctor.answers import Planned
from tests.operations.doctor.healthy import ACCOUNT, ROLE, certificate, key, subject

NLB = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/net/milvus/0123456789abcdef"
TARGETS = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/milvus/0123456789abcdef"
MSK = f"arn:aws:kafka:us-east-1:{ACCOUNT}:cluster/milvus/11111111-2222-3333-4444-555555555555-1"
USER = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:AmazonMSK_kafka-a"
OUTPUTS = {
    "contract_version": "1.0",
    "target": "aws",
    "milvus_uri": "http://127.0.0.1:19530",
    "milvus_host": "127.0.0.1",
    "milvus_port": 19530,
    "milvus_tls": False,
    "milvus_auth_secret_arn": None,
    "namespace": "milvus",
    "nlb_arn": NLB,
    "bucket_name": "bucket-1",
    "kafka_secret_arn": USER,
    "aws_region": "us-east-1",
}
THEN = (datetime.now(UTC) - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
NODES = sum(group.nodes for group in subject().plan.fleet.groups)
Object = dict[str, Any]


def resource(kind: str, id_: str, **outputs: Any) -> Object:
    return {"urn": f"urn:pulumi:dev::milvus-on-aws::{kind}::made", "type": kind, "id": id_, "outputs": outputs}


RESOURCES = [
    resource("pulumi:pulumi:Stack", "", **OUTPUTS),
    resource("aws:msk/cluster:Cluster", MSK, arn=MSK),
    resource("aws:secretsmanager/secret:Secret", USER, arn=USER),
    resource("aws:kms/key:Key", "disks", arn=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/disks"),
]

AWS: dict[str, Planned] = {
    "sts.GetCallerIdentity": {"Account": ACCOUNT, "Arn": ROLE, "UserId": "x"},
    "eks.DescribeCluster": {"cluster": {"name": "milvus-on-aws-dev", "status": "ACTIVE", "health": {"issues": []}}},
    "eks.ListNodegroups": {"nodegroups": ["shared"]},
    "eks.DescribeNodegroup": {"nodegroup": {"status": "ACTIVE", "health": {"issues": []}}},
    "eks.ListAddons": {"addons": ["coredns"]},
    "eks.DescribeAddon": {"addon": {"status": "ACTIVE", "health": {"issues": []}}},
    "kms.DescribeKey": key(),
    "kafka.DescribeClusterV2": {"ClusterInfo": {"ClusterName": "milvus", "State": "ACTIVE"}},
    "kafka.ListScramSecrets": {"SecretArnList": [USER]},
    "secretsmanager.DescribeSecret": {"ARN": USER},
    "s3.HeadBucket": {},
    "acm.DescribeCertificate": certificate(),
    "elbv2.DescribeLoadBalancers": {"LoadBalancers": [{"LoadBalancerArn": NLB, "State": {"Code": "active"}}]},
    "elbv2.DescribeTargetGroups": {"TargetGroups": [{"TargetGroupName": "milvus", "TargetGroupArn": TARGETS}]},
    "elbv2.DescribeTargetHealth": {"TargetHealthDescriptions": [{"TargetHealth": {"State": "healthy"}}]},
}


def meta(name: str, namespace: str | None = "milvus", **labels: str) -> Object:
    whole: Object = {"name": name, "labels": labels, "uid": "u", "creationTimestamp": THEN}
    return whole | ({"namespace": namespace} if namespace else {})


def node(name: str = "node", *, unschedulable: bool = False, **conditions: str) -> Object:
    stated = {"Ready": "True", "MemoryPressure": "False", "DiskPressure": "False"} | conditions
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": meta(name, None),
        "spec": {"unschedulable": True} if unschedulable else {},
        "status": {"conditions": [{"type": kind, "status": said} for kind, said in stated.items()]},
    }


def pod(name: str = "milvus-proxy-1", *, conditions: Iterable[Object] = (), **container: Any) -> Object:
    """A pod whose one container has another state, and conditions other than those of one that is well."""
    stated = {"PodScheduled": "True", "Ready": "True"}
    whole = {kind: {"type": kind, "status": said, "lastTransitionTime": THEN} for kind, said in stated.items()}
    whole |= {each["type"]: {"lastTransitionTime": THEN, **each} for each in conditions}
    status: Object = {
        "name": "proxy",
        "image": "milvusdb/milvus:v2.6.20",
        "imageID": "",
        "ready": True,
        "restartCount": 0,
        "state": {"running": {"startedAt": THEN}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta(name, component="proxy"),
        "spec": {"containers": [{"name": "proxy", "image": "milvusdb/milvus:v2.6.20"}]},
        "status": {
            "phase": "Running",
            "conditions": list(whole.values()),
            "containerStatuses": [status | container],
        },
    }


def claim(phase: str = "Bound") -> Object:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": meta("data-milvus-etcd-0"),
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}},
        "status": {"phase": phase},
    }


def revision(number: int, status: str) -> Object:
    """Helm's record of one revision (helm.sh, storage driver `secret`)."""
    labels = {"owner": "helm", "name": "milvus", "version": str(number), "status": status}
    metadata = meta(f"sh.helm.release.v1.milvus.v{number}") | {"labels": labels}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "helm.sh/release.v1"}


def workload(kind: str, name: str, namespace: str = "milvus", *, wanted: int = 2, **status: Any) -> Object:
    whole: Object = {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": meta(name, namespace),
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "i"}]},
            },
        },
        "status": status,
    }
    if kind != "DaemonSet":
        whole["spec"]["replicas"] = wanted
    if kind == "StatefulSet":
        whole["spec"]["serviceName"] = name
    return whole


def event(reason: str, message: str, name: str = "milvus-proxy-1") -> Object:
    involved = {"kind": "Pod", "name": name, "namespace": "milvus"}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": meta("event"),
        "involvedObject": involved,
        "reason": reason,
        "message": message,
    }


IN_MILVUS, IN_SYSTEM = "/api/v1/namespaces/milvus", "/apis/apps/v1/namespaces/kube-system"
OBJECTS: dict[str, list[Object]] = {
    "/api/v1/nodes": [node(f"node-{number}") for number in range(NODES)],
    f"{IN_SYSTEM}/deployments": [
        workload("Deployment", name, "kube-system", replicas=2, availableReplicas=2)
        for name in ("coredns", "aws-load-balancer-controller", "ebs-csi-controller")
    ],
    f"{IN_SYSTEM}/daemonsets": [
        workload(
            "DaemonSet",
            "aws-node",
            "kube-system",
            desiredNumberScheduled=2,
            numberAvailable=2,
            currentNumberScheduled=2,
            numberMisscheduled=0,
            numberReady=2,
        )
    ],
    f"{IN_MILVUS}/secrets": [revision(1, "superseded"), revision(2, "deployed")],
    f"{IN_MILVUS}/pods": [pod()],
    f"{IN_MILVUS}/persistentvolumeclaims": [claim()],
    f"{IN_MILVUS}/events": [],
    "/apis/apps/v1/namespaces/milvus/deployments": [
        workload("Deployment", "milvus-proxy", wanted=1, replicas=1, readyReplicas=1)
    ],
    "/apis/apps/v1/namespaces/milvus/statefulsets": [
        workload("StatefulSet", "milvus-etcd", wanted=1, replicas=1, readyReplicas=1)
        | {"status": {"replicas": 1, "readyReplicas": 1}}
    ],
}


@cache
def _validate(content: str) -> None:
    kubernetes_validate.validate(json.loads(content), "1.35", strict=True)


class Cluster(Kubernetes):
    """An API server that holds these objects. An error stands for whatever is asked at its path."""

    def __init__(self, **changed: Any) -> None:
        super().__init__("https://cluster", lambda: "token", "")
        object.__setattr__(self, "objects", copy.deepcopy(OBJECTS) | changed)

    objects: dict[str, Any]

    def get(self, path: str, **query: str) -> dict[str, Any]:
        found: Any = self.objects.get(path, {})
        if isinstance(found, KubernetesError):
            raise found
        if not isinstance(found, list):
            return found
        for each in cast(list[Object], found):
            _validate(json.dumps(each))
        return {"items": found}
