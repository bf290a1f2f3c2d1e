"""Decides as kube-scheduler does on which node a pod runs, and what the message is if none is feasible.

It follows Kubernetes' documentation and shares no code with planning/, whose fleets are tested against it. Priorities
and preemption, preferred affinities, image locality, and everything that needs time (back-off, eviction delays) are
left out.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"


@dataclass(frozen=True)
class Taint:
    """A taint that keeps pods away, or the toleration of one (operator Equal)."""

    key: str
    value: str
    effect: str = "NoSchedule"
    """Or NoExecute. A toleration without an effect is one of both."""


@dataclass(frozen=True)
class Spread:
    """A topologySpreadConstraint with `whenUnsatisfiable: DoNotSchedule`."""

    selector: dict[str, str]
    topology_key: str = ZONE
    max_skew: int = 1
    honors_taints: bool = False
    """Whether nodes whose taints the pod does not tolerate count for nothing (nodeTaintsPolicy: Honor)."""


@dataclass(frozen=True)
class AntiAffinity:
    """A required anti-affinity (requiredDuringSchedulingIgnoredDuringExecution): no matching
    pod in the same topology."""

    selector: dict[str, str]
    topology_key: str = HOST


@dataclass(frozen=True)
class Pod:
    """A pod, with its requests and everything that limits where it can run."""

    name: str
    millicpu: int
    mib: int
    labels: dict[str, str] = field(default_factory=dict[str, str])
    ephemeral_gib: int = 0
    node_selector: dict[str, str] = field(default_factory=dict[str, str])
    tolerations: tuple[Taint, ...] = ()
    spread: tuple[Spread, ...] = ()
    anti_affinity: tuple[AntiAffinity, ...] = ()
    claim: str | None = None
    """Name of a PersistentVolumeClaim on EBS, whose zone is the one in which its pod first runs
    (WaitForFirstConsumer)."""
    everywhere: bool = False
    """True for a daemon's pod, which tolerates every taint."""


@dataclass
class Node:
    """A node: its allocatable resources (capacity less kube-reserved and eviction threshold), and the
    pods that run on it."""

    name: str
    labels: dict[str, str]
    millicpu: int
    mib: int
    max_pods: int
    ephemeral_gib: int = 0
    taints: tuple[Taint, ...] = ()
    pods: list[Pod] = field(default_factory=list[Pod])

    def free(self, amount: Callable[[Pod], int], allocatable: int) -> int:
        """What the pods here leave of an allocatable resource, of which each requests `amount`."""
        return allocatable - sum(amount(pod) for pod in self.pods)


