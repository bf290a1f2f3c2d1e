"""Rules about pods, those of Milvus' chart and our own: spread, standby, budgets, security, and how long Helm waits."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from planning import images
from policies.balancing import BINDING
from policies.releases import RELEASE, is_milvus
from policies.rule import LOOSER_IN_DEVELOPMENT, UNKNOWN, Resource, at, items, off, on, pod_of, rule, stack_rule

BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
NAMESPACE = "kubernetes:core/v1:Namespace"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
OURS = (
    DEPLOYMENT,
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:apps/v1:DaemonSet",
    "kubernetes:batch/v1:Job",
    "kubernetes:batch/v1:CronJob",
)
ROLES = {
    "mixCoordinator": "mixcoord",
    "proxy": "proxy",
    "queryNode": "querynode",
    "dataNode": "datanode",
    "streamingNode": "streamingnode",
}
"""Milvus' roles by the key of the chart's values, with their pods' label `component`."""
ZONE = "topology.kubernetes.io/zone"
LEAST_TIMEOUT_SECONDS = 900
STANDARDS = "kubernetes.io/docs/concepts/security/pod-security-standards/"
GATE = "elbv2.k8s.aws/pod-readiness-gate-inject"
IMAGES = {image.path: image.tag for image in (images.ATTU, images.ETCD, images.PROBE)}
"""Images that were looked at, with their tags; a registry's host and path may stand before them."""


def copies(release: Resource) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """What Milvus' release runs several pods of: key of the values, number of pods, and its values."""
    for key in (*ROLES, "etcd"):
        role = at(release.inputs, f"values.{key}")
        number = at(role, "replicaCount" if key == "etcd" else "replicas")
        if isinstance(number, int | float) and number > 1:
            yield key, int(number), cast(Mapping[str, Any], role)


@rule(
    "pods-spread",
    RELEASE,
    why="The scheduler may put all pods of a role, or etcd's majority, into one zone, and lose them with it.",
    source="kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
    fix=f"topologySpreadConstraints over {ZONE} that count the role's own pods (planning/chart/helm_values.py).",
)
def pods_spread(resource: Resource) -> Iterator[str]:
    if not is_milvus(resource):
        return
    for key, _, role in copies(resource):
        constraints = at(role, "topologySpreadConstraints")
        zones = [each for each in items(constraints) if at(each, "topologyKey") == ZONE]
        if constraints == UNKNOWN:
            continue
        if not zones:
            yield f"the pods of {key} may all be in one zone"
        for each in zones:
            labels = cast(Mapping[str, str], at(each, "labelSelector.matchLabels") or {})
            own = {"app.kubernetes.io/name": "etcd"} if key == "etcd" else {"component": ROLES[key]}
            if not own.items() <= labels.items():
                yield f"the constraint of {key} counts other pods than its own"
            if at(each, "maxSkew") not in (1, UNKNOWN):
                yield f"the constraint of {key} lets zones differ by {at(each, 'maxSkew')} pods"


@rule(
    "milvus-standby",
    RELEASE,
    why="Two coordinators without active-standby both believe that they lead; one without is a minute away.",
    source="github.com/zilliztech/milvus-helm, charts/milvus/values.yaml: mixCoordinator.activeStandby",
    fix="mixCoordinator.activeStandby.enabled: true where it has more than one replica.",
)
def milvus_standby(resource: Resource) -> Iterator[str]:
    several = is_milvus(resource) and any(key == "mixCoordinator" for key, _, _ in copies(resource))
    if several and not on(at(resource.inputs, "values.mixCoordinator.activeStandby.enabled")):
        yield "its coordinators are no standby for each other"


@rule(
    "etcd-odd",
    RELEASE,
    why="An even number of members survives no more losses than one less, and an outage of half of them stops it.",
    source="etcd.io/docs/v3.5/faq/#why-an-odd-number-of-cluster-members",
    fix="etcd.replicaCount 1, 3 or 5.",
)
def etcd_odd(resource: Resource) -> Iterator[str]:
    number = at(resource.inputs, "values.etcd.replicaCount")
    if is_milvus(resource) and isinstance(number, int | float) and number % 2 == 0:
        yield f"etcd has {number:g} members"


