"""Counts the addresses that a deployment needs in each subnet: for nodes, pods, brokers, load balancers and EKS itself.

These addresses must be free before the deployment. Left out: addresses of other workloads in the same subnets, which
only the team knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from planning.estimate import Estimate
from planning.fleet.instances import catalogue

EKS_INTERFACES = 6
"""Free addresses that EKS requires in each subnet of the control plane, for its interfaces and during upgrades
(docs.aws.amazon.com/eks/latest/userguide/network-reqs.html#network-requirements-subnets).
"""
BALANCER = 8
"""Free addresses that a load balancer requires in each subnet
(docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#availability-zones).
"""
SURGE_NODES = 2
"""Nodes that EKS starts before it stops old ones when it updates a node group: up to twice the group's zones, and our
groups have one zone each (docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html)."""
NODE_DAEMONS = 1
"""EKS' own pods with an address on each node: only ebs-csi-node. aws-node and kube-proxy use the node's address."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Number of addresses needed in each private subnet, and in any public one."""

    private: Mapping[str, int]
    """Number of addresses needed in the private subnet of each zone."""
    public: int


def demand(
    plan: Estimate, *, private_balancers: int, public_balancers: int, interface_endpoints: int, nat: bool
) -> Demand:
    """Counts the addresses of a plan. `interface_endpoints` and `nat` count only what the program itself creates."""
    nodes_in_all = sum(group.nodes for group in plan.fleet.groups)
    pods_a_node = ceil(sum(pods.count + pods.surge for pods in plan.deployment.pods) / nodes_in_all)
    brokers = plan.kafka.count // len(plan.zones) if plan.kafka else 0
    base = EKS_INTERFACES + brokers + BALANCER * private_balancers + interface_endpoints
    private = dict.fromkeys(plan.zones, base)
    for group in plan.fleet.groups:
        for zone in group.zones:
            nodes = group.nodes_a_zone + SURGE_NODES
            private[zone] += nodes * node_addresses(group.instance, pods_a_node + NODE_DAEMONS)
    return Demand(private=private, public=BALANCER * public_balancers + nat)


def node_addresses(instance: str, pods: int) -> int:
    """Addresses that the VPC CNI takes for a node with so many pods.

    By default it takes whole interfaces, and one more in reserve (WARM_ENI_TARGET=1; aws/amazon-vpc-cni-k8s,
    eni-and-ip-target). Pods do not get the first address of an interface.
    """
    kind = catalogue()[instance]
    interfaces = min(kind.interfaces, ceil(pods / (kind.interface_addresses - 1)) + 1)
    return interfaces * kind.interface_addresses
