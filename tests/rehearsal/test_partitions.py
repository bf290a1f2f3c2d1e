"""Rehearsals in GovCloud, and with credentials of a foreign account."""

from pathlib import Path

import pytest

from rehearsal.cloud.resource import Resource
from rehearsal.providers.aws import CREDENTIALS
from rehearsal.run import rehearse
from rehearsal.stage import Stage
from tests.test_partitions import REGION


@pytest.mark.slow
def test_a_rehearsal_passes_in_govcloud() -> None:
    report = rehearse("dev", settings={"milvus-on-aws:region": REGION})
    assert (report.violations, report.second_up_changes) == ([], 0)


@pytest.mark.parametrize(("allowed", "passes"), [(["111111111111"], False), (["222222222222", "111111111111"], True)])
@pytest.mark.slow
def test_credentials_of_a_foreign_account_are_refused_before_anything_is_made(
    tmp_path: Path, allowed: list[str], passes: bool
) -> None:
    settings = {"milvus-on-aws:access": {"accountIds": allowed}}
    world = (Resource(CREDENTIALS, "222222222222", foreign=True),)
    with Stage(tmp_path, "dev", settings=settings, world=world) as stage:
        answer = stage.preview() if passes else stage.up()
        assert answer.succeeded is passes
        if not passes:
            assert (
                "AWS account ID not allowed: 222222222222; the provider's allowedAccountIds: 111111111111"
                in answer.text
            )
            assert list(stage.cloud.resources()) == list(world)
