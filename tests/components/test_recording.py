"""The recording shows what an engine would see. All other tests of components rely on this."""

import pulumi
import pulumi_aws as aws
import pulumi_random as random
import pytest

from tests.components.recording import record
from tests.components.wire import UNKNOWN, Secret


class Pair(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:module:Pair", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        first = aws.s3.Bucket(f"{name}-first", opts=child)
        policy = aws.s3.BucketPolicy(f"{name}-policy", bucket=first.id, policy="{}", opts=child)
        self.bucket = policy.bucket
        self.register_outputs({"bucket": self.bucket})


def test_a_resource_depends_on_what_its_data_and_its_provider_come_from() -> None:
    def program() -> None:
        provider = aws.Provider("aws", region="eu-west-1")
        Pair("pair", pulumi.ResourceOptions(provider=provider))
        aws.s3.Bucket("other", opts=pulumi.ResourceOptions(provider=provider))

    recording = record(program)
    first, other = recording.one("aws:s3/bucket:Bucket", "pair-first"), recording.one("aws:s3/bucket:Bucket", "other")
    policy = recording.one("aws:s3/bucketPolicy:BucketPolicy")
    assert recording.depends(policy, first)
    assert recording.depends(policy, recording.one("pulumi:providers:aws"))
    assert not recording.depends(policy, other)
    assert not recording.depends(first, policy)


def test_a_child_carries_its_component_in_parent_and_urn() -> None:
    recording = record(lambda: Pair("pair") and None)
    pair, first = recording.one("test:module:Pair"), recording.one("aws:s3/bucket:Bucket")
    assert first.parent == pair.urn
    assert first.urn == "urn:pulumi:test::milvus-on-aws::test:module:Pair$aws:s3/bucket:Bucket::pair-first"
    assert [child.name for child in recording.descendants(pair)] == ["pair-first", "pair-policy"]
    assert recording.component_outputs[pair.urn] == {"bucket": "pair-first-id"}


def test_a_secret_stays_marked_on_its_way_through_a_resource_to_a_stack_output() -> None:
    def program() -> None:
        password = random.RandomPassword("password", length=32)
        version = aws.secretsmanager.SecretVersion("version", secret_id="s", secret_string=password.result)
        pulumi.export("password", version.secret_string)
        pulumi.export("secret", version.secret_id)

    recording = record(program, outputs={"random:index/randomPassword:RandomPassword": {"result": "hunter2"}})
    assert recording.one("aws:secretsmanager/secretVersion:SecretVersion").is_secret("secretString")
    assert recording.stack_outputs == {"password": Secret("hunter2"), "secret": "s"}


def test_a_preview_does_not_know_what_only_the_cloud_can_tell() -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        pulumi.export("id", vpc.id)
        pulumi.export("cidr", vpc.cidr_block)

    assert record(program, preview=True).stack_outputs == {"id": UNKNOWN, "cidr": "10.0.0.0/16"}


def test_an_invoke_nobody_answers_is_an_error() -> None:
    with pytest.raises(Exception, match="no answer for the invoke aws:index/getRegion:getRegion"):
        record(lambda: aws.get_region() and None)


def test_two_resources_of_one_name_are_refused_as_the_engine_refuses_them() -> None:
    def program() -> None:
        aws.s3.Bucket("same")
        aws.s3.Bucket("same")

    with pytest.raises(Exception, match="duplicate resource URN"):
        record(program)


def test_options_are_recorded_as_the_engine_receives_them() -> None:
    def program() -> None:
        options = pulumi.ResourceOptions(
            protect=True,
            retain_on_delete=True,
            ignore_changes=["tags"],
            custom_timeouts=pulumi.CustomTimeouts(create="2h"),
        )
        aws.s3.Bucket("bucket", opts=options)

    bucket = record(program).one("aws:s3/bucket:Bucket")
    assert (bucket.protect, bucket.retain_on_delete) == (True, True)
    assert (bucket.ignore_changes, bucket.timeouts) == (("tags",), {"create": "2h"})
