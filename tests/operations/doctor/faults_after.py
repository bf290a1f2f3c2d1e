"""The faults that are planted in a deployed stack, one a line, from the outside in."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from operations.kubernetes import KubernetesError
from tests.operations.doctor import cluster
from tests.operations.doctor.answers import Planned, RefusalError
from tests.operations.doctor.cluster import IN_MILVUS, IN_SYSTEM, NODES, event, node, pod, resource, revision, workload
from tests.operations.doctor.healthy import CERTIFICATE, certificate, key

R = RefusalError
ACCOUNT = {"Account": "999999999999", "Arn": "arn:aws:iam::999999999999:user/me", "UserId": "x"}
CLUSTER = {"name": "milvus-on-aws-dev"}
ISSUE = {"issues": [{"code": "KmsKeyDisabled", "message": "the key is disabled"}]}
NO_ROOM = {"issues": [{"code": "InsufficientFreeAddresses", "message": "no addresses"}]}
BROKEN = {"issues": [{"code": "InsufficientNumberOfReplicas", "message": "no replicas"}]}
KAFKA = {"ClusterName": "milvus", "State": "HEALING", "StateInfo": {"Message": "a broker is replaced"}}
FAILED = {"LoadBalancers": [{"State": {"Code": "failed"}}]}
DOWN = {"State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed"}
PODS, SECRETS = f"{IN_MILVUS}/pods", f"{IN_MILVUS}/secrets"
NO_CPU = "0/3 nodes are available: 3 Insufficient cpu."
OTHERS = [node(f"other-{number}") for number in range(NODES - 1)]
PENDING = [{"resource": {"urn": "urn:pulumi:dev::p::aws:msk/cluster:Cluster::kafka"}, "type": "creating"}]


def waits(reason: str, message: str = "") -> dict[str, Any]:
    return pod(ready=False, state={"waiting": {"reason": reason, "message": message}})


def ended(reason: str, code: int, message: str = "") -> dict[str, Any]:
    end = {"terminated": {"reason": reason, "exitCode": code, "message": message}}
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    return pod(ready=False, restartCount=7, state=waiting, lastState=end)


class Fault(NamedTuple):
    layer: str
    check: str
    what: str
    fix: str
    """Part of what to do."""
    planned: dict[str, Planned]
    objects: dict[str, Any]
    state: dict[str, Any]


def fault(
    where: str,
    what: str,
    fix: str = "",
    objects: dict[str, Any] | None = None,
    state: dict[str, Any] | None = None,
    **planned: Planned,
) -> Fault:
    layer, check = where.split("/")
    return Fault(
        layer,
        check,
        what,
        fix,
        {name.replace("_", ".", 1): planned[name] for name in planned},
        objects or {},
        state or {},
    )


AFTER = [
    fault("identity/account", "and you are arn:aws:iam::999999999999:user/me", "AWS_PROFILE",
          sts_GetCallerIdentity=ACCOUNT),
    fault("deployment/state", "interrupted while it worked on kafka", "make up STACK=dev",
          state={"pending_operations": PENDING}),
    fault("deployment/state", "did not come to its end", "make up STACK=dev",
          state={"resources": cluster.RESOURCES[1:]}),
    fault("cluster/control plane", "EKS has no cluster", "make drift",
          eks_DescribeCluster=R("ResourceNotFoundException")),
    fault("cluster/control plane", "is FAILED", eks_DescribeCluster={"cluster": {**CLUSTER, "status": "FAILED"}}),
    fault("cluster/control plane", "KmsKeyDisabled: the key is disabled",
          eks_DescribeCluster={"cluster": {**CLUSTER, "status": "ACTIVE", "health": ISSUE}}),
    fault("cluster/keys", "is PendingDeletion", "cancel-key-deletion", kms_DescribeKey=key(state="PendingDeletion")),
    fault("cluster/keys", "is Disabled", "enable-key", kms_DescribeKey=key(state="Disabled")),
    fault("API server/lets us in", "the Kubernetes API refuses", "cluster.accessEntries",
          {IN_MILVUS: KubernetesError("forbidden", 403)}),
    fault("API server/lets us in", "is not reached: timed out", "publicAccessCidrs",
          {"/version": KubernetesError("timed out")}),
    fault("API server/lets us in", "namespace milvus is gone", "make drift", {IN_MILVUS: KubernetesError("none", 404)}),
    fault("nodes/node groups", "InsufficientFreeAddresses: no addresses", "make room in the subnets",
          eks_DescribeNodegroup={"nodegroup": {"status": "DEGRADED", "health": NO_ROOM}}),
    fault("nodes/node groups", "is CREATE_FAILED", eks_DescribeNodegroup={"nodegroup": {"status": "CREATE_FAILED"}}),
    fault("nodes/nodes", "node bad is not ready", "starts another",
          {"/api/v1/nodes": [*OTHERS, node("bad", Ready="Unknown")]}),
    fault("nodes/nodes", "node bad has DiskPressure", "describe",
          {"/api/v1/nodes": [*OTHERS, node("bad", DiskPressure="True")]}),
    fault("nodes/nodes", "takes no new pods", "kubectl uncordon bad",
          {"/api/v1/nodes": [*OTHERS, node("bad", unschedulable=True)]}),
    fault("nodes/nodes", f"there are {NODES - 1} nodes, and {NODES} are planned", "scaling", {"/api/v1/nodes": OTHERS}),
    fault("nodes/add-ons", "add-on coredns is DEGRADED: InsufficientNumberOfReplicas", "those of coredns",
          eks_DescribeAddon={"addon": {"status": "DEGRADED", "health": BROKEN}}),
    fault("system pods/kube-system", "coredns in kube-system has none of 2", "deployment/coredns",
          {f"{IN_SYSTEM}/deployments": [workload("Deployment", "coredns", "kube-system")]}),
    fault("system pods/kube-system", "aws-node in kube-system has none of 3", "daemonset/aws-node",
          {f"{IN_SYSTEM}/daemonsets": [workload("DaemonSet", "aws-node", "kube-system", desiredNumberScheduled=3,
                                                currentNumberScheduled=3, numberMisscheduled=0, numberReady=0)]}),
    fault("release/Helm", "revision 3 is pending-upgrade", "helm rollback milvus 2 --namespace milvus, then make up",
          {SECRETS: [revision(1, "superseded"), revision(2, "deployed"), revision(3, "pending-upgrade")]}),
    fault("release/Helm", "revision 1 is pending-install", "helm uninstall milvus",
          {SECRETS: [revision(1, "pending-install")]}),
    fault("release/Helm", "revision 10 is pending-rollback", "helm rollback milvus 9",
          {SECRETS: [revision(10, "pending-rollback"), revision(9, "deployed")]}),
    fault("pods/made", "wants 2 pods and has none: exceeded quota", "describe deployment",
          {"/apis/apps/v1/namespaces/milvus/deployments": [workload("Deployment", "milvus-proxy", conditions=[
              {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}])]}),
    fault("scheduling/pods find nodes", NO_CPU, "make estimate STACK=dev",
          {PODS: [pod(conditions=[{"type": "PodScheduled", "status": "False", "message": NO_CPU}])]}),
    fault("scheduling/pods find nodes", "volume node affinity conflict", "can't leave its zone",
          {PODS: [pod(conditions=[{"type": "PodScheduled", "status": "False",
                                   "message": "1 node(s) had volume node affinity conflict"}])]}),
    fault("images/images", "milvusdb/milvus:v2.6.20: not found", "milvus.registry",
          {PODS: [waits("ImagePullBackOff", "not found")]}),
    fault("images/images", "couldn't parse", "milvus.version", {PODS: [waits("InvalidImageName", "couldn't parse")]}),
    fault("images/Secrets and settings", 'secret "milvus-root" not found', "make up",
          {PODS: [waits("CreateContainerConfigError", 'secret "milvus-root" not found')]}),
    fault("services/Kafka", "is HEALING: a broker is replaced", "passes by itself",
          kafka_DescribeClusterV2={"ClusterInfo": KAFKA}),
    fault("services/Kafka", "Kafka does not know the user", "make up STACK=dev",
          kafka_ListScramSecrets={"SecretArnList": []}),
    fault("services/bucket", "bucket bucket-1, with Milvus' data, is gone", "backup", s3_HeadBucket=R("404")),
    fault("services/secrets", "is marked as deleted since", "restore-secret",
          secretsmanager_DescribeSecret={"DeletedDate": datetime.now(UTC)}),
    fault("containers/last end", "has ended 7 times, last by OOMKilled (exit code 137)", "more memory",
          {PODS: [ended("OOMKilled", 137)]}),
    fault("containers/last end", "(exit code 134): panic: kafka: SASL authentication failed", "kubectl logs --previous",
          {PODS: [ended("Error", 134, "starting\npanic: kafka: SASL authentication failed\n")]}),
    fault("volumes/claims", "claim data-milvus-etcd-0 is Lost", "describe pvc",
          {f"{IN_MILVUS}/persistentvolumeclaims": [cluster.claim("Lost")]}),
    fault("volumes/mounts", "waits for a volume: Multi-Attach error", "let go once that node is gone",
          {PODS: [waits("ContainerCreating")],
           f"{IN_MILVUS}/events": [event("FailedAttachVolume", "Multi-Attach error")]}),
    fault("ready/pods are ready", "has not been ready since", "etcd, Kafka or S3",
          {PODS: [pod(ready=False, conditions=[{"type": "Ready", "status": "False"}])]}),
    fault("balancer/certificate", "ends on ", "renew it",
          acm_DescribeCertificate=certificate(NotAfter=datetime.now(UTC) + timedelta(days=3)),
          state={"resources": [*cluster.RESOURCES, resource("aws:acm/certificate:Certificate", CERTIFICATE)]}),
    fault("balancer/load balancer", "is failed", "EC2 console", elbv2_DescribeLoadBalancers=FAILED),
    fault("balancer/load balancer", "is gone", "make drift", elbv2_DescribeLoadBalancers=R("LoadBalancerNotFound")),
    fault("targets/targets", "no pod is behind target group milvus", "load balancer controller",
          elbv2_DescribeTargetHealth={"TargetHealthDescriptions": []}),
    fault("targets/targets", "1 of 1 pods behind target group milvus are not healthy (Target.FailedHealthChecks",
          "security groups", elbv2_DescribeTargetHealth={"TargetHealthDescriptions": [{"TargetHealth": DOWN}]}),
]  # fmt: skip
