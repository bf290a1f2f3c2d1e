"""Planned fleets under the real kube-scheduler and its controllers."""

from collections.abc import Generator
from pathlib import Path

import pytest

from testbed.kubernetes.api import Api
from testbed.kubernetes.control_plane import ControlPlane
from testbed.kubernetes.outages import WORKLOADS, plan_of, play


@pytest.fixture(scope="module")
def cluster(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Api]:
    folder = tmp_path_factory.mktemp("kubernetes") / "cluster"
    with ControlPlane(folder, programs, controllers=True) as api:
        yield api


@pytest.mark.parametrize("name", WORKLOADS)
def test_all_pods_run_at_rest_and_as_many_as_needed_whatever_happens_to_nodes(cluster: Api, name: str) -> None:
    outcome = play(cluster, plan_of(name))
    assert outcome.problems == []
    assert outcome.bound == outcome.planned
    assert outcome.drained == outcome.nodes
    assert outcome.nodes_rolled
    assert outcome.pods_rolled
