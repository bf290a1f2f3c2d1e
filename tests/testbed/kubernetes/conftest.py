"""Two control planes for all tests in this folder, which one process runs. Without Go they are skipped."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from rehearsal.run import UnavailableError
from testbed.kubernetes import behind, control_plane
from testbed.kubernetes.api import Api
from testbed.kubernetes.control_plane import ADDRESS, ControlPlane
from testbed.kubernetes.definitions import define


@pytest.fixture(scope="session")
def programs() -> Path:
    try:
        return control_plane.provide(controllers=True)
    except UnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def api(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Api]:
    """An API server without controllers, which rehearsals in this process use, too."""
    folder = tmp_path_factory.mktemp("kubernetes") / "server"
    with ControlPlane(folder, programs) as api:
        define(api)
        os.environ[behind.ADDRESS] = str(folder / ADDRESS)
        yield api
        del os.environ[behind.ADDRESS]


@pytest.fixture(scope="session")
def controlled(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """Folder of a control plane that also makes and schedules pods. Whoever fills it clears it (Cluster.clear)."""
    folder = tmp_path_factory.mktemp("kubernetes") / "controlled"
    with ControlPlane(folder, programs, controllers=True):
        yield folder
