"""One deployed production stack for all tests of real previews. Each test configures it before its preview."""

from collections.abc import Iterator

import pytest

from rehearsal.stage import Stage
from tests.operations.review.record_previews import settings


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("production") / "stage", "prod") as deployed:
        # Without protection every preview reaches its end, so that only the guard can refuse the change.
        deployed.configure(settings("prod", protect=False))
        operation = deployed.up()
        assert operation.succeeded, operation.text
        yield deployed
