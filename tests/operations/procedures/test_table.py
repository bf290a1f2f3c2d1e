"""The table of procedures in docs/operations.md."""

from operations.procedures.run import merged, of_stack
from operations.procedures.steps import BOTH, PROCEDURES
from operations.procedures.table import load, rendered


def test_what_was_tried_was_tried_to_its_end_on_stacks_that_it_is_for() -> None:
    planned = {stack: {each.name: len(each.steps) for each in of_stack(stack)} for stack in BOTH}
    tried = {stack: {name: len(steps) for name, steps in procedures.items()} for stack, procedures in load().items()}
    assert all(planned[stack].items() >= procedures.items() for stack, procedures in tried.items())
    assert sum(map(len, tried.values())) > 10


def test_nothing_was_wrong_when_it_was_tried() -> None:
    outcomes = [each for procedures in load().values() for steps in procedures.values() for each in steps]
    assert [text for each in outcomes for text in each.problems] == []


def test_each_procedure_has_a_row() -> None:
    page = rendered("before\n<!-- table: procedures -->\nold\n<!-- end -->\nafter\n")
    lines = page.splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("before", "after", len(PROCEDURES) + 6)
    assert lines[4].startswith("| Kafka's user, a to b | 4 created, 1 updated: 10.2 min<br>")


def test_a_step_changes_keys_at_any_depth_and_none_removes_one() -> None:
    settings = {"milvus": {"version": "1", "roles": {"proxy": {"replicas": 2}}}, "protect": True}
    changes = {"milvus": {"version": None, "roles": {"proxy": {"cpu": 4}}}, "kafka": {"users": ["a"]}, "protect": False}
    assert merged(settings, changes) == {
        "milvus": {"roles": {"proxy": {"replicas": 2, "cpu": 4}}},
        "kafka": {"users": ["a"]},
        "protect": False,
    }
