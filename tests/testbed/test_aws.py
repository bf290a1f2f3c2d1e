"""The testbed's AWS enforces the program's policies. Otherwise a bed would prove nothing about them."""

from typing import Any

import pytest

from tests.testbed.conftest import inside


@pytest.fixture(scope="module")
def said(available: None) -> dict[str, Any]:
    return inside("tests.testbed.aws_inside")


def test_only_the_service_account_takes_the_role(said: dict[str, Any]) -> None:
    assert said["another service account"] == "AccessDenied"


def test_milvus_role_may_do_what_milvus_does_under_the_bucket_policy(said: dict[str, Any]) -> None:
    assert [said[call] for call in ("head bucket", "put", "get", "delete many")] == ["ok"] * 4
    assert said["objects"] == 0


def test_milvus_role_may_do_nothing_else(said: dict[str, Any]) -> None:
    assert said["delete bucket"] == said["read the bucket's policy"] == "AccessDenied"


def test_many_objects_are_not_deleted_without_delete_object(said: dict[str, Any]) -> None:
    assert said["delete many without DeleteObject"] == "AccessDenied"


def test_a_secret_is_found_by_the_arn_that_the_emulated_cloud_gave_it_and_has_its_last_value(
    said: dict[str, Any],
) -> None:
    assert said["secret by its ARN"] == "second"


def test_every_refusal_is_noted(said: dict[str, Any]) -> None:
    assert said["refused"] == [
        "s3:DeleteBucket",
        "s3:DeleteObject",
        "s3:GetBucketPolicy",
        "sts:AssumeRoleWithWebIdentity",
    ]
