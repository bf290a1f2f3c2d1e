"""Everything below Milvus, composed as `__main__.py` does it: for rules that no component can keep alone."""

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket, BucketArgs
from components.cluster import AccessEntry, Cluster, ClusterArgs
from components.kafka import Kafka, KafkaArgs
from components.load_balancer_controller import LoadBalancerController, LoadBalancerControllerArgs
from components.network import Network, NetworkArgs
from components.nodes import NodeGroup
from components.workload_identity import WorkloadIdentity, WorkloadIdentityArgs

REGION = "us-east-1"
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
ACCOUNT = "123456789012"
TARGET_GROUPS = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/milvus-*/*"
ADDONS = {
    "aws-ebs-csi-driver": "v1.50.1-eksbuild.1",
    "coredns": "v1.12.4-eksbuild.1",
    "kube-proxy": "v1.35.0-eksbuild.1",
    "metrics-server": "v0.8.0-eksbuild.2",
    "vpc-cni": "v1.20.4-eksbuild.1",
}


def program() -> None:
    """A production stack, up to where Milvus would start: a parameter that takes what its pods would."""
    provider = aws.Provider("aws", region=REGION, default_tags={"tags": {"stack": "prod"}})
    own = pulumi.ResourceOptions(provider=provider)
    network = Network(
        "network",
        NetworkArgs(
            region=REGION,
            cidr="10.0.0.0/16",
            zones=ZONES,
            nat="perZone",
            interface_endpoints=True,
            flow_logs="all",
        ),
        own,
    )
    cluster = Cluster(
        "cluster",
        ClusterArgs(
            region=REGION,
            cluster_name="milvus-prod",
            version="1.35",
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids,
            node_subnet_ids=network.node_subnet_ids,
            service_cidr="172.20.0.0/16",
            public_access_cidrs=("198.51.100.0/24",),
            access_entries={"team": AccessEntry(principal_arn="arn:team", policy="view")},
            node_groups=tuple(
                NodeGroup(name=f"nodes-{zone}", instance_type="m7g.2xlarge", zones=(zone,), min_nodes=1, max_nodes=2)
                for zone in ZONES
            ),
            addon_versions=ADDONS,
            keep_volumes=True,
            tags={"stack": "prod"},
            deletion_protection=True,
            protect=True,
        ),
        own,
    )
    kafka = Kafka(
        "kafka",
        KafkaArgs(
            region=REGION,
            account_id=ACCOUNT,
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids,
            client_security_group_ids={"cluster": cluster.security_group_id},
            version="3.9.x.kraft",
            instance_type="kafka.m7g.large",
            volume_gib=100,
            max_volume_gib=500,
            users=("a", "b"),
            open_monitoring=True,
            protect=True,
        ),
        own,
    )
    bucket = Bucket(
        "data",
        BucketArgs(region=REGION, customer_key=True, keep_deleted_days=7, force_destroy=False, protect=True),
        own,
    )
    identity = WorkloadIdentity(
        "milvus",
        WorkloadIdentityArgs(
            oidc_provider_arn=cluster.oidc_provider_arn,
            oidc_issuer=cluster.oidc_issuer,
            namespace="milvus",
            service_account="milvus",
            policies={"data": bucket.milvus_policy},
        ),
        own,
    )
    controller = LoadBalancerController(
        "load-balancer-controller",
        LoadBalancerControllerArgs(
            chart_version="3.5.0",
            region=REGION,
            cluster_name="milvus-prod",
            vpc_id=network.vpc_id,
            oidc_provider_arn=cluster.oidc_provider_arn,
            oidc_issuer=cluster.oidc_issuer,
            watch_namespace="milvus",
            target_group_arns=[TARGET_GROUPS],
            replicas=2,
        ),
        pulumi.ResourceOptions(providers=[provider, cluster.kubernetes]),
    )
    aws.ssm.Parameter(
        "milvus",
        type="String",
        value=pulumi.Output.format(
            "{0} {1} {2} {3} {4}",
            kafka.bootstrap_servers,
            bucket.bucket_name,
            identity.role_arn,
            cluster.storage_class,
            controller.ready,
        ),
        opts=own,
    )
