"""Looks at `bucket.existing` at every preview, before the first resource is registered.

Left out: the bucket's policy, which may keep Milvus' role out; the probe in the cluster finds that out.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import pulumi
import pulumi_aws as aws

from arguments.deployment import Deployment
from arguments.milvus import root_path
from arguments.refusal import refuse
from components.storage.existing import ExistingBucketArgs

MARKER = "milvus-on-aws.json"
"""Name of the object that says whose folder it is in."""
BLOCKED = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def existing_bucket(deployment: Deployment, provider: aws.Provider) -> ExistingBucketArgs | None:
    """The bucket that the settings name, if any. Raises pulumi.RunError if Milvus can't, or must not, write there."""
    existing = deployment.settings.bucket.existing
    if existing is None:
        return None
    name, region, folder = existing.name, deployment.plan.region, root_path(deployment)
    look = pulumi.InvokeOptions(provider=provider)
    try:
        found = aws.s3.get_bucket(bucket=name, opts=look)
    except Exception as error:  # the SDK raises nothing narrower for what a provider refuses
        refuse(
            "bucket.existing.name", f"{name}: AWS does not show it ({error}); name a bucket that the deployer may see"
        )
    if found.bucket_region != region:
        refuse(
            "bucket.existing.name",
            f"{name} is in {found.bucket_region}, the stack in {region}; name a bucket of {region}",
        )
    settings = _settings(name, look)
    block = settings.get("PublicAccessBlockConfiguration", {})
    if off := [flag for flag in BLOCKED if not block.get(flag)]:
        refuse(
            "bucket.existing.name",
            f"{name} is not closed to the public: {', '.join(off)} off; switch them on"
            " (aws s3api put-public-access-block): this program changes nothing of yours",
        )
    _check_key(name, _default_key(settings, look), existing.key_arn)
    for rule in _dangers(settings, f"{folder}/"):
        refuse(
            "bucket.existing.name",
            f"lifecycle rule {rule} of {name} deletes or archives objects of {folder}/ by age, with which Milvus loses"
            " data that it still needs; limit the rule to other folders",
        )
    account = aws.get_caller_identity(opts=look).account_id
    owner = f"{account}/{region}/{deployment.name}"
    _check_folder(name, folder, owner, look)
    return ExistingBucketArgs(
        region=region,
        name=name,
        arn=found.arn,
        key_arn=existing.key_arn,
        folder=folder,
        marker=MARKER,
        owner=owner,
    )


def _settings(name: str, look: pulumi.InvokeOptions) -> dict[str, Any]:
    """All settings of the bucket, by CloudFormation's names."""
    try:
        answer = aws.cloudcontrol.get_resource(type_name="AWS::S3::Bucket", identifier=name, opts=look)
    except Exception as error:  # the SDK raises nothing narrower for what a provider refuses
        refuse(
            "bucket.existing.name",
            f"{name}: AWS does not show its settings ({error}); the deployer needs cloudformation:GetResource and the"
            " s3:Get actions on the bucket (docs/adopting.md)",
        )
    return json.loads(answer.properties)


def _default_key(settings: Mapping[str, Any], look: pulumi.InvokeOptions) -> str | None:
    """ARN of the key that encrypts what is written; None for S3's own keys, which need no permission."""
    rules: list[dict[str, Any]] = settings.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    ids = [rule.get("ServerSideEncryptionByDefault", {}).get("KMSMasterKeyID") for rule in rules]
    for id_ in filter(None, ids):
        try:
            key = aws.kms.get_key(key_id=id_, opts=look)
        except Exception as error:  # the SDK raises nothing narrower for what a provider refuses
            refuse(
                "bucket.existing.keyArn",
                f"{id_}: AWS does not show the bucket's key ({error}); it needs kms:DescribeKey",
            )
        if key.key_manager == "AWS":
            return None
        if key.key_state != "Enabled":
            refuse(
                "bucket.existing.keyArn",
                f"{key.arn} is {key.key_state}: nothing can be written; enable it, or give another one",
            )
        return key.arn
    return None


def _check_key(name: str, used: str | None, written: str | None) -> None:
    if used and used != written:
        refuse(
            "bucket.existing.keyArn",
            f"{name} encrypts with {used}, not with {written or 'no key'}; write keyArn: {used}",
        )
    if written and not used:
        refuse("bucket.existing.keyArn", f"{name} encrypts with S3's own key, not with {written}; remove keyArn")


def _dangers(settings: Mapping[str, Any], folder: str) -> Iterator[str]:
    """Ids of rules that delete objects of the folder by their age, or move them where they can't be read at once."""
    rules: list[dict[str, Any]] = settings.get("LifecycleConfiguration", {}).get("Rules", [])
    for rule in rules:
        prefix = str(rule.get("Prefix") or "")
        concerns = prefix.startswith(folder) or folder.startswith(prefix)
        if rule.get("Status") != "Enabled" or rule.get("TagFilters") or not concerns:
            continue  # Milvus' objects have no tags
        moves: list[dict[str, Any]] = [rule.get("Transition") or {}, *(rule.get("Transitions") or [])]
        archived = {each.get("StorageClass") for each in moves} & {"GLACIER", "DEEP_ARCHIVE"}
        if rule.get("ExpirationInDays") or rule.get("ExpirationDate") or archived:
            yield str(rule.get("Id") or "without a name")


def _check_folder(name: str, folder: str, owner: str, look: pulumi.InvokeOptions) -> None:
    """The folder must be empty or this stack's, and in no folder of another stack."""

    def first(prefix: str) -> str | None:
        return next(iter(aws.s3.get_objects(bucket=name, prefix=prefix, max_keys=1, opts=look).keys), None)

    for above in [*PurePosixPath(folder).parents][:-1]:
        if taken := first(f"{above}/{MARKER}"):
            refuse(
                "bucket.existing.prefix",
                f"{folder} is in a folder of another stack, as {name}/{taken} says; choose another one",
            )
    if not (there := first(f"{folder}/")):
        return
    if not first(f"{folder}/{MARKER}"):
        refuse(
            "bucket.existing.prefix",
            f"{name}/{folder}/ holds {there}, which this stack did not write: Milvus deletes what it does not know"
            " (milvus#45267); choose an empty folder, or empty this one",
        )
    content = aws.s3.get_object(bucket=name, key=f"{folder}/{MARKER}", opts=look).body
    if (of := _owner(content)) != owner:
        refuse(
            "bucket.existing.prefix",
            f"{name}/{folder}/ is the folder of {of or 'an unknown stack'}, not of {owner}; choose another",
        )


def _owner(marker: str) -> str | None:
    try:
        return json.loads(marker)["deployment"]
    except (ValueError, KeyError, TypeError):
        return None
