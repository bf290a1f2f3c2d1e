"""Looks up the producer's EKS cluster and network, which the contract names. It creates nothing."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from milvus_contract import Contract


@dataclass(frozen=True)
class Cluster:
    """Facts about the producer's cluster."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    partition: pulumi.Output[str]
    """Partition, which is a part of every ARN: `aws`, except in China and AWS GovCloud."""
    security_group_id: pulumi.Output[str]
    """Security group of all nodes, which lets them reach the API server and each other."""
    oidc_issuer: pulumi.Output[str]
    """URL of the issuer without `https://`."""
    kubeconfig: pulumi.Output[str]
    vpc_cidr: pulumi.Output[str]


def cluster_of(milvus: pulumi.Output[Contract], provider: aws.Provider) -> Cluster:
    """Looks up the cluster of a contract."""
    by = pulumi.InvokeOptions(provider=provider)
    found = aws.eks.get_cluster_output(name=milvus.apply(_cluster_name), opts=by)
    authority = found.certificate_authorities.apply(lambda known: str(known[0].data))
    vpc = aws.ec2.get_vpc_output(id=milvus.apply(lambda contract: str(contract.vpc_id)), opts=by)
    return Cluster(
        name=found.name,
        arn=found.arn,
        partition=found.arn.apply(lambda arn: arn.split(":")[1]),
        security_group_id=found.vpc_config.apply(lambda config: str(config.cluster_security_group_id)),
        oidc_issuer=found.identities.apply(lambda known: str(known[0].oidcs[0].issuer).removeprefix("https://")),
        kubeconfig=pulumi.Output.all(found.name, found.endpoint, authority, found.region).apply(
            lambda known: kubeconfig(*map(str, known))
        ),
        vpc_cidr=vpc.cidr_block,
    )


def _cluster_name(contract: Contract) -> str:
    """Name of the cluster. Raises RunError if the producer does not run on AWS."""
    if contract.cluster_name is None:
        raise pulumi.RunError(
            f"the producer runs on target {contract.target} and has no EKS cluster for an application: deploy beside a "
            "stack on AWS, or run app/app.py on this machine"
        )
    return contract.cluster_name


def kubeconfig(name: str, endpoint: str, authority: str, region: str) -> str:
    """A kubeconfig for the deploying user. It contains no token: the AWS CLI fetches
    one with the user's credentials."""
    user = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--region", region, "eks", "get-token", "--cluster-name", name, "--output", "json"],
        "interactiveMode": "Never",
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
        "users": [{"name": name, "user": {"exec": user}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    return json.dumps(config, sort_keys=True)
