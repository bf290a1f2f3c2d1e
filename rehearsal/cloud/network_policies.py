"""Evaluates NetworkPolicies as Kubernetes does: which peers may connect to which pod on which port.

All functions are pure: they take policies in the API's form, and do not know the emulated cloud. AdminNetworkPolicies
are left out, because nothing here creates any. kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, Literal

Labels = Mapping[str, str]
Direction = Literal["Ingress", "Egress"]
NAME_OF_NAMESPACE = "kubernetes.io/metadata.name"
"""Label with the namespace's name, which the API server itself puts on every namespace."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One end of a connection: a pod, or addresses outside of the cluster, which have no namespace."""

    namespace: str = ""
    labels: Labels = field(default_factory=dict[str, str])
    namespace_labels: Labels = field(default_factory=dict[str, str])
    ports: Mapping[str, int] = field(default_factory=dict[str, int])
    """Numbers of the containers' named ports, by name."""
    networks: Sequence[IPv4Network] = ()
    """Networks that contain its address. An ipBlock admits this peer only if it admits all of them."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A NetworkPolicy, with its `spec` as in the API."""

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

        `port` is the port that is connected to: the target's for ingress, the other end's for egress.
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
        """Whether an entry of `from` or `to` matches the other end."""
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
    """Whether a label selector matches these labels; an empty selector matches everything."""
    selector = selector or {}
    wanted: Labels = selector.get("matchLabels") or {}
    return wanted.items() <= labels.items() and all(
        _holds(expression, labels) for expression in selector.get("matchExpressions") or ()
    )


def _holds(expression: Mapping[str, Any], labels: Labels) -> bool:
    """Whether labels meet one expression of a selector. Raises ValueError for an unknown operator."""
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
    """Whether a rule's list of ports includes this port; an empty list means every port of every protocol."""
    for entry in entries:
        if entry.get("protocol", "TCP") != protocol:
            continue
        first = entry.get("port")
        first = listening.ports.get(first) if isinstance(first, str) else first
        if entry.get("port") is None or (first is not None and first <= port <= entry.get("endPort", first)):
            return True
    return not entries


def _within(network: IPv4Network, block: Mapping[str, Any]) -> bool:
    """Whether an ipBlock includes a whole network."""
    excepted = [IPv4Network(each) for each in block.get("except") or ()]
    return network.subnet_of(IPv4Network(block["cidr"])) and not any(network.overlaps(each) for each in excepted)


def isolating(policies: Sequence[Policy], pod: Peer, direction: Direction) -> Iterator[Policy]:
    """The policies that isolate the pod: without any, everybody can connect to it, or it can connect to everybody."""
    return (policy for policy in policies if policy.isolates(pod, direction))


def admitting(policies: Sequence[Policy], source: Peer, target: Peer, port: int) -> list[Policy] | None:
    """The policies that let `source` connect to `target` on a TCP port; none are needed if
    no policy isolates either end.

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
