"""Brings the newest whole backup of another bucket into a new stack, and proves what came back.

The backup is first copied into the new stack's own bucket, because the pods of a stack may read no other one; the
caller must be able to read the old bucket, and to use its key. Copying goes from bucket to bucket, across regions and
accounts, and a copy that was killed goes on where it was. Left out: the new stack itself, which `make up` makes.
"""

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from milvus_contract import Contract
from operations.backup.backups import newest
from operations.backup.bucket import PREFIX, Bucket
from operations.backup.manifest import Manifest
from operations.backup.measure import Say
from operations.backup.sides import contract_of
from operations.stack import StackError

EVERY = 500
"""Objects between two lines of progress."""


def source(text: str, to: Contract) -> Bucket:
    """The bucket `s3://NAME` that FROM names, or that of the stack it names. Raises StackError and ContractError."""
    import boto3

    if not text.startswith("s3://"):
        return Bucket.of(contract_of(text))
    name = text.removeprefix("s3://").strip("/")
    try:
        found = boto3.client("s3", region_name=to.aws_region).head_bucket(Bucket=name)  # pyright: ignore
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"the bucket {name} can't be read: {error}") from error
    region: Any = found.get("BucketRegion") or to.aws_region  # pyright: ignore
    return Bucket(boto3.client("s3", region_name=region), name)  # pyright: ignore


def brought(old: Bucket, new: Bucket, backup: str, say: Say) -> Manifest:
    """Copies a backup, the newest whole one unless it is named, and writes its manifest for the new bucket.

    Raises StackError if the backup has no manifest, if it is damaged, or if an object arrives in another size.
    """
    name = backup or newest(old)
    manifest = old.manifest(name)
    if not manifest:
        known = ", ".join(old.names()) or "none"
        raise StackError(f"backup {name} has no manifest in {old.name}; there are {known}")
    if damage := old.damage(manifest):
        raise StackError(f"backup {name} in {old.name} is damaged, nothing was copied: {'; '.join(damage[:3])}")
    if old.name == new.name:
        return manifest
    wanted = {key: size for key, size, _ in old.objects(name)}
    there = {key: size for key, size, _ in new.objects(name)}
    missing = [key for key, size in wanted.items() if there.get(key) != size]
    say(f"copying {len(missing)} of {len(wanted)} objects of backup {name} from {old.name} to {new.name}")
    for number, key in enumerate(missing, 1):
        _copy(old, new, key)
        if not number % EVERY:
            say(f"{number} of {len(missing)} objects")
    _check(wanted, {key: size for key, size, _ in new.objects(name)})
    # Its objects have other ETags here, since they are encrypted by another key.
    return new.seal(name, manifest)


def _copy(old: Bucket, new: Bucket, key: str) -> None:
    try:
        # In parts, if the object is larger than S3 copies at once.
        new.s3.copy({"Bucket": old.name, "Key": key}, new.name, key, SourceClient=old.s3)
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"{key} can't be copied from {old.name} to {new.name}: {error}") from error


def _check(wanted: Mapping[str, int], found: Mapping[str, int]) -> None:
    wrong = [key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key)]
    if wrong:
        listed = ", ".join(re.sub(f"^{PREFIX}/", "", key) for key in sorted(wrong)[:3])
        raise StackError(f"{len(wrong)} objects are not as in the old bucket: {listed}; run it again")
