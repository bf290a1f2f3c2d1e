"""Rules of Secrets Manager: values and policies of secrets, and names of deleted secrets."""

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.permissions import statements
from rehearsal.cloud.resource import Resource
from rehearsal.rules.kms import usable_key

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
SCHEDULED = "rehearsal:secretsmanager:ScheduledForDeletion"
DELETING = "docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html"
API = "docs.aws.amazon.com/secretsmanager/latest/apireference/"


@rule(SECRET, "before_create", source=DELETING)
def a_name_is_taken_until_its_secret_is_gone(cloud: Cloud, secret: Resource) -> None:
    if cloud.get(SCHEDULED, secret["name"]):
        raise Refused(
            "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled"
            f" for deletion: {secret['name']}"
        )


@rule(SECRET, "before_create", source=f"{API}API_CreateSecret.html")
def a_secrets_key_is_usable(cloud: Cloud, secret: Resource) -> None:
    if secret["kmsKeyId"]:
        usable_key(cloud, secret, secret["kmsKeyId"], "InvalidParameterException: Invalid KMS key")


@rule(VERSION, "before_create", source=f"{API}API_PutSecretValue.html")
@rule(POLICY, "before_create", source=f"{API}API_PutResourcePolicy.html")
def a_value_or_a_policy_needs_its_secret(cloud: Cloud, resource: Resource) -> None:
    id_ = resource["secretArn"] if resource.type == POLICY else resource["secretId"]
    cloud.need(resource, SECRET, id_, "ResourceNotFoundException: Secrets Manager can't find the specified secret.")


@rule(POLICY, "before_create", source=f"{API}API_PutResourcePolicy.html")
def a_secrets_policy_says_who(cloud: Cloud, policy: Resource) -> None:
    try:
        complete = all({"Principal", "Action", "Resource"} <= set(each) for each in statements(str(policy["policy"])))
    except ValueError:
        complete = False
    if not complete:
        raise Refused(
            f"MalformedPolicyDocumentException: This resource policy contains invalid Json, or lacks a principal, an"
            f" action or a resource: {policy.name}"
        )


@rule(SECRET, "after_delete", source=DELETING)
def a_deleted_secret_keeps_its_name_for_its_days_of_grace(cloud: Cloud, secret: Resource) -> None:
    if secret["recoveryWindowInDays"] != 0:
        cloud.put(Resource(SCHEDULED, secret["name"], region=secret.region, foreign=True))
