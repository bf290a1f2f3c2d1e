"""Secrets Manager: what a deleted secret leaves behind."""

from rehearsal.cloud import Cloud, Refused, Thing, rule

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
SCHEDULED = "rehearsal:secretsmanager:ScheduledForDeletion"
DELETING = "docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html"


@rule(SECRET, "before_create", source=DELETING)
def a_name_is_taken_until_its_secret_is_gone(cloud: Cloud, secret: Thing) -> None:
    if cloud.get(SCHEDULED, secret["name"]):
        raise Refused(
            "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled"
            f" for deletion: {secret['name']}"
        )


@rule(SECRET, "after_delete", source=DELETING)
def a_deleted_secret_keeps_its_name_for_its_days_of_grace(cloud: Cloud, secret: Thing) -> None:
    if secret["recoveryWindowInDays"] != 0:
        cloud.put(Thing(SCHEDULED, secret["name"], region=secret.region, foreign=True))
