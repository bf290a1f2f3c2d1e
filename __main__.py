"""The program: settings -> plan -> components -> outputs."""

import gc

gc.disable()  # The SDKs' classes are garbage to nobody: collecting while they load costs a preview half a second.

import pulumi

import outputs
import settings


def embedded(config: settings.Settings) -> None:
    """Milvus Lite on this machine."""
    from components.embedded import Embedded, EmbeddedArgs

    milvus = Embedded(
        "milvus",
        EmbeddedArgs(
            port=config.embedded.port,
            data_dir=config.embedded.data_dir or f".local/milvus/{pulumi.get_stack()}",
            log_level=config.embedded.log_level,
            keep_data=config.embedded.keep_data,
        ),
    )
    outputs.export(
        target="embedded", milvus_uri=milvus.uri, milvus_host=milvus.host, milvus_port=milvus.port, milvus_tls=False
    )


def aws(config: settings.Settings) -> None:
    """Milvus on EKS, with MSK as its log and S3 as its storage."""
    import pulumi_aws as aws
    from pulumi import ResourceOptions

    import endpoint_arguments
    from arguments import Arguments
    from components.attu import Attu
    from components.bucket import Bucket
    from components.cluster import Cluster
    from components.endpoints import Endpoints
    from components.kafka import Kafka
    from components.load_balancer_controller import LoadBalancerController
    from components.milvus import Milvus
    from components.parameters import Parameters, ParametersArgs
    from components.workload_identity import WorkloadIdentity

    arguments = Arguments.of(config, pulumi.get_stack())
    provider = aws.Provider(
        "aws",
        region=arguments.plan.region,
        allowed_account_ids=list(config.access.account_ids) or None,
        default_tags={"tags": arguments.tags},
    )
    on_aws = ResourceOptions(provider=provider)
    account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(provider=provider)).account_id

    network = arguments.network("network", on_aws)
    bucket = Bucket("bucket", arguments.bucket(), on_aws)
    endpoints = Endpoints("endpoints", endpoint_arguments.endpoints(config, network), on_aws)
    cluster = Cluster("cluster", arguments.cluster(network), on_aws)
    kafka = Kafka("kafka", arguments.kafka(network, cluster, account_id), on_aws)

    in_cluster = ResourceOptions(providers=[provider, cluster.kubernetes])
    controller = LoadBalancerController("controller", arguments.controller(network, cluster, account_id), in_cluster)
    identity = WorkloadIdentity("milvus-s3", arguments.milvus_identity(cluster, bucket.milvus_policy), on_aws)
    to_milvus, to_attu = endpoint_arguments.bindings(config, endpoints, network, cluster, controller.ready)
    milvus = Milvus(
        "milvus", arguments.milvus(cluster, kafka, bucket.bucket_name, identity.role_arn, to_milvus), in_cluster
    )
    if to_attu:
        Attu("attu", endpoint_arguments.attu(config, milvus.namespace, milvus.service, to_attu), in_cluster)

    scheme = endpoints.milvus_tls.apply(lambda tls: "https" if tls else "http")
    contract = outputs.export(
        target="aws",
        # Who reads the address finds a Milvus that works.
        milvus_uri=pulumi.Output.all(scheme, endpoints.milvus_host, endpoints.milvus_port, milvus.ready).apply(
            lambda known: "{}://{}:{}".format(*known[:3])
        ),
        milvus_host=endpoints.milvus_host,
        milvus_port=endpoints.milvus_port,
        milvus_tls=endpoints.milvus_tls,
        milvus_auth_secret_arn=milvus.auth_secret_arn,
        attu_url=endpoints.attu_url if to_attu else None,
        bucket_name=bucket.bucket_name,
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        kafka_secret_arn=kafka.secret_arn,
        vpc_id=network.vpc_id,
        private_subnet_ids=list(network.private_subnet_ids.values()),
        client_security_group_id=endpoints.client_security_group_id,
        nlb_arn=endpoints.nlb_arn,
        cluster_name=cluster.cluster_name,
        namespace=milvus.namespace,
        aws_region=arguments.plan.region,
        estimate=arguments.plan.to_json(),
    )
    Parameters("parameters", ParametersArgs(stack=pulumi.get_stack(), values=contract), on_aws)


try:
    config = settings.load()
except settings.SettingsError as error:
    raise pulumi.RunError(str(error)) from None
(aws if config.target == "aws" else embedded)(config)
gc.freeze()
gc.enable()
