"""Checks tags by the strictest rules of all that get them: AWS' services, and the driver of EBS disks.

The services are EC2, EKS, IAM, KMS, MSK, S3, Secrets Manager and SSM. The provider sets the same tags on all resources,
so that a single refusal stops a deployment halfway.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from settings.problems import Problem

MOST = 40
"""Most tags of a user. AWS allows 50 for each resource, and a disk has two of this program and eight of the driver:
CSIVolumeName, KubernetesCluster, Name, ebs.csi.aws.com/cluster, kubernetes.io/cluster/<name> and three of
kubernetes.io/created-for/.
"""
KEY_BYTES, VALUE_BYTES = 127, 255
"""Smallest limits of all services. EC2 allows 127 characters in a key (CreateTags), and EKS' add-ons allow 1 to 255
in a value (CloudFormation, AWS::EKS::Addon). The driver counts bytes (aws-ebs-csi-driver, validateExtraVolumeTags).
"""
ALLOWED = "letters, digits, spaces and _ . : / = + - @"
"""Characters that IAM and MSK allow; EC2 and EKS allow more (docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html)."""
RESERVED_PREFIXES = ("aws:", "kubernetes.io", "ebs.csi.aws.com", "eks:")
RESERVED = ("CSIVolumeName", "KubernetesCluster", "Name")
OURS = ("project", "stack")
"""Keys of this program's tags. Users may set their values, but not another case, which IAM ignores in keys."""


def problems(tags: Mapping[str, str]) -> Iterator[Problem]:
    if len(tags) > MOST:
        yield Problem("tags", f"{len(tags)} tags: AWS allows 50 a resource, of which {MOST} are left; remove some")
    spellings: dict[str, str] = {ours.lower(): ours for ours in OURS}
    for key, value in tags.items():
        where = f"tags.{key}"
        if not key.strip():
            yield Problem("tags", f"{key!r}: a tag needs a key; give it one")
            continue
        if reserved := next((r for r in RESERVED_PREFIXES if key.lower().startswith(r)), None):
            yield Problem(where, f"keys that begin with {reserved} belong to AWS and Kubernetes; choose another key")
        if key.lower() in [name.lower() for name in RESERVED]:
            yield Problem(where, f"is set on each resource by this program or the disk driver ({', '.join(RESERVED)})")
        if (other := spellings.setdefault(key.lower(), key)) != key:
            yield Problem(where, f"differs from {other} by case alone, which IAM refuses; use {other}, or remove one")
        if "=" in key:
            yield Problem(where, "a key may have no =, by which the disk driver ends it; use another character")
        for what, text, most in (("key", key, KEY_BYTES), ("value", value, VALUE_BYTES)):
            yield from (Problem(where, fault) for fault in _faults(what, text, most))
        if not value:
            yield Problem(where, "has no value, which EKS' add-ons refuse; give it one, or remove the tag")
        if value.lower().startswith("aws:"):
            yield Problem(where, f"{value!r}: values that begin with aws: belong to AWS; choose another value")


def _faults(what: str, text: str, most: int) -> Iterator[str]:
    if len(text.encode()) > most:
        yield f"its {what} has {len(text.encode())} bytes; at most {most} are allowed"
    if strange := sorted({character for character in text if not _allowed(character)}):
        yield f"{text!r} has {' '.join(map(repr, strange))}; a {what} may have {ALLOWED}"
    if text != text.strip():
        yield f"{text!r} begins or ends with a space, which the disk driver drops; remove it"
    # The add-on writes tags unquoted into a list of arguments, in which YAML would read this as a mapping.
    if re.search(r":(\s|$)", text):
        yield f"{text!r}: no : at the end or before a space, which breaks the disk driver's arguments; remove it"


def _allowed(character: str) -> bool:
    """True for characters in IAM's pattern, [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]."""
    return character in "_.:/=+-@" or unicodedata.category(character)[0] in "LZN"
