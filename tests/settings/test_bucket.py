"""Settings of the bucket."""

from typing import Any

import pytest

from tests.settings.written import AWS, Wrong, accepted, problems

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"


def theirs(**existing: Any) -> dict[str, Any]:
    return {**AWS, "bucket": {"existing": {"name": "team-vectors", **existing}}}


WRONG: list[Wrong] = [
    ({**AWS, "bucket": {"existing": {"keyArn": KEY}}}, "bucket.existing.name", "is missing. Name of the bucket"),
    (theirs(name="Team_Vectors"), "bucket.existing.name", '"Team_Vectors" is not allowed: the name of a general'),
    (theirs(name="team.vectors"), "bucket.existing.name", "names with periods have no valid certificate"),
    (theirs(name="vectors--use1-az4--x-s3"), "bucket.existing.name", "directory buckets and access points no such API"),
    (theirs(name="arn:aws:s3:::team-vectors"), "bucket.existing.name", "such as team-vectors"),
    (theirs(keyArn="alias/vectors"), "bucket.existing.keyArn", '"alias/vectors" is not allowed: the ARN of a KMS key'),
    (theirs(keyArn=KEY.replace("us-east-1", "eu-west-1")), "bucket.existing.keyArn", "is in eu-west-1, the stack in"),
    (theirs(prefix="/search/"), "bucket.existing.prefix", "without / at its ends"),
    (theirs(prefix=""), "bucket.existing.prefix", '"" is not allowed: a folder of the bucket, such as search/milvus'),
    (theirs(prefix="a" * 201), "bucket.existing.prefix", "200 in all"),
    (theirs(arn="arn:aws:s3:::team-vectors"), "bucket.existing.arn", "no such key; "),
    (
        {**AWS, "bucket": {"customerKey": True, "existing": {"name": "team-vectors"}}},
        "bucket.customerKey",
        "has no effect with bucket.existing, which nobody changes here; remove it",
    ),
    (
        {**AWS, "bucket": {"forceDestroy": True, "existing": {"name": "team-vectors"}}},
        "bucket.forceDestroy",
        "has no effect with bucket.existing",
    ),
    ({**AWS, "bucket": {"keepDeletedDays": 366}}, "bucket.keepDeletedDays", "366 is not allowed: at most 365."),
]


@pytest.mark.parametrize(("written", "key", "text"), WRONG, ids=[key for _, key, _ in WRONG])
def test_a_wrong_setting_is_refused_with_its_key_its_value_and_what_is_allowed(
    written: dict[str, Any], key: str, text: str
) -> None:
    assert text in problems(written)[key]


@pytest.mark.parametrize("tier", ["development", "production"])
def test_defaults_of_a_tier_about_a_bucket_of_ones_own_are_no_contradiction(tier: str) -> None:
    zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert accepted({**theirs(keyArn=KEY, prefix="search/milvus"), "tier": tier, "network": {"zones": zones}})
