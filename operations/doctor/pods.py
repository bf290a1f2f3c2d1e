"""The layers of a deployed stack that Kubernetes runs: API server, nodes, release, scheduling, images, ends, volumes.

Only the stack's own namespace and kube-system are looked at.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.doctor.check import Finding, SkipError
from operations.doctor.subject import Subject
from operations.kubernetes import KubernetesError

Object = dict[str, Any]
YOUNG = timedelta(minutes=3)
"""A pod that is not ready may be starting: images of 2 GB are pulled in a minute or two."""
NO_IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"}
NO_CONFIG = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


def readable(find: Callable[[Subject], Iterable[Finding]]) -> Callable[[Subject], Iterable[Finding]]:
    """A check for which a refusal, or silence, of the API server is no finding of its own."""

    def run(subject: Subject) -> Iterable[Finding]:
        try:
            return list(find(subject))
        except KubernetesError as error:
            if error.status in (401, 403):
                raise SkipError(f"the API server refuses it: {error}") from error
            raise OSError(str(error)) from error

    return run


def _pods(subject: Subject) -> list[Object]:
    """Pods that should run: neither on their way out nor finished, as are evicted ones, which others have replaced."""
    return [
        each
        for each in subject.pods
        if each["status"].get("phase") not in ("Succeeded", "Failed") and "deletionTimestamp" not in each["metadata"]
        if not any(owner["kind"] == "Job" for owner in each["metadata"].get("ownerReferences", []))
    ]


def _containers(pod: Object) -> list[Object]:
    status = pod["status"]
    return [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]


def _name(pod: Object) -> str:
    return str(pod["metadata"]["name"])


def api(subject: Subject) -> Iterable[Finding]:
    """Whether the API server lets this machine and this identity in. Others need not ask if it does not."""
    try:
        subject.api.get("/version")
        subject.api.get(f"/api/v1/namespaces/{subject.namespace}")
    except KubernetesError as error:
        if error.status == 404:
            yield Finding(f"namespace {subject.namespace} is gone", f"make drift STACK={subject.stack}")
        elif error.status in (401, 403):
            yield Finding(
                f"the Kubernetes API refuses {subject.caller['Arn']}: {error}",
                "an entry in cluster.accessEntries for this role or user, by whoever deployed the stack",
            )
        elif error.status is None:
            yield Finding(
                f"the Kubernetes API is not reached: {error}",
                "is this machine's address among cluster.publicAccessCidrs, or is it in the VPC?",
            )
        else:
            raise OSError(str(error)) from error


def nodes(subject: Subject) -> Iterable[Finding]:
    found = subject.api.items("/api/v1/nodes")
    planned = sum(group.nodes for group in subject.plan.fleet.groups)
    for node in found:
        conditions = {each["type"]: each for each in node["status"].get("conditions", [])}
        ready = conditions.get("Ready", {"status": "Unknown"})
        bad = [each for each in PRESSURES if conditions.get(each, {}).get("status") == "True"]
        if ready["status"] != "True":
            yield Finding(
                f"node {_name(node)} is not ready: {ready.get('message') or ready.get('reason') or 'it is silent'}",
                "kubectl describe node, then end the machine in EC2: its group starts another",
            )
        elif bad:
            yield Finding(f"node {_name(node)} has {', '.join(bad)}", "kubectl describe node: what takes it?")
        elif node["spec"].get("unschedulable"):
            yield Finding(f"node {_name(node)} takes no new pods (cordoned)", f"kubectl uncordon {_name(node)}")
    if len(found) < planned:
        yield Finding(
            f"there are {len(found)} nodes, and {planned} are planned",
            "aws autoscaling describe-scaling-activities says why: quota, capacity of the zone, or the disks' key",
        )


def system(subject: Subject) -> Iterable[Finding]:
    """What every pod needs: names, disks, targets."""
    for kind, key in (("deployments", "availableReplicas"), ("daemonsets", "numberAvailable")):
        for each in subject.api.items(f"/apis/apps/v1/namespaces/kube-system/{kind}"):
            status = each["status"]
            wanted = (
                each["spec"].get("replicas", 1) if kind == "deployments" else status.get("desiredNumberScheduled", 0)
            )
            if wanted and not status.get(key):
                yield Finding(
                    f"{_name(each)} in kube-system has none of {wanted} pods available",
                    f"kubectl logs --namespace kube-system {kind.removesuffix('s')}/{_name(each)}",
                )


def release(subject: Subject) -> Iterable[Finding]:
    """Helm's releases in the namespace, whose newest revision is a Secret."""
    found = subject.api.items(f"/api/v1/namespaces/{subject.namespace}/secrets", labelSelector="owner=helm")
    revisions: list[dict[str, str]] = [each["metadata"]["labels"] for each in found]
    newest = {each["name"]: each for each in sorted(revisions, key=lambda each: int(each["version"]))}
    for name, labels in newest.items():
        if labels["status"].startswith("pending-"):
            good = [
                int(each["version"])
                for each in revisions
                if each["name"] == name and each["status"] in ("deployed", "superseded")
            ]
            back = (
                f"helm rollback {name} {max(good)} --namespace {subject.namespace}"
                if good
                else f"helm uninstall {name} --namespace {subject.namespace} (it never ran)"
            )
            yield Finding(
                f"release {name} is stuck: revision {labels['version']} is {labels['status']}, since Helm was"
                " interrupted",
                f"{back}, then make up STACK={subject.stack}",
            )


