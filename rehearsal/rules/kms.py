"""Rules of KMS: keys must be usable, and their policies must leave them administrable."""

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.permissions import allowed
from rehearsal.cloud.resource import Resource
from rehearsal.published.regions import partition

KEY = "aws:kms/key:Key"


def usable_key(cloud: Cloud, resource: Resource, arn: object, message: str) -> Resource:
    """The symmetric key with an ARN or id, on which `resource` then relies. Raises Refused
    with `message` if none exists."""
    key = next((each for each in cloud.all(KEY) if arn in (each["arn"], each.id)), None)
    if key is None or key["keyUsage"] != "ENCRYPT_DECRYPT" or key["customerMasterKeySpec"] != "SYMMETRIC_DEFAULT":
        raise Refused(f"{message}: {arn} is no symmetric key of this account")
    cloud.relies(resource, key, f"{resource.name} is encrypted with {key.name}")
    return key


@rule(KEY, "before_create", source="docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html")
def a_key_stays_in_its_accounts_hands(cloud: Cloud, key: Resource) -> None:
    if not key["policy"]:
        return
    root = ("AWS", f"arn:{partition(key.region)}:iam::{key.account}:root")
    if not allowed([str(key["policy"])], "kms:PutKeyPolicy", "*", {}, root):
        raise Refused(
            "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the"
            " future."
        )