@dataclass
class Cluster:
    """The nodes of a cluster, and where its volumes are."""

    nodes: list[Node]
    claims: dict[str, str] = field(default_factory=dict[str, str])
    """Zone of each bound claim, by name."""

    def run_daemons(self, pods: Iterable[Pod]) -> list[str]:
        """Runs one of each pod on every node, and returns a message for each that has no room."""
        return [
            f"{pod.name} on {node.name}: {reason}"
            for pod in pods
            for node in self.nodes
            if (reason := self._admit(pod, node))
        ]

    def schedule(self, pods: Iterable[Pod]) -> dict[str, str]:
        """Places the pods one after the other, and returns the event message, by name, of each that stays Pending."""
        pending: dict[str, str] = {}
        for pod in pods:
            reasons = {node.name: self.why_not(pod, node) for node in self.nodes}
            feasible = [node for node in self.nodes if reasons[node.name] is None]
            if not feasible:
                counts = Counter(reason for reason in reasons.values() if reason)
                text = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
                pending[pod.name] = f"0/{len(self.nodes)} nodes are available: {text}."
                continue
            self._bind(pod, max(feasible, key=lambda node: self._score(pod, node)))
        return pending

    def lose(self, is_lost: Callable[[Node], bool]) -> list[Pod]:
        """Removes nodes, and returns their pods that controllers create again, which leaves out daemons."""
        lost = [node for node in self.nodes if is_lost(node)]
        self.nodes = [node for node in self.nodes if not is_lost(node)]
        return [pod for node in lost for pod in node.pods if not pod.everywhere]

    def delete(self, name: str) -> None:
        """Deletes the pods of a name."""
        for node in self.nodes:
            node.pods = [pod for pod in node.pods if pod.name != name]

    def running(self, selector: dict[str, str]) -> int:
        """Number of running pods that a selector matches."""
        return sum(_matches(selector, pod) for node in self.nodes for pod in node.pods)

    def why_not(self, pod: Pod, node: Node) -> str | None:
        """The first reason, in kube-scheduler's words, why the pod cannot run on the node; None if it can.

        https://kubernetes.io/docs/concepts/scheduling-eviction/
        """
        # Taints and node selector (TaintToleration, NodeAffinity)
        if taint := _untolerated(pod, node):
            return f"node(s) had untolerated taint {{{taint.key}: {taint.value}}}"
        if not _selects(pod, node):
            return "node(s) didn't match Pod's node affinity/selector"
        # Requests must fit into what is allocatable, and the kubelet limits the number of pods (NodeResourcesFit)
        if len(node.pods) >= node.max_pods:
            return "Too many pods"
        if node.free(lambda other: other.millicpu, node.millicpu) < pod.millicpu:
            return "Insufficient cpu"
        if node.free(lambda other: other.mib, node.mib) < pod.mib:
            return "Insufficient memory"
        if pod.ephemeral_gib and node.free(lambda other: other.ephemeral_gib, node.ephemeral_gib) < pod.ephemeral_gib:
            return "Insufficient ephemeral-storage"
        # An EBS volume can only be attached in its zone (VolumeBinding, VolumeZone)
        if pod.claim in self.claims and self.claims[pod.claim] != node.labels[ZONE]:
            return "node(s) had volume node affinity conflict"
        if any(self._skewed(pod, rule, node) for rule in pod.spread):
            return "node(s) didn't match pod topology spread constraints"
        # Anti-affinity applies both ways: to pods that this one avoids, and to pods that avoid it (InterPodAffinity)
        if any(self._near(rule, node) for rule in pod.anti_affinity) or self._avoided(pod, node):
            return "node(s) didn't match pod anti-affinity rules"
        return None

    def _skewed(self, pod: Pod, rule: Spread, node: Node) -> bool:
        """Whether the pod would exceed the skew: matching pods in its domain, with it, less
        those in the emptiest domain.

        The domains are those of nodes that the pod's selector matches (nodeAffinityPolicy Honor, the default), whatever
        their taints unless the rule honors them:
        https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
        """
        counted = [
            other
            for other in self.nodes
            if _selects(pod, other) and not (rule.honors_taints and _untolerated(pod, other))
        ]
        counts = {other.labels[rule.topology_key]: 0 for other in counted}
        for other in counted:
            counts[other.labels[rule.topology_key]] += sum(_matches(rule.selector, pod) for pod in other.pods)
        here = counts.get(node.labels[rule.topology_key], 0)
        return here + 1 - min(counts.values(), default=0) > rule.max_skew

    def _near(self, rule: AntiAffinity, node: Node) -> bool:
        """Whether a pod that the rule matches runs in the node's domain."""
        where = node.labels[rule.topology_key]
        return any(
            _matches(rule.selector, pod)
            for other in self.nodes
            if other.labels[rule.topology_key] == where
            for pod in other.pods
        )

    def _avoided(self, pod: Pod, node: Node) -> bool:
        """Whether a pod in the node's domain has a rule that matches this pod."""
        return any(
            _matches(rule.selector, pod) and other.labels[rule.topology_key] == node.labels[rule.topology_key]
            for other in self.nodes
            for present in other.pods
            for rule in present.anti_affinity
        )

    def _score(self, pod: Pod, node: Node) -> float:
        """The default scores that matter here, each 0 to 1: LeastAllocated and BalancedAllocation with weight 1, and
        the built-in preference for nodes and zones with fewer pods of the same kind with weight 2 (PodTopologySpread's
        system default constraints). https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
        """
        cpu = (node.free(lambda other: other.millicpu, node.millicpu) - pod.millicpu) / node.millicpu
        mib = (node.free(lambda other: other.mib, node.mib) - pod.mib) / node.mib
        alike = sum(other.labels == pod.labels for other in node.pods)
        zone = sum(
            other.labels == pod.labels
            for twin in self.nodes
            if twin.labels[ZONE] == node.labels[ZONE]
            for other in twin.pods
        )
        return (cpu + mib) / 2 + (1 - abs(cpu - mib) / 2) + 1 / (1 + alike) + 1 / (1 + zone)

    def _admit(self, pod: Pod, node: Node) -> str | None:
        if reason := self.why_not(pod, node):
            return reason
        self._bind(pod, node)
        return None

    def _bind(self, pod: Pod, node: Node) -> None:
        node.pods.append(pod)
        if pod.claim:
            self.claims.setdefault(pod.claim, node.labels[ZONE])


def _selects(pod: Pod, node: Node) -> bool:
    """Whether the node has the labels that the pod's node selector asks for."""
    return pod.node_selector.items() <= node.labels.items()


def _untolerated(pod: Pod, node: Node) -> Taint | None:
    """The first of the node's taints that keeps the pod away; None if there is none."""
    return None if pod.everywhere else next((taint for taint in node.taints if not _tolerated(taint, pod)), None)


def _tolerated(taint: Taint, pod: Pod) -> bool:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"""
    return any(
        (each.key, each.value) == (taint.key, taint.value) and each.effect in ("", taint.effect)
        for each in pod.tolerations
    )


def _matches(selector: dict[str, str], pod: Pod) -> bool:
    return all(pod.labels.get(key) == value for key, value in selector.items())