def scheduling(subject: Subject) -> Iterable[Finding]:
    for pod in _pods(subject):
        for condition in pod["status"].get("conditions", []):
            if condition["type"] == "PodScheduled" and condition["status"] == "False":
                said = condition.get("message", "")
                yield Finding(f"pod {_name(pod)} finds no node: {said}", _scheduling_fix(said, subject))


def _scheduling_fix(said: str, subject: Subject) -> str:
    if "unbound immediate PersistentVolumeClaims" in said or "volume" in said:
        return (
            "the pod's volume: kubectl describe pvc; a disk can't leave its zone, so a node of that zone must be there"
        )
    if "Insufficient" in said:
        return f"more or larger nodes: make estimate STACK={subject.stack}, then make up; or what else runs there?"
    return "kubectl get nodes --show-labels: are nodes of its pool there, and none cordoned?"


def _waiting(reasons: set[str], fix: str, what: str) -> Callable[[Subject], Iterable[Finding]]:
    def find(subject: Subject) -> Iterable[Finding]:
        for pod in _pods(subject):
            for container in _containers(pod):
                waiting = container.get("state", {}).get("waiting", {})
                if waiting.get("reason") in reasons:
                    said = waiting.get("message", waiting["reason"])
                    yield Finding(f"pod {_name(pod)} {what} {container['image']}: {said}", fix)

    return find


images = _waiting(
    NO_IMAGE,
    "is the tag there (milvus.version)? Does the mirror hold it (milvus.registry, docs/adopting.md), and do nodes reach"
    " it?",
    "gets no image",
)
configuration = _waiting(
    NO_CONFIG, "the Secret or key that it names: kubectl describe pod; make up makes it again", "can't start"
)


def ends(subject: Subject) -> Iterable[Finding]:
    """Containers that end again and again, with their last words."""
    for pod in _pods(subject):
        for container in _containers(pod):
            waiting = container.get("state", {}).get("waiting", {}).get("reason") == "CrashLoopBackOff"
            now = container.get("state", {}).get("terminated")
            last = now if now and now.get("exitCode") else container.get("lastState", {}).get("terminated")
            if last and (waiting or (now and now.get("exitCode")) or not container.get("ready", True)):
                words = str(last.get("message", "")).strip().splitlines()
                said = f": {words[-1][:300]}" if words else ""
                yield Finding(
                    f"{container['name']} in pod {_name(pod)} has ended {container.get('restartCount', 0)} times, last"
                    f" by {last.get('reason', 'Error')} (exit code {last.get('exitCode')}){said}",
                    "more memory: milvus.roles, or a workload that says what is stored"
                    if last.get("reason") == "OOMKilled"
                    else f"kubectl logs --previous --namespace {subject.namespace} {_name(pod)}",
                )


def volumes(subject: Subject) -> Iterable[Finding]:
    for claim in subject.api.items(f"/api/v1/namespaces/{subject.namespace}/persistentvolumeclaims"):
        if (phase := claim["status"].get("phase")) != "Bound":
            yield Finding(
                f"claim {_name(claim)} is {phase}",
                f"kubectl describe pvc --namespace {subject.namespace} {_name(claim)}, and the disks' driver:"
                " kubectl logs --namespace kube-system deployment/ebs-csi-controller --all-containers",
            )


def mounts(subject: Subject) -> Iterable[Finding]:
    """Pods that wait for a disk, or for a Secret that is not there."""
    waiting = {
        _name(pod)
        for pod in _pods(subject)
        for container in _containers(pod)
        if container.get("state", {}).get("waiting", {}).get("reason") in ("ContainerCreating", "PodInitializing")
    }
    said: dict[str, str] = {}
    for event in subject.api.items(f"/api/v1/namespaces/{subject.namespace}/events"):
        name = str(event["involvedObject"].get("name"))
        if event.get("reason") in ("FailedAttachVolume", "FailedMount") and name in waiting:
            said[name] = str(event.get("message", ""))
    for name, message in said.items():
        yield Finding(
            f"pod {name} waits for a volume: {message}",
            "a disk that hangs on another node is let go once that node is gone (6 minutes); a Secret: make up",
        )


def ready(subject: Subject) -> Iterable[Finding]:
    """Pods that run, long enough, and are not ready."""
    for pod in _pods(subject):
        conditions = {each["type"]: each for each in pod["status"].get("conditions", [])}
        found = conditions.get("Ready")
        if found and found["status"] != "True" and _age(found.get("lastTransitionTime")) > YOUNG:
            yield Finding(
                f"pod {_name(pod)} has not been ready since {found['lastTransitionTime']}:"
                f" {found.get('message') or found.get('reason') or 'its readiness probe fails'}",
                f"kubectl logs --namespace {subject.namespace} {_name(pod)}: etcd, Kafka or S3 not reached?",
            )


def replicas(subject: Subject) -> Iterable[Finding]:
    """Workloads that have fewer pods than they want, and none that says why."""
    for kind in ("deployments", "statefulsets"):
        for each in subject.api.items(f"/apis/apps/v1/namespaces/{subject.namespace}/{kind}"):
            wanted, there = each["spec"].get("replicas", 1), each["status"].get("readyReplicas", 0)
            if there < wanted and not each["status"].get("replicas"):
                failures = [
                    str(one.get("message", ""))
                    for one in each["status"].get("conditions", [])
                    if one["type"] == "ReplicaFailure"
                ]
                yield Finding(
                    f"{kind.removesuffix('s')} {_name(each)} wants {wanted} pods and has none"
                    f"{': ' if failures else ''}{'; '.join(failures)}",
                    f"kubectl describe {kind.removesuffix('s')} --namespace {subject.namespace} {_name(each)}",
                )


def _age(time: str | None) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(time) if time else YOUNG
