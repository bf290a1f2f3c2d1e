"""The network that a stack's settings choose: a VPC of its own, or an existing one."""

import pulumi

from components.network.existing import ExistingNetwork, ExistingNetworkArgs
from components.network.network import Network, NetworkArgs

AnyNetwork = Network | ExistingNetwork
"""Either kind of network; both have the same outputs."""


def network(name: str, args: NetworkArgs | ExistingNetworkArgs, opts: pulumi.ResourceOptions) -> AnyNetwork:
    """Creates the component that fits the arguments."""
    if isinstance(args, ExistingNetworkArgs):
        return ExistingNetwork(name, args, opts)
    return Network(name, args, opts)
