"""Arguments of the VPC, either a new or an existing one."""

from arguments.deployment import Deployment
from components.network.existing import ExistingNetworkArgs
from components.network.network import NetworkArgs


def for_network(deployment: Deployment) -> NetworkArgs | ExistingNetworkArgs:
    """Arguments of the network that the settings choose."""
    network = deployment.settings.network
    if network.existing:
        addresses = deployment.settings.addresses(deployment.plan)
        return ExistingNetworkArgs(
            vpc_id=network.existing.vpc_id,
            private_subnet_ids=network.existing.private_subnet_ids,
            public_subnet_ids=network.existing.public_subnet_ids,
            service_cidr=deployment.settings.cluster.service_cidr,
            private_addresses=addresses.private,
            public_addresses=addresses.public,
            cluster_name=deployment.name,
        )
    return NetworkArgs(
        region=deployment.plan.region,
        cidr=network.cidr,
        zones=deployment.settings.zones,
        nat=network.nat,
        interface_endpoints=deployment.settings.interface_endpoints,
        flow_logs=network.flow_logs,
        flow_log_retention_days=network.flow_log_days,
        permissions_boundary=deployment.settings.cluster.permissions_boundary,
    )