@rule(
    "release-waits",
    RELEASE,
    why="Helm's five minutes are over before volumes and load balancers are there; not waiting proves nothing.",
    source="helm.sh/docs/helm/helm_install (--timeout 5m0s, --wait)",
    fix=f"timeout of at least {LEAST_TIMEOUT_SECONDS} seconds, skipAwait false.",
)
def release_waits(resource: Resource) -> Iterator[str]:
    timeout = at(resource.inputs, "timeout")
    if timeout != UNKNOWN and (timeout or 300) < LEAST_TIMEOUT_SECONDS:
        yield f"Helm gives up after {timeout or 300:g} seconds"
    if not off(at(resource.inputs, "skipAwait")):
        yield "Helm does not wait until its pods are ready"


@stack_rule(
    "budgets-allow-one",
    BUDGET,
    RELEASE,
    why="With a budget of 0 no node can be drained; without one a drain takes all pods, or etcd's majority.",
    source="kubernetes.io/docs/tasks/run-application/configure-pdb/",
    fix="maxUnavailable: 1 for etcd and for each role with several pods, or what planning/fleet/draining.py says.",
)
def budgets_allow_one(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    budgets = [each for each in resources if each.type == BUDGET]
    numbers = {_label(key): number for release in filter(is_milvus, resources) for key, number, _ in copies(release)}
    for each in budgets:
        kept, away = (at(each.inputs, f"spec.{key}") for key in ("minAvailable", "maxUnavailable"))
        labels = at(each.inputs, "spec.selector.matchLabels")
        if kept not in (None, UNKNOWN):
            yield each, f"keeps {kept} pods, which does not follow their number"
        elif away not in (1, UNKNOWN) and at(each.inputs, "spec") != UNKNOWN:
            pods = max((numbers.get(label, 0) for label in cast(Mapping[str, str], labels or {}).items()), default=0)
            # Pods that find no place while a node is drained count as away, too (planning/fleet/draining.py).
            if not isinstance(away, int | float) or not 1 <= away <= pods / 2 or _label("etcd") in labels.items():
                yield each, f"lets {away if away is not None else 'no'} pods be away at once"
        if not labels:
            yield each, "selects no pods of its own"
        if at(each.inputs, "spec.unhealthyPodEvictionPolicy") not in ("AlwaysAllow", UNKNOWN):
            yield each, "pods that are not ready anyway hold up a drain (unhealthyPodEvictionPolicy)"
    selected: list[Any] = [at(each.inputs, "spec.selector.matchLabels") for each in budgets]
    if UNKNOWN in selected:
        return
    for release in filter(is_milvus, resources):
        for key, number, _ in copies(release):
            if not any(_label(key) in (labels or {}).items() for labels in selected):
                yield release, f"no budget protects the {number} pods of {key}"


def _label(key: str) -> tuple[str, str]:
    """The label by which a budget selects the pods of a key of the chart's values."""
    return ("app.kubernetes.io/name", "etcd") if key == "etcd" else ("component", ROLES[key])


@stack_rule(
    "readiness-gate",
    NAMESPACE,
    why="A roll-out goes on before the load balancer has the new pod, and clients are refused meanwhile.",
    source="github.com/kubernetes-sigs/aws-load-balancer-controller, docs/deploy/pod_readiness_gate.md",
    fix=f"label {GATE}: enabled on the namespace of whatever a TargetGroupBinding binds.",
)
def readiness_gate(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    bound = {str(at(each.inputs, "metadata.namespace")) for each in resources if each.type == BINDING}
    for each in resources:
        ours = each.type == NAMESPACE and str(at(each.inputs, "metadata.name")) in bound
        if ours and at(each.inputs, "metadata.labels") != UNKNOWN and _labels(each).get(GATE) != "enabled":
            yield each, "its pods are ready before the load balancer says so"


@rule(
    "namespace-pod-security",
    NAMESPACE,
    why="Without a level a pod of this namespace may be root of its node.",
    source=f"{STANDARDS}; kubernetes.io/docs/concepts/security/pod-security-admission/",
    fix="label pod-security.kubernetes.io/enforce: baseline or restricted.",
)
def namespace_pod_security(resource: Resource) -> Iterator[str]:
    if at(resource.inputs, "metadata.labels") == UNKNOWN:
        return
    level = _labels(resource).get("pod-security.kubernetes.io/enforce")
    if level not in ("baseline", "restricted", UNKNOWN):
        yield f"enforces the level {level or 'privileged'}"


def _labels(resource: Resource) -> Mapping[str, str]:
    return cast(Mapping[str, str], at(resource.inputs, "metadata.labels") or {})


@rule(
    "pod-security",
    *OURS,
    why="What breaks out of a process then has the node, and with it every pod there.",
    source=STANDARDS,
    fix="the context of components/pods/security.py (restricted); Attu's image alone runs as root.",
)
def pod_security(resource: Resource) -> Iterator[str]:
    pod = pod_of(resource)
    if pod == UNKNOWN:
        return
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if not off(at(pod, key)):
            yield f"{key} is on"
    for volume in items(at(pod, "volumes")):
        if at(volume, "hostPath") is not None:
            yield f"volume {at(volume, 'name')} is a folder of the node"
    if at(pod, "automountServiceAccountToken") is not False and not at(pod, "serviceAccountName"):
        yield "gets a token of the Kubernetes API that it does not need"
    for container in [*items(at(pod, "containers")), *items(at(pod, "initContainers"))]:
        yield from (f"container {at(container, 'name')}: {text}" for text in _unsafe(pod, container))


def _unsafe(pod: Any, container: Any) -> Iterator[str]:
    """What one container has that the level `restricted` forbids."""

    def either(key: str) -> Any:
        own = at(container, f"securityContext.{key}")
        return own if own is not None else at(pod, f"securityContext.{key}")

    if at(container, "securityContext.allowPrivilegeEscalation") not in (False, UNKNOWN):
        yield "allowPrivilegeEscalation is not false"
    if not off(at(container, "securityContext.privileged")):
        yield "is privileged"
    dropped = at(container, "securityContext.capabilities.drop")
    if dropped != UNKNOWN and "ALL" not in items(dropped):
        yield "keeps capabilities (drop ALL)"
    if items(at(container, "securityContext.capabilities.add")):
        yield "adds capabilities"
    if either("seccompProfile.type") not in ("RuntimeDefault", "Localhost", UNKNOWN):
        yield "has no seccomp profile"
    image = str(at(container, "image"))
    if not on(either("runAsNonRoot")) and UNKNOWN not in image and images.ATTU.path not in image:
        yield "may run as root (runAsNonRoot)"


@rule(
    "pods-limited",
    *OURS,
    why="Without requests a pod is placed where there is no room; without a limit its leak takes Milvus' memory.",
    source="kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    fix="requests of cpu and memory, a memory limit; a readinessProbe where it serves somebody.",
)
def pods_limited(resource: Resource) -> Iterator[str]:
    for container in items(at(pod_of(resource), "containers")):
        for path in ("requests.cpu", "requests.memory", "limits.memory"):
            if not at(container, f"resources.{path}"):
                yield f"container {at(container, 'name')} has no {path}"
        if resource.type == DEPLOYMENT and not at(container, "readinessProbe"):
            yield f"container {at(container, 'name')} counts as ready before it answers (readinessProbe)"


@rule(
    "known-images",
    RELEASE,
    *OURS,
    why="A tag that nobody has looked at may not exist, or not fit: the first to know would be the kubelet.",
    source="planning/images.py",
    fix="the image and tag of planning/images.py; Milvus' own is judged by image-floor.",
    levels=LOOSER_IN_DEVELOPMENT,
)
def known_images(resource: Resource) -> Iterator[str]:
    if resource.type == RELEASE:
        image = at(resource.inputs, "values.etcd.image")
        named = [f"{at(image, 'repository')}:{at(image, 'tag')}"] if is_milvus(resource) and image else []
    else:
        pod = pod_of(resource)
        containers = [*items(at(pod, "containers")), *items(at(pod, "initContainers"))]
        named = [str(at(container, "image")) for container in containers]
    for each in named:
        repository, _, tag = each.rpartition(":")
        known = [IMAGES[name] for name in IMAGES if f"/{repository}".endswith(f"/{name}")]
        if UNKNOWN not in each and tag not in known:
            yield f"image {each} is none that was looked at"


RULES = (
    pods_spread,
    milvus_standby,
    etcd_odd,
    release_waits,
    budgets_allow_one,
    readiness_gate,
    namespace_pod_security,
    pod_security,
    pods_limited,
    known_images,
)
