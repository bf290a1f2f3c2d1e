"""MSK: brokers and the users that may log in."""

import json
from typing import Any

from rehearsal.cloud import Cloud, Refused, Thing, rule
from rehearsal.rules.ec2 import SECURITY_GROUP, SUBNET
from rehearsal.rules.secretsmanager import POLICY, SECRET, VERSION

CLUSTER = "aws:msk/cluster:Cluster"
USERS = "aws:msk/scramSecretAssociation:ScramSecretAssociation"
ADDING = "docs.aws.amazon.com/msk/latest/developerguide/msk-password-tutorial.html"


@rule(CLUSTER, "before_create", source="docs.aws.amazon.com/msk/latest/developerguide/msk-create-cluster.html")
def brokers_spread_over_zones(cloud: Cloud, cluster: Thing) -> None:
    subnets = [cloud.need(cluster, SUBNET, id_) for id_ in cluster["brokerNodeGroupInfo.clientSubnets"]]
    for id_ in cluster["brokerNodeGroupInfo.securityGroups"]:
        cloud.need(cluster, SECURITY_GROUP, id_)
    zones = {subnet["availabilityZone"] for subnet in subnets}
    if len(zones) < len(subnets) or len(subnets) not in (2, 3):
        raise Refused("BadRequestException: Specify either two or three client subnets, each in a different zone.")
    if cluster["numberOfBrokerNodes"] % len(subnets):
        raise Refused(
            "BadRequestException: The number of broker nodes must be a multiple of Availability Zones in the Client"
            f" Subnets parameter: {cluster['numberOfBrokerNodes']} brokers, {len(subnets)} subnets"
        )


@rule(USERS, "before_create", source=ADDING)
def users_need_a_cluster_that_takes_them(cloud: Cloud, users: Thing) -> None:
    cluster = cloud.need(users, CLUSTER, users["clusterArn"], "NotFoundException: The cluster ARN isn't valid")
    if not cluster["clientAuthentication.sasl.scram"]:
        raise Refused("BadRequestException: The cluster doesn't have SASL/SCRAM authentication enabled")


@rule(USERS, "before_create", source=ADDING)
def a_users_secret_is_one_that_msk_reads(cloud: Cloud, users: Thing) -> None:
    for arn in users["secretArnLists"]:
        secret = cloud.need(users, SECRET, arn, f"NotFoundException: The secret {arn} doesn't exist")
        if not str(secret["name"]).startswith("AmazonMSK_"):
            raise Refused(
                f"UnprocessedScramSecret: The provided secret ARN is invalid: the name {secret['name']} of"
                f" {secret.name} does not begin with AmazonMSK_"
            )
        if not secret["kmsKeyId"]:
            raise Refused(
                f"UnprocessedScramSecret: The provided secret is encrypted with the default key: {secret.name} needs a"
                " customer's own KMS key"
            )
        versions = cloud.all(VERSION, secretId=arn)
        for version in versions:
            cloud.relies(users, version, f"MSK refuses {secret.name} without a value")
        if not versions or set(_keys(versions[-1])) != {"username", "password"}:
            raise Refused(
                f"UnprocessedScramSecret: The secret {secret.name} must hold username and password, nothing else"
            )
        for policy in cloud.all(POLICY, secretArn=arn):
            cloud.relies(users, policy, "MSK writes the policy that it finds missing, and the two overwrite each other")


def _keys(version: Thing) -> list[str]:
    try:
        content: Any = json.loads(version["secretString"] or "")
    except ValueError:
        return []
    return list(content) if isinstance(content, dict) else []  # pyright: ignore[reportUnknownArgumentType] - JSON
