"""One deployed production for all tests that need real previews. Each test configures it before it looks."""

from collections.abc import Iterator

import pytest

from rehearsal.stage import Stage
from tests.operations.review.record_previews import settings


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("production") / "stage", "prod") as deployed:
        # Unprotected, so that every preview gets to its end: the guard is then the only one to say no.
        deployed.configure(settings("prod", protect=False))
        operation = deployed.up()
        assert operation.succeeded, operation.text
        yield deployed
