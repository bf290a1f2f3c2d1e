"""Deployments for tests: Milvus and Attu as in __main__.py, with the answers that AWS and the API server would give."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components.endpoints.attu import Attu, AttuArgs
from components.milvus.login import KafkaLogin
from components.milvus.milvus import Milvus, MilvusArgs
from components.pods.target_binding import Binding
from tests.chart.sample import CLUSTER
from tests.components.recording import Recording, Resource, record

BINDING = Binding(
    target_group_arn="arn:target-group",
    load_balancer_security_group_id="sg-balancer",
    load_balancer_cidrs=["10.0.0.0/20", "10.0.32.0/20"],
    node_security_group_id="sg-nodes",
    controller="3.5.0",
)
LOGIN = KafkaLogin(bootstrap_servers="b-1:9096,b-2:9096", username="milvus", password="planted-kafka-password")
MILVUS = MilvusArgs(
    namespace="milvus",
    service_account="milvus",
    roles=CLUSTER.roles,
    etcd=CLUSTER.etcd,
    storage_class="gp3",
    region="eu-west-1",
    bucket_name="bucket",
    role_arn="arn:role",
    kafka=LOGIN,
    prefix="milvus-prod",
    root_path="milvus-prod",
    binding=BINDING,
)
PLANTED = ("planted-kafka-password", "planted-root-password")

ATTU = AttuArgs(namespace="milvus", milvus_address="milvus:19530", binding=BINDING)


AUTONAMED = ("kubernetes:core/v1:Secret", "kubernetes:core/v1:ConfigMap", "kubernetes:batch/v1:Job")


def providers() -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(
        providers=[k8s.Provider("cluster", kubeconfig="{}"), aws.Provider("aws", region="eu-west-1")]
    )


def named(resource: Resource) -> dict[str, Any]:
    """Metadata as the API server answers them, with a name for objects that had none."""
    metadata = resource.raw["metadata"]
    metadata.setdefault("name", f"{resource.name}-1a2b3c")
    return {"metadata": metadata}


def deploy_milvus(args: MilvusArgs = MILVUS, *, root_password: str = PLANTED[1], preview: bool = False) -> Recording:
    def program() -> None:
        milvus = Milvus("milvus", args, providers())
        for output in ("namespace", "service", "ready", "auth_secret_arn"):
            aws.ssm.Parameter(output, type="String", value=getattr(milvus, output))

    return record(
        program,
        outputs={
            "random:index/randomPassword:RandomPassword": {"result": root_password},
            **dict.fromkeys(AUTONAMED, named),
        },
        preview=preview,
    )


def deploy_attu(args: AttuArgs = ATTU) -> Recording:
    def program() -> None:
        attu = Attu("attu", args, providers())
        pulumi.export("port_forward", attu.port_forward)

    return record(program)
