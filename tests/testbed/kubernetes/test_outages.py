"""Planned fleets under the real kube-scheduler and its controllers."""

from pathlib import Path

import pytest

from testbed.kubernetes.api import Api
from testbed.kubernetes.control_plane import ADDRESS
from testbed.kubernetes.outages import WORKLOADS, plan_of, play


@pytest.mark.parametrize("name", WORKLOADS)
def test_all_pods_run_at_rest_and_as_many_as_needed_whatever_happens_to_nodes(controlled: Path, name: str) -> None:
    outcome = play(Api.at(controlled / ADDRESS), plan_of(name))
    assert outcome.problems == []
    assert outcome.bound == outcome.planned
    assert outcome.drained == outcome.nodes
    assert outcome.nodes_rolled
    assert outcome.pods_rolled
