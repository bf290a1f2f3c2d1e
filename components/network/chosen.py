"""The VPC that a stack has chosen: one of its own, or one that is there."""

import pulumi

from components.network.existing import ExistingNetwork, ExistingNetworkArgs
from components.network.network import Network, NetworkArgs

AnyNetwork = Network | ExistingNetwork
"""Both have the same outputs."""


def network(name: str, args: NetworkArgs | ExistingNetworkArgs, opts: pulumi.ResourceOptions) -> AnyNetwork:
    if isinstance(args, ExistingNetworkArgs):
        return ExistingNetwork(name, args, opts)
    return Network(name, args, opts)
