"""An application that uses another stack's Milvus. It knows only the contract, which it reads by StackReference.

It needs neither the producer's code nor its key. milvus_contract is a link here; elsewhere, copy or install it.
"""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
from application import Application, ApplicationArgs
from clients import Clients, ClientsArgs
from cluster import cluster_of

from milvus_contract import from_stack_reference

config = pulumi.Config()
producer = pulumi.StackReference("producer", stack_name=config.require("producer"))
milvus = from_stack_reference(producer)

provider = aws.Provider("aws", region=milvus.aws_region)
cluster = cluster_of(milvus, provider)
clients = Clients(
    "clients",
    ClientsArgs(
        partition=cluster.partition,
        cluster_name=cluster.name,
        security_group_ids=[cluster.security_group_id, milvus.client_security_group_id],
        subnet_ids=milvus.private_subnet_ids,
        node_type=config.require("nodeType"),
    ),
    pulumi.ResourceOptions(provider=provider),
)
kubernetes = k8s.Provider(
    "kubernetes",
    kubeconfig=cluster.kubeconfig,
    # Pods need the nodes, and must be deleted before them.
    opts=pulumi.ResourceOptions(depends_on=[clients]),
)
application = Application(
    "app",
    ApplicationArgs(
        milvus=milvus,
        auth_secret_arn=config.require("authSecretArn"),
        database=config.require("database"),
        image=config.require("image"),
        pool=clients.pool,
        cluster_arn=cluster.arn,
        oidc_issuer=cluster.oidc_issuer,
        vpc_cidr=cluster.vpc_cidr,
    ),
    pulumi.ResourceOptions(providers=[provider, kubernetes]),
)
pulumi.export("milvus_uri", milvus.milvus_uri)
pulumi.export("namespace", application.namespace)
