"""The section about the S3 bucket of Milvus' data, and its contradictions."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from annotated_types import Ge, Le

from settings.arns import KEY, misplaced
from settings.formats import BucketName, Folder, KeyArn
from settings.problems import Problem
from settings.sections import Section

if TYPE_CHECKING:
    from settings.model import Settings


class ExistingBucket(Section):
    """A bucket that is there, in the stack's region. This stack writes below one folder of it, and changes nothing
    else: no settings, tags or policy, and `pulumi destroy` leaves it with what Milvus has written.
    """

    name: BucketName
    """Name of the bucket. Public access must be blocked."""
    key_arn: KeyArn | None = None
    """ARN of the KMS key that the bucket encrypts with by default. Its policy must let Milvus' role use it."""
    prefix: Folder | None = None
    """Folder of Milvus' objects; milvus.prefix if not given. It must be empty when the stack is made, and nobody else
    may write there. Never change it: Milvus would not find its data.
    """


class Bucket(Section):
    """The S3 bucket of Milvus' data."""

    customer_key: bool = False
    """Encrypt with a KMS key of this stack instead of S3's own key."""
    keep_deleted_days: Annotated[int, Ge(0), Le(365)] = 7
    """Days for which objects that Milvus has deleted or overwritten can be restored; 0 keeps no versions."""
    force_destroy: bool = False
    """Let `pulumi destroy` delete the bucket although it contains objects."""
    existing: ExistingBucket | None = None
    """Bucket to use instead of making one (docs/adopting.md). Fixed at creation."""


def problems(written: Mapping[str, Any], settings: "Settings") -> Iterator[Problem]:
    """The contradictions about the bucket. `written` is what the user wrote, without defaults."""
    existing = settings.bucket.existing
    if existing is None:
        return
    for key in written.get("bucket") or ():
        if key != "existing":
            yield Problem(f"bucket.{key}", "has no effect with bucket.existing, which nobody changes here; remove it")
    if existing.key_arn is None or settings.region is None:
        return
    if reason := misplaced(existing.key_arn, KEY, settings.region, settings.access.account_ids):
        yield Problem("bucket.existing.keyArn", reason)
