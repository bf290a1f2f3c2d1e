"""The table of planned fleets in docs/rehearsal.md is whole, says what it must, and is about today's plans."""

import json
from typing import Any

import pytest

from testbed.kubernetes.outages import OUTCOMES, WORKLOADS, holding, plan_of

PLAYED: dict[str, dict[str, Any]] = json.loads(OUTCOMES.read_text(encoding="utf-8"))
AGAIN = "play it again: .venv/bin/python -m testbed.kubernetes.outages, then make docs"


def test_it_has_every_workload_of_which_there_are_ten() -> None:
    assert list(PLAYED) == list(WORKLOADS), AGAIN
    assert len(PLAYED) == 10


@pytest.mark.parametrize("name", PLAYED)
def test_its_fleets_are_those_planned_today(name: str) -> None:
    plan, played = plan_of(name), PLAYED[name]
    assert played["nodes"] == sum(group.nodes_a_zone * len(group.zones) for group in plan.fleet.groups), AGAIN
    assert played["planned"] == sum(group.count for group in plan.deployment.pods), AGAIN
    assert played["needed"] == holding(plan).needed, AGAIN


@pytest.mark.parametrize("name", PLAYED)
def test_all_pods_ran_all_drains_ended_and_enough_query_nodes_were_left(name: str) -> None:
    played = PLAYED[name]
    assert played["bound"] == played["planned"]
    assert played["drained"] == played["nodes"]
    assert (played["nodes_rolled"], played["pods_rolled"]) == (True, True)
    losses = [played[each] for each in ("after_node", "after_zone", "cut_off") if played[each]]
    assert len(losses) == (1 if WORKLOADS[name][0] == "development" else 3)
    for left in losses:
        assert int(left.split(" of ")[0]) >= played["needed"]
