"""The probe's Job under a real Job controller: a password that Milvus does not know ends `up` within two minutes."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rehearsal.stage import Stage
from testbed.kubernetes import behind
from testbed.kubernetes.api import Api
from testbed.kubernetes.control_plane import ADDRESS, ControlPlane
from tests.components.milvus.rest import FakeMilvus
from tests.testbed.kubernetes import kubelet

WITHIN = timedelta(minutes=2)


class Milvus(FakeMilvus):
    """Knows the password that root had at its first start, which is not the stack's; or any password."""

    knows_any = False

    def admits(self, token: str) -> bool:
        return self.knows_any or token == "root:of-the-first-start"


@pytest.fixture(scope="module")
def milvus() -> Generator[Milvus]:
    milvus = Milvus()
    yield milvus
    milvus.close()


@pytest.fixture(scope="module")
def cluster(programs: Path, milvus: Milvus, tmp_path_factory: pytest.TempPathFactory) -> Generator[Api]:
    folder = tmp_path_factory.mktemp("kubernetes") / "server"
    with ControlPlane(folder, programs, controllers=True) as api, pytest.MonkeyPatch.context() as patch:
        patch.setenv(behind.ADDRESS, str(folder / ADDRESS))
        patch.setenv(kubelet.MILVUS, milvus.url)
        yield api


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def job(api: Api) -> dict[str, Any]:
    """The newest Job."""
    return max(api.ask("GET", "/apis/batch/v1/jobs")["items"], key=lambda each: each["metadata"]["creationTimestamp"])


def test_a_password_that_milvus_does_not_know_ends_up_with_its_step_and_layer(
    cluster: Api, milvus: Milvus, tmp_path: Path
) -> None:
    with Stage(tmp_path, "dev", behind=[behind.__name__, kubelet.__name__]) as stage:
        up = stage.up()
        assert not up.succeeded
        assert "[BackoffLimitExceeded] Job has reached the specified backoff limit" in up.text
        assert "probe failed at 'login' (layer: credentials): " in up.text
        assert (
            "Milvus takes the root password from its Secret at its first start only; was it changed since?" in up.text
        )

        # The moments are those of the API server, from the Job's creation to the reason for which `up` ends.
        (failed,) = (each for each in job(cluster)["status"]["conditions"] if each["type"] == "Failed")
        assert moment(failed["lastTransitionTime"]) - moment(job(cluster)["metadata"]["creationTimestamp"]) <= WITHIN
        assert milvus.calls == ["collections/list"]


def test_a_password_that_milvus_knows_lets_up_succeed(cluster: Api, milvus: Milvus, tmp_path: Path) -> None:
    milvus.knows_any = True
    with Stage(tmp_path, "dev", behind=[behind.__name__, kubelet.__name__]) as stage:
        assert stage.up().succeeded
    assert [each["type"] for each in job(cluster)["status"]["conditions"]][-1] == "Complete"
    assert milvus.calls[-1] == "collections/drop"
