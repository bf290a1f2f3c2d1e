"""Evaluates NetworkPolicies as Kubernetes does: who may connect to which pod on which port.

Pure: it knows policies as the API has them, not the emulated cloud. AdminNetworkPolicies are left out, for nothing here
makes any. kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, Literal

Labels = Mapping[str, str]
Direction = Literal["Ingress", "Egress"]
NAME_OF_NAMESPACE = "kubernetes.io/metadata.name"
"""The label that the API server itself puts on every namespace."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One end of a connection: a pod, or addresses outside of the cluster (then it has no namespace)."""

    namespace: str = ""
    labels: Labels = field(default_factory=dict[str, str])
    namespace_labels: Labels = field(default_factory=dict[str, str])
    ports: Mapping[str, int] = field(default_factory=dict[str, int])
    """The named ports of the pod's containers."""
    networks: Sequence[IPv4Network] = ()
    """Where its address may lie. All of them must be admitted by a block of addresses that is to admit this peer."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    name: str
    namespace: str
    spec: Mapping[str, Any]

    def isolates(self, pod: Peer, direction: Direction) -> bool:
        """Whether the policy decides about this pod's connections in this direction."""
        types = self.spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in self.spec else [])]
        return (
            direction in types and pod.namespace == self.namespace and selects(self.spec.get("podSelector"), pod.labels)
        )

    def admits(self, target: Peer, other: Peer, port: int, direction: Direction, protocol: str = "TCP") -> bool:
        """Whether one of its rules allows the connection between the isolated pod and the `other` end.

        `port` is the one that is connected to: the target's own for ingress, the other's for egress.
        """
        listening = target if direction == "Ingress" else other
        for rule in self.spec.get(direction.lower()) or ():
            peers: list[Mapping[str, Any]] = rule.get("from" if direction == "Ingress" else "to") or []
            if (not peers or any(self._is(peer, other) for peer in peers)) and _on(
                rule.get("ports") or (), listening, port, protocol
            ):
                return True
        return False

    def _is(self, peer: Mapping[str, Any], other: Peer) -> bool:
        if "ipBlock" in peer:
            return bool(other.networks) and all(_within(network, peer["ipBlock"]) for network in other.networks)
        if not other.namespace:
            return False
        if "namespaceSelector" in peer:
            same = selects(peer["namespaceSelector"], {NAME_OF_NAMESPACE: other.namespace, **other.namespace_labels})
        else:
            same = other.namespace == self.namespace
        return same and selects(peer.get("podSelector"), other.labels)


def selects(selector: Mapping[str, Any] | None, labels: Labels) -> bool:
    """Whether a label selector selects these labels; an empty one selects everything."""
    selector = selector or {}
    wanted: Labels = selector.get("matchLabels") or {}
    return wanted.items() <= labels.items() and all(
        _holds(expression, labels) for expression in selector.get("matchExpressions") or ()
    )


def _holds(expression: Mapping[str, Any], labels: Labels) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case unknown:
            raise ValueError(f"{unknown} is no operator of a label selector: In, NotIn, Exists or DoesNotExist")


def _on(entries: Sequence[Mapping[str, Any]], listening: Peer, port: int, protocol: str) -> bool:
    """Whether a rule's ports have this one; no entries mean every port of every protocol."""
    for entry in entries:
        if entry.get("protocol", "TCP") != protocol:
            continue
        first = entry.get("port")
        first = listening.ports.get(first) if isinstance(first, str) else first
        if entry.get("port") is None or (first is not None and first <= port <= entry.get("endPort", first)):
            return True
    return not entries


def _within(network: IPv4Network, block: Mapping[str, Any]) -> bool:
    excepted = [IPv4Network(each) for each in block.get("except") or ()]
    return network.subnet_of(IPv4Network(block["cidr"])) and not any(network.overlaps(each) for each in excepted)


def isolating(policies: Sequence[Policy], pod: Peer, direction: Direction) -> Iterator[Policy]:
    """The policies without which everybody could connect to the pod, or the pod to everybody."""
    return (policy for policy in policies if policy.isolates(pod, direction))


def admitting(policies: Sequence[Policy], source: Peer, target: Peer, port: int) -> list[Policy] | None:
    """Which policies let `source` connect to `target` on a TCP port: none are needed where nothing isolates either end.

    Returns None if it may not connect.
    """
    needed: list[Policy] = []
    ends: tuple[tuple[Peer, Peer, Direction], ...] = ((source, target, "Egress"), (target, source, "Ingress"))
    for pod, other, direction in ends:
        deciding = list(isolating(policies, pod, direction)) if pod.namespace else []
        admitted = [policy for policy in deciding if policy.admits(pod, other, port, direction)]
        if deciding and not admitted:
            return None
        needed += admitted[:1]
    return needed
