"""The program: settings -> plan -> components -> outputs."""

import gc

gc.disable()  # The SDKs' classes live as long as the program: collecting while they load costs a preview half a second.

import pulumi

import outputs
from settings.model import Settings
from settings.reading import load


def embedded(settings: Settings) -> None:
    """Milvus Lite on this machine."""
    from arguments import embedded as arguments
    from components.embedded.embedded import Embedded

    outputs.export(**arguments.contract(Embedded("milvus", arguments.for_embedded(settings, pulumi.get_stack()))))


def aws(settings: Settings) -> None:
    """Milvus on EKS, with S3 as its storage, and its log on MSK or there, too."""
    from arguments import aws as arguments
    from components import aws as components

    provider, account, deployment = arguments.in_account("aws", arguments.Deployment.of(settings, pulumi.get_stack()))
    there = arguments.look_up(deployment, provider)
    maybe, on_aws = components.maybe, pulumi.ResourceOptions(provider=provider)
    network = components.network("network", arguments.for_network(deployment), on_aws)
    bucket = components.bucket("bucket", arguments.for_bucket(deployment, there), on_aws)
    endpoints = components.Endpoints("endpoints", arguments.for_endpoints(deployment, network), on_aws)
    link = maybe(components.PrivateLink, "private-link", arguments.for_link(deployment, endpoints, there), on_aws)
    cluster = components.Cluster("cluster", arguments.for_cluster(deployment, network), on_aws)
    to_kafka = arguments.for_kafka(deployment, network, cluster, account)
    kafka = maybe(components.Kafka, "kafka", to_kafka, on_aws) or there.kafka
    in_cluster = pulumi.ResourceOptions(providers=[provider, cluster.kubernetes])
    to_controller = arguments.for_controller(deployment, network, cluster, account)
    controller = components.LoadBalancerController("controller", to_controller, in_cluster)
    identity = components.WorkloadIdentity("milvus-s3", arguments.for_identity(deployment, cluster, bucket), on_aws)
    to_milvus, to_attu = arguments.bindings(deployment, endpoints, network, cluster, controller)
    release = arguments.for_milvus(deployment, cluster, kafka, bucket, identity, to_milvus)
    milvus = components.Milvus("milvus", release, in_cluster)
    maybe(components.Attu, "attu", arguments.for_attu(deployment, milvus, to_attu), in_cluster)
    canary = maybe(components.Canary, "canary", arguments.for_canary(deployment, cluster, milvus), in_cluster)
    backup = maybe(components.Backup, "backup", arguments.for_backup(deployment, cluster, bucket, milvus), in_cluster)
    made = (network, cluster, kafka, bucket, endpoints, milvus, backup)
    to_alarms = arguments.for_observability(deployment, account, *made, canary)
    observability = maybe(components.Observability, "observability", to_alarms, on_aws)
    maybe(components.Prometheus, "prometheus", arguments.for_prometheus(deployment, milvus), in_cluster)
    contract = outputs.export(**arguments.contract(deployment, *made, link, observability))
    components.Parameters("parameters", arguments.for_parameters(deployment, contract), on_aws)


settings = load()
{"aws": aws, "embedded": embedded}[settings.target](settings)
gc.freeze()
gc.enable()
