"""Rules of MSK's users: MSK reads them from secrets in Secrets Manager, which must have exactly the right form."""

import json
from typing import Any

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.permissions import allowed
from rehearsal.cloud.resource import Resource
from rehearsal.published.regions import dns_suffix
from rehearsal.rules.kms import KEY
from rehearsal.rules.msk import CLUSTER
from rehearsal.rules.secretsmanager import POLICY, SECRET, VERSION

USERS = "aws:msk/scramSecretAssociation:ScramSecretAssociation"
USER = "aws:msk/singleScramSecretAssociation:SingleScramSecretAssociation"
READ_BY_MSK = {"Effect": "Allow", "Principal": {"Service": "kafka.amazonaws.com"}}
OVERWRITTEN = "MSK writes the policy that it finds missing, and the two overwrite each other"
ADDING = "docs.aws.amazon.com/msk/latest/developerguide/msk-password-tutorial.html"


def associated(cloud: Cloud, cluster: Resource) -> list[tuple[Resource, str]]:
    """The secrets of a cluster's users, as pairs of the association and the secret's ARN."""
    together = [(each, arn) for each in cloud.all(USERS, clusterArn=cluster.id) for arn in each["secretArnLists"]]
    return together + [(each, each["secretArn"]) for each in cloud.all(USER, clusterArn=cluster.id)]


def credentials(cloud: Cloud, secret_arn: str) -> dict[str, Any]:
    """The content of a secret's newest version; empty if it has none or is no JSON object."""
    versions = cloud.all(VERSION, secretId=secret_arn)
    try:
        content: Any = json.loads(versions[-1]["secretString"] or "") if versions else {}
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}  # pyright: ignore[reportUnknownVariableType] - JSON


@rule(USERS, "before_create", source=ADDING)
@rule(USER, "before_create", source=ADDING)
def users_need_a_cluster_that_takes_them(cloud: Cloud, users: Resource) -> None:
    cluster = cloud.need(users, CLUSTER, users["clusterArn"], "NotFoundException: The cluster ARN isn't valid")
    if not cluster["clientAuthentication.sasl.scram"]:
        raise Refused("BadRequestException: The cluster doesn't have SASL/SCRAM authentication enabled")


@rule(USERS, "before_create", source=ADDING)
@rule(USER, "before_create", source=ADDING)
def a_users_secret_is_one_that_msk_reads(cloud: Cloud, users: Resource) -> None:
    for arn in users["secretArnLists"] or [users["secretArn"]]:
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
        if not versions or set(credentials(cloud, arn)) != {"username", "password"}:
            raise Refused(
                f"UnprocessedScramSecret: The secret {secret.name} must hold username and password, nothing else"
            )


@rule(USERS, "before_create", source="github.com/hashicorp/terraform-provider-aws/issues/16791")
@rule(USER, "before_create", source="github.com/hashicorp/terraform-provider-aws/issues/16791")
@rule(POLICY, "before_create", source="github.com/hashicorp/terraform-provider-aws/issues/16791")
def a_users_secret_lets_msk_in(cloud: Cloud, resource: Resource) -> None:
    """MSK writes the policy if there is none, but does not change an existing policy that denies it access."""
    if resource.type == POLICY:  # of a program that comes too late with it
        for users in (*cloud.all(USERS), *cloud.all(USER)):
            if resource["secretArn"] in (users["secretArnLists"] or [users["secretArn"]]):
                cloud.relies(users, resource, OVERWRITTEN)
        return
    for arn in resource["secretArnLists"] or [resource["secretArn"]]:
        for policy in cloud.all(POLICY, secretArn=arn):
            cloud.relies(resource, policy, OVERWRITTEN)
            msk = ("Service", "kafka.amazonaws.com")
            if not allowed([str(policy["policy"])], "secretsmanager:GetSecretValue", arn, {}, msk):
                raise Refused(
                    f"UnprocessedScramSecret: The provided secret's policy does not let kafka.amazonaws.com read it:"
                    f" {policy.name}"
                )


@rule(USERS, "after_create", source="github.com/hashicorp/terraform-provider-aws/issues/16791")
@rule(USER, "after_create", source="github.com/hashicorp/terraform-provider-aws/issues/16791")
def msk_writes_the_policy_that_it_finds_missing(cloud: Cloud, users: Resource) -> None:
    for arn in users["secretArnLists"] or [users["secretArn"]]:
        if not cloud.all(POLICY, secretArn=arn):
            statement = {"Action": "secretsmanager:getSecretValue", "Resource": arn, **READ_BY_MSK}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            cloud.put(Resource(POLICY, str(arn), inputs={"secretArn": arn, "policy": policy}, owner=users.key))


@rule(USERS, "ready", source="docs.aws.amazon.com/msk/latest/developerguide/msk-password.html")
@rule(USER, "ready", source="docs.aws.amazon.com/msk/latest/developerguide/msk-password.html")
def msk_can_read_its_users(cloud: Cloud, users: Resource) -> None:
    """MSK reads the secrets again and again: a user whose secret can no longer be read cannot log in."""
    for arn in users["secretArnLists"] or [users["secretArn"]]:
        if not cloud.all(POLICY, secretArn=arn):
            secret = cloud.get(SECRET, arn)
            raise Refused(
                f"{users.name}: SASL authentication fails for {secret.name if secret else arn}: no policy of its secret"
                " lets kafka.amazonaws.com read it"
            )


@rule(USERS, "before_create", source="docs.aws.amazon.com/kms/latest/developerguide/services-secrets-manager.html")
@rule(USER, "before_create", source="docs.aws.amazon.com/kms/latest/developerguide/services-secrets-manager.html")
def a_users_secret_can_be_decrypted(cloud: Cloud, users: Resource) -> None:
    for arn in users["secretArnLists"] or [users["secretArn"]]:
        secret = cloud.get(SECRET, arn)
        key = next((each for each in cloud.all(KEY) if secret and secret["kmsKeyId"] in (each["arn"], each.id)), None)
        if key is None or not key["policy"]:
            continue
        through = {
            "kms:ViaService": f"secretsmanager.{users.region}.{dns_suffix(users.region)}",
            "kms:CallerAccount": users.account,
        }
        if not allowed([str(key["policy"])], "kms:Decrypt", "*", through, ("AWS", "*")):
            raise Refused(
                f"UnprocessedScramSecret: Access to KMS is not allowed: {key.name}'s policy lets nobody decrypt through"
                " Secrets Manager"
            )
