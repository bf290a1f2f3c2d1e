"""Applies NetworkPolicies to the pods of the emulated cluster; cloud/network_policies.py evaluates them."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Network

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.network_policies import Labels, Peer, Policy, admitting, isolating
from rehearsal.cloud.resource import Resource, parts
from rehearsal.rules.ec2 import SUBNET
from rehearsal.rules.eks import NODE_GROUP
from rehearsal.rules.kubernetes import BUILT_IN, NAMESPACE, NETWORK_POLICY


def policies(cloud: Cloud) -> dict[str, Resource]:
    """All NetworkPolicies that exist, by `namespace/name`."""
    return {each.id: each for each in cloud.all(NETWORK_POLICY)}


def pod(cloud: Cloud, namespace: str, labels: Labels) -> Peer:
    """A pod with these labels. Nothing that must reach another pod may count on an address: pods change theirs."""
    made = cloud.get(NAMESPACE, namespace)
    return Peer(namespace=namespace, labels=labels, namespace_labels=parts(made["metadata.labels"] if made else None))


def node_networks(cloud: Cloud) -> list[IPv4Network]:
    """Networks from which pods get their addresses: with the VPC CNI, those of the nodes' subnets."""
    subnets = {str(id_) for group in cloud.all(NODE_GROUP) for id_ in group["subnetIds"] or ()}
    return [IPv4Network(subnet["cidrBlock"]) for id_ in sorted(subnets) if (subnet := cloud.get(SUBNET, id_))]


def strangers(cloud: Cloud, namespace: str) -> list[Peer]:
    """Pods of others, one for each zone in each namespace: this one, every other one, and one that does not exist yet.

    They have an address of the nodes' subnets, so that a policy that admits these addresses admits them.
    """
    spaces = {namespace, "elsewhere", *BUILT_IN, *(str(each.id) for each in cloud.all(NAMESPACE))}
    pods = [pod(cloud, each, {"app": "stranger"}) for each in sorted(spaces)]
    return [replace(each, networks=(network,)) for each in pods for network in node_networks(cloud)] or pods


def selecting(cloud: Cloud, namespace: str, target: Labels) -> list[Resource]:
    """The policies that decide which peers may connect to pods with these labels."""
    by_name = policies(cloud)
    parsed = [_parsed(each) for each in by_name.values()]
    return [by_name[each.name] for each in isolating(parsed, pod(cloud, namespace, target), "Ingress")]


def kept_out(
    cloud: Cloud,
    resource: Resource,
    namespace: str,
    target: Labels,
    port: int,
    *,
    pods: Sequence[Peer] = (),
    networks: Sequence[IPv4Network] = (),
) -> bool:
    """Whether one of these pods, or one of these addresses, may not connect to a TCP port of the target's pods.

    If all may connect, `resource` relies on the policies that let them.
    """
    by_name = policies(cloud)
    parsed = [_parsed(each) for each in by_name.values()]
    sources = [*pods, *(Peer(networks=(network,)) for network in networks)]
    for source in sources:
        admitted = admitting(parsed, source, pod(cloud, namespace, target), port)
        if admitted is None:
            return True
        for policy in admitted:
            cloud.relies(resource, by_name[policy.name], f"before, no policy admits it to port {port} of its pods")
    return False


def _parsed(policy: Resource) -> Policy:
    return Policy(name=policy.id, namespace=policy.id.split("/")[0], spec=parts(policy.inputs.get("spec")))
