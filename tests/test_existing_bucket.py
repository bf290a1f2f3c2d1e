"""The whole program with a bucket that somebody else owns: looked at first, and one folder of it used."""

import json
from typing import Any

import pulumi
import pytest

from tests.components.recording import Recording
from tests.deployments import THEIR_BUCKET, buckets, deployed
from tests.program import run

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OURS = '{"deployment": "123456789012/us-east-1/milvus-on-aws-dev"}'
ANOTHERS = '{"deployment": "123456789012/us-east-1/milvus-on-aws-prod"}'


def looked_at(
    existing: dict[str, str] | None = None, answers: dict[str, Any] | None = None, **sections: Any
) -> Recording:
    setting = {"name": "team-vectors", **(existing or {})}
    return run("dev", answers=answers or buckets(setting.get("keyArn")), bucket={"existing": setting}, **sections)


def policy(recording: Recording, name: str) -> dict[str, Any]:
    """Statements of a role's policy, by what they are for."""
    found = json.loads(recording.one("aws:iam/rolePolicy:RolePolicy", name).inputs["policy"])
    return {each["Sid"]: each for each in found["Statement"]}


def test_milvus_writes_into_a_folder_of_their_bucket_and_nothing_of_it_is_a_resource() -> None:
    recording = looked_at({"prefix": "search/milvus"})
    storage = recording.one("kubernetes:helm.sh/v3:Release", "milvus-release").inputs["values"]["externalS3"]
    assert (storage["bucketName"], storage["rootPath"]) == ("team-vectors", "search/milvus")
    assert [each.name for each in recording.resources if each.type.startswith("aws:s3/")] == ["bucket-marker"]
    assert recording.stack_outputs["bucket_name"] == "team-vectors"


def test_the_folder_is_marked_as_this_stacks_before_milvus_starts() -> None:
    recording = looked_at()
    marker = recording.one("aws:s3/bucketObjectv2:BucketObjectv2")
    assert (marker.inputs["key"], marker.inputs["content"]) == ("milvus-dev/milvus-on-aws.json", OURS)
    assert marker.inputs["overrideProvider"] == {"defaultTags": {"tags": {}}}
    assert recording.depends(recording.one("kubernetes:helm.sh/v3:Release", "milvus-release"), marker)


def test_no_role_may_touch_other_folders() -> None:
    recording = looked_at({"prefix": "search/milvus", "keyArn": KEY}, backup={"enabled": True})
    milvus = policy(recording, "milvus-s3-bucket")
    assert milvus["ReadWriteAndCollectObjects"]["Resource"] == "arn:aws:s3:::team-vectors/search/milvus/*"
    assert milvus["FindTheBucketAndItsObjects"]["Condition"] == {
        "StringLikeIfExists": {"s3:prefix": ["search/milvus", "search/milvus/*"]}
    }
    assert milvus["UseTheBucketsKeyThroughS3"]["Resource"] == KEY
    backup = policy(recording, "backup-milvus-backup-buckets")
    assert backup["ReadMilvusData"]["Resource"] == "arn:aws:s3:::team-vectors/search/milvus/*"
    restore = policy(recording, "backup-milvus-restore-buckets")
    assert restore["StageInMilvusData"]["Resource"] == [
        "arn:aws:s3:::team-vectors/search/milvus/*",
        "arn:aws:s3:::team-vectors/restore-temp-*",
    ]


def test_a_bucket_that_holds_other_things_has_no_alarm_about_its_size() -> None:
    recording = deployed(THEIR_BUCKET, {"alarms": {"enabled": True}})
    alarms = [each.name for each in recording.all("aws:cloudwatch/metricAlarm:MetricAlarm")]
    assert not [name for name in alarms if "BucketLargerThanPlanned" in name]
    assert len(alarms) > 3


def test_a_folder_that_this_stack_has_marked_is_taken_again() -> None:
    there = {"milvus-dev/milvus-on-aws.json": OURS, "milvus-dev/insert_log/1": ""}
    assert looked_at(answers=buckets(objects=there)).all("kubernetes:helm.sh/v3:Release")


def test_rules_for_other_folders_and_for_tagged_objects_do_no_harm() -> None:
    rules = [
        {"Id": "logs", "Status": "Enabled", "Prefix": "logs/", "ExpirationInDays": 30},
        {"Id": "tagged", "Status": "Enabled", "TagFilters": [{"Key": "a", "Value": "b"}], "ExpirationInDays": 30},
        {"Id": "off", "Status": "Disabled", "ExpirationInDays": 30},
        {"Id": "versions", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 7}},
    ]
    assert looked_at(answers=buckets(LifecycleConfiguration={"Rules": rules}))


def rule(**content: Any) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [{"Id": "clean", "Status": "Enabled", **content}]}}


@pytest.mark.parametrize(
    ("existing", "answers", "why"),
    [
        ({}, {"aws:s3/getBucket:getBucket": {"bucketRegion": "eu-west-1"}}, "name: team-vectors is in eu-west-1, the"),
        (
            {},
            buckets(PublicAccessBlockConfiguration={}),
            "name: team-vectors is not closed to the public: Block",
        ),
        ({}, buckets(KEY), f"keyArn: team-vectors encrypts with {KEY}, not with no key; write keyArn: {KEY}"),
        ({"keyArn": KEY}, buckets(), f"keyArn: team-vectors encrypts with S3's own key, not with {KEY}; remove keyArn"),
        (
            {"keyArn": KEY},
            {**buckets(KEY), "aws:kms/getKey:getKey": {"arn": KEY, "keyManager": "CUSTOMER", "keyState": "Disabled"}},
            "is Disabled: nothing can be written",
        ),
        ({}, buckets(**rule(ExpirationInDays=30)), "name: lifecycle rule clean of team-vectors deletes or archives"),
        ({}, buckets(**rule(ExpirationDate="2027-01-01", Prefix="milvus-dev/insert_log/")), "lifecycle rule clean"),
        ({}, buckets(**rule(Transitions=[{"StorageClass": "GLACIER"}])), "limit the rule to other folders"),
        (
            {},
            buckets(objects={"milvus-dev/insert_log/1": ""}),
            "prefix: team-vectors/milvus-dev/ holds milvus-dev/insert_log/1, which this stack did not write",
        ),
        (
            {},
            buckets(objects={"milvus-dev/milvus-on-aws.json": ANOTHERS}),
            "is the folder of 123456789012/us-east-1/milvus-on-aws-prod, not of 123456789012/us-east-1/milvus-on-aws-d",
        ),
        ({}, buckets(objects={"milvus-dev/milvus-on-aws.json": "[]"}), "is the folder of an unknown stack, not of"),
        (
            {"prefix": "search/milvus"},
            buckets(objects={"search/milvus-on-aws.json": ANOTHERS}),
            "prefix: search/milvus is in a folder of another stack, as team-vectors/search/milvus-on-aws.json says",
        ),
    ],
)
def test_a_bucket_that_milvus_cannot_or_must_not_use_is_refused_before_anything_is_made(
    existing: dict[str, str], answers: dict[str, Any], why: str
) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        looked_at(existing, answers)
    assert why in str(refused.value)
    assert "nothing was created or changed" in str(refused.value)
