"""Rules of pods: where they fit, what they refer to, and what their namespace forbids.

Pods of charts and add-ons are derived from their values. Only the charts that are used here are known.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from planning.fleet.instances import DAEMON_MIB, DAEMON_MILLICPU, Instance, catalogue
from planning.quantities import mib, millicpu
from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource, dig, parts
from rehearsal.cloud.scheduler import HOST, ZONE, Cluster, Node, Pod, Spread, Taint
from rehearsal.rules.ec2 import LAUNCH_TEMPLATE, SUBNET
from rehearsal.rules.eks import ADDON, NODE_GROUP
from rehearsal.rules.eks_nodes import user_data
from rehearsal.rules.kubernetes import CRON_JOB, DEPLOYMENT, JOB, NAMESPACE, RELEASE, SECRET

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount"
VOLUME_CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
SCHEDULING = "kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/"
MILVUS_ROLES = ("mixCoordinator", "proxy", "queryNode", "dataNode", "streamingNode", "standalone")

# Requested millicores and MiB, and number of pods. aws-ebs-csi-driver, charts/: six containers of 10m and 40Mi;
# upstream kubernetes/cluster/addons/dns/coredns; kubernetes-sigs/metrics-server, manifests/base.
ADDON_PODS = {"aws-ebs-csi-driver": (60, 240, 2), "coredns": (100, 70, 2), "metrics-server": (100, 200, 2)}
DAEMON = Pod("aws-node, kube-proxy and ebs-csi-node", DAEMON_MILLICPU, DAEMON_MIB, everywhere=True)


def machine(group: Resource) -> Instance | None:
    """The instance type of a node group; None for a type that planning/ does not know, and
    whose size is unknown here."""
    return catalogue().get((group["instanceTypes"] or ["?"])[0])


KUBELETS_DISKS = re.compile(r"localStorage:\s+strategy: (RAID0|RAID10)\s")
"""In a node's user data: with `Mount` the disks are mounted for other uses, and kubelet stays on the root volume
(awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/#localstoragestrategy)."""

EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute"}
"""Taints of node groups that keep pods away, as EKS and as Kubernetes write them."""


def nodes(cloud: Cloud) -> list[Node]:
    """The nodes of all node groups of known instance types, with the resources that their kubelets offer."""
    made: list[Node] = []
    for group in cloud.all(NODE_GROUP):
        zones = [str(subnet["availabilityZone"]) for id_ in group["subnetIds"] if (subnet := cloud.get(SUBNET, id_))]
        kind = machine(group)
        if kind is None:
            continue
        template = cloud.get(LAUNCH_TEMPLATE, group["launchTemplate.id"])
        disks = (template["blockDeviceMappings"] if template else None) or [{"ebs": {"volumeSize": 20}}]
        # The kubelet evicts pods when less than 10 % of local storage is free.
        disk = kind.nvme_gib if KUBELETS_DISKS.search(user_data(template)) else int(disks[0]["ebs"]["volumeSize"] * 0.9)
        for number in range(group["scalingConfig.desiredSize"] or 0):
            name = f"{group.name}-{number}"
            made.append(
                Node(
                    name,
                    {ZONE: zones[number % len(zones)], HOST: name, **(group["labels"] or {})},
                    kind.millicpu + DAEMON_MILLICPU,
                    kind.mib + DAEMON_MIB,
                    kind.pods + 1,  # DAEMON counts as one pod
                    disk,
                    tuple(
                        Taint(each["key"], each.get("value") or "", EFFECTS[each["effect"]])
                        for each in group["taints"] or ()
                        if each["effect"] in EFFECTS
                    ),
                )
            )
    return made


def template(resource: Resource) -> dict[str, Any]:
    """The template of the pods of a Deployment, a Job or a CronJob; empty if there is none."""
    return parts(dig(resource.inputs, "spec.jobTemplate.spec.template") or dig(resource.inputs, "spec.template"))


def pod_spec(resource: Resource) -> dict[str, Any]:
    """What the template says of the pods themselves; empty if there is none."""
    return parts(template(resource).get("spec"))


def containers(resource: Resource) -> list[dict[str, Any]]:
    """All containers of these pods, those that run first among them."""
    spec = pod_spec(resource)
    return [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]


def pods(resource: Resource) -> Iterator[Pod]:
    """Pods of an add-on, a Helm release, a Deployment, a Job or a CronJob."""
    values: dict[str, Any] = resource.inputs.get("values") or {}
    if resource.type == ADDON and resource["addonName"] in ADDON_PODS:
        millicpu, mib, copies = ADDON_PODS[resource["addonName"]]
        yield from (Pod(f"{resource['addonName']}-{number}", millicpu, mib) for number in range(copies))
    elif resource.type == RELEASE and resource["chart"] == "milvus":
        yield from _copies("etcd", values["etcd"], {"app.kubernetes.io/name": "etcd"}, values["etcd"]["replicaCount"])
        for role in MILVUS_ROLES:
            if role in values:
                yield from _copies(role, values[role], {"component": role}, values[role].get("replicas", 1))
    elif resource.type == RELEASE:
        yield from _copies(
            str(resource["chart"]), values, {"chart": str(resource["chart"])}, values.get("replicaCount", 2)
        )
    elif resource.type in (DEPLOYMENT, JOB, CRON_JOB):
        for container in pod_spec(resource).get("containers") or ():
            yield from _copies(resource.name, container, {}, dig(resource.inputs, "spec.replicas") or 1)


def _copies(name: str, values: Mapping[str, Any], labels: dict[str, str], count: int) -> Iterator[Pod]:
    """`count` equal pods, from the values of their chart or from their container."""
    requests = parts(parts(values.get("resources")).get("requests"))
    strict = [
        each for each in values.get("topologySpreadConstraints") or () if each["whenUnsatisfiable"] != "ScheduleAnyway"
    ]
    for number in range(count):
        yield Pod(
            f"{name}-{number}",
            _requested(name, "cpu", requests, millicpu),
            _requested(name, "memory", requests, mib),
            labels,
            _requested(name, "ephemeral-storage", requests, mib) // 1024,
            values.get("nodeSelector") or {},
            tuple(
                Taint(each["key"], each.get("value") or "", each.get("effect") or "")
                for each in values.get("tolerations") or ()
            ),
            tuple(
                Spread(labels, each["topologyKey"], each["maxSkew"], each.get("nodeTaintsPolicy") == "Honor")
                for each in strict
            ),
            claim=f"data-{name}-{number}" if name == "etcd" else None,
        )


def _requested(name: str, resource: str, requests: Mapping[str, Any], unit: Callable[[object], int]) -> int:
    """The requested amount of a resource, in `unit`. Raises Refused for text that is no quantity."""
    try:
        return unit(requests.get(resource, 0))
    except ValueError as error:
        raise Refused(f"{name}: Invalid value: resources.requests.{resource}: {error}") from None


@rule(RELEASE, "ready", source=SCHEDULING)
@rule(DEPLOYMENT, "ready", source=SCHEDULING)
@rule(JOB, "ready", source=SCHEDULING)
@rule(CRON_JOB, "ready", source=SCHEDULING)
def pods_fit_on_the_nodes(cloud: Cloud, resource: Resource) -> None:
    """A volume on EBS binds its pod to the zone in which the pod first ran, whatever nodes there are later."""
    groups = cloud.all(NODE_GROUP)
    if not groups:
        raise Refused(f"{resource.id}: timed out waiting for the condition: no nodes available to schedule pods")
    for group in groups:
        cloud.relies(resource, group, "pods need nodes")
    if not all(machine(group) for group in groups):
        return  # pods might fit on nodes of unknown size
    bound = {each.id.split("/")[1]: str(each["zone"]) for each in cloud.all(VOLUME_CLAIM)}
    cluster = Cluster(nodes(cloud), bound)
    cluster.run_daemons([DAEMON])
    others = [
        each for each in cloud.resources() if each.type in (ADDON, RELEASE, DEPLOYMENT) and each.key != resource.key
    ]
    for each in others:
        cluster.schedule(pods(each))
    # The largest come first, because the scheduler tries pending pods again whenever another pod has been placed.
    pending = cluster.schedule(sorted(pods(resource), key=lambda pod: -pod.mib))
    for name, reason in pending.items():
        raise Refused(f"{resource.id}: timed out waiting for the condition: pod {name} is Pending: {reason}")
    namespace = resource.id.split("/")[0]
    for pod in pods(resource):
        if pod.claim and cloud.get(VOLUME_CLAIM, f"{namespace}/{pod.claim}") is None:
            made = Resource(VOLUME_CLAIM, f"{namespace}/{pod.claim}", server=resource.server, owner=resource.key)
            made.outputs = {"zone": cluster.claims[pod.claim]}
            cloud.put(made)


@rule(DEPLOYMENT, "ready", source="kubernetes.io/docs/concepts/configuration/secret/")
@rule(JOB, "ready", source="kubernetes.io/docs/concepts/configuration/secret/")
@rule(CRON_JOB, "ready", source="kubernetes.io/docs/concepts/configuration/secret/")
def pods_find_what_they_refer_to(cloud: Cloud, resource: Resource) -> None:
    spec = pod_spec(resource)
    namespace = resource.id.split("/")[0]
    if account := spec.get("serviceAccountName"):
        cloud.need(
            resource,
            SERVICE_ACCOUNT,
            f"{namespace}/{account}",
            f'pods "{resource.name}-" is forbidden: error looking up service account {namespace}/{account}: not found',
        )
    for container in containers(resource):
        for entry in container.get("env") or ():
            if reference := dig(entry, "valueFrom.secretKeyRef"):
                secret_value(cloud, resource, namespace, reference)
    for volume in spec.get("volumes") or ():
        if name := dig(volume, "configMap.name"):
            cloud.need(resource, CONFIG_MAP, f"{namespace}/{name}", f'FailedMount: configmap "{name}" not found')


@rule(DEPLOYMENT, "ready", source="kubernetes.io/docs/concepts/storage/volumes/#configmap")
@rule(JOB, "ready", source="kubernetes.io/docs/concepts/storage/volumes/#configmap")
@rule(CRON_JOB, "ready", source="kubernetes.io/docs/concepts/storage/volumes/#configmap")
def a_container_runs_what_is_mounted(cloud: Cloud, resource: Resource) -> None:
    """A word of its command that ends like a file of a ConfigMap names that file, which is where it is mounted."""
    namespace = resource.id.split("/")[0]
    spec = pod_spec(resource)
    maps = {
        str(volume["name"]): cloud.get(CONFIG_MAP, f"{namespace}/{name}")
        for volume in spec.get("volumes") or ()
        if (name := dig(volume, "configMap.name"))
    }
    files = {name: set(parts(map_["data"])) for name, map_ in maps.items() if map_}
    for container in spec.get("containers") or ():
        mounted = {
            str(PurePosixPath(mount["mountPath"], file))
            for mount in container.get("volumeMounts") or ()
            for file in files.get(str(mount["name"]), ())
        }
        for word in (*(container.get("command") or ()), *(container.get("args") or ())):
            if PurePosixPath(word).name in set[str]().union(*files.values()) and word not in mounted:
                raise Refused(
                    f"{resource.id}: container {container['name']}: can't open file '{word}': No such file or"
                    f" directory; mounted: {', '.join(sorted(mounted)) or 'nothing'}"
                )


@rule(DEPLOYMENT, "ready", source="kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/")
def a_probe_asks_where_a_container_listens(_cloud: Cloud, resource: Resource) -> None:
    """Containers of a pod share its ports. Nothing is said of pods that declare none."""
    containers: list[dict[str, Any]] = pod_spec(resource).get("containers") or []
    ports = [port for container in containers for port in container.get("ports") or ()]
    listening = {each for port in ports for each in (port["containerPort"], port.get("name"))}
    for container in containers:
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            for by in ("httpGet", "tcpSocket", "grpc"):
                port = dig(container, f"{probe}.{by}.port")
                if ports and port is not None and port not in listening:
                    raise Refused(
                        f"{resource.id}: container {container['name']}: {probe} failed: port {port}: connection"
                        f" refused; ports of the pod: {', '.join(str(each['containerPort']) for each in ports)}"
                    )


def secret_value(cloud: Cloud, resource: Resource, namespace: str, reference: dict[str, str]) -> str:
    """The value that a pod reads by `secretKeyRef`. Raises Refused, in the kubelet's words, if it does not exist."""
    name, key = reference["name"], reference["key"]
    secret = cloud.need(
        resource, SECRET, f"{namespace}/{name}", f'CreateContainerConfigError: secret "{name}" not found'
    )
    values: dict[str, str] = secret.inputs.get("stringData") or secret.inputs.get("data") or {}
    if key not in values:
        raise Refused(f"CreateContainerConfigError: couldn't find key {key} in Secret {namespace}/{name}")
    return values[key]


@rule(RELEASE, "ready", source="kubernetes.io/docs/concepts/security/pod-security-standards/")
@rule(DEPLOYMENT, "ready", source="kubernetes.io/docs/concepts/security/pod-security-standards/")
@rule(JOB, "ready", source="kubernetes.io/docs/concepts/security/pod-security-standards/")
@rule(CRON_JOB, "ready", source="kubernetes.io/docs/concepts/security/pod-security-standards/")
def a_namespace_may_forbid_pods(cloud: Cloud, resource: Resource) -> None:
    """Only those demands of the level `restricted` are checked that pods here do not meet; all pods meet `baseline`."""
    namespace = cloud.get(NAMESPACE, resource.id.split("/")[0])
    labels: dict[str, str] = (namespace["metadata.labels"] if namespace else None) or {}
    if labels.get("pod-security.kubernetes.io/enforce") != "restricted":
        return
    spec = pod_spec(resource)
    found = containers(resource) or [{}]
    unsafe = any(dig(each, "securityContext.allowPrivilegeEscalation") is not False for each in found)
    if unsafe or dig(spec, "securityContext.runAsNonRoot") is not True:
        raise Refused(
            f'{resource.id}: pods are forbidden: violates PodSecurity "restricted:latest":'
            " allowPrivilegeEscalation != false or runAsNonRoot != true"
        )
