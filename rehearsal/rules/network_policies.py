"""Which pods NetworkPolicies let talk to which. kubernetes.io/docs/concepts/services-networking/network-policies/

Only ingress by pod labels of the same namespace and by addresses; a peer by namespace is somebody else's.
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

from rehearsal.cloud.cloud import Cloud, Resource, dig
from rehearsal.rules.kubernetes import NETWORK_POLICY

Labels = Mapping[str, str]


def selecting(cloud: Cloud, namespace: str, target: Labels) -> list[Resource]:
    """Policies that hold for pods with these labels."""
    return [
        each
        for each in cloud.all(NETWORK_POLICY)
        if each.id.split("/")[0] == namespace and _selects(dig(each.inputs, "spec.podSelector"), target)
    ]


def kept_out(
    cloud: Cloud,
    resource: Resource,
    namespace: str,
    target: Labels,
    port: int,
    *,
    pod: Labels | None = None,
    networks: Sequence[IPv4Network] = (),
) -> bool:
    """Whether pods with these labels, or these addresses, may not connect; else `resource` relies on what lets them."""
    policies = selecting(cloud, namespace, target)
    for policy in policies:
        for ingress in dig(policy.inputs, "spec.ingress") or ():
            ports = [entry.get("port") for entry in ingress.get("ports") or ()]
            peers: list[dict[str, Any]] | None = ingress.get("from")
            if ports and port not in ports:
                continue
            if not peers or _all_admitted(peers, pod, networks):
                cloud.relies(resource, policy, f"before, no policy admits it to port {port} of its pods")
                return False
    return bool(policies)


def _all_admitted(peers: Sequence[dict[str, Any]], pod: Labels | None, networks: Sequence[IPv4Network]) -> bool:
    if pod is not None:
        return any("podSelector" in peer and _selects(peer["podSelector"], pod) for peer in peers)
    blocks = [IPv4Network(peer["ipBlock"]["cidr"]) for peer in peers if "ipBlock" in peer]
    return all(any(network.subnet_of(block) for block in blocks) for network in networks)


def _selects(selector: dict[str, Any] | None, labels: Labels) -> bool:
    wanted: dict[str, str] = (selector or {}).get("matchLabels") or {}
    return wanted.items() <= labels.items()
