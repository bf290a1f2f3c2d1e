"""The table of operations in docs/consumers.md, on the local server: each comes out as it says."""

from typing import cast

import pytest

from testbed.behaviour.operation import OPERATIONS, REFUSED, Operation, Target
from testbed.behaviour.table import table
from testbed.behaviour.trying import on_local, wrong

pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


def test_every_operation_comes_out_on_the_local_server_as_the_table_says() -> None:
    found = on_local()
    assert len(found) == len(OPERATIONS) >= 60
    assert wrong(found, lambda each: each.local) == []


def test_an_operation_that_comes_out_otherwise_is_named() -> None:
    found = {"FLOAT_VECTOR": "refused"}
    assert wrong(found, lambda each: each.local) == ["Data types, FLOAT_VECTOR: refused, not taken"]


def test_titles_are_names_and_each_stands_in_the_page_once() -> None:
    titles = [each.title for each in OPERATIONS]
    assert len(set(titles)) == len(titles)
    assert all(title in table() for title in titles)


def test_a_refusal_for_another_reason_is_none() -> None:
    def run(_: Target) -> None:
        raise ValueError("the server is on fire")

    row = Operation(
        title="t", room="r", local=REFUSED, older=REFUSED, newer=REFUSED, said="length", alone=False, run=run
    )
    assert row.tried(cast(Target, None)) == "ValueError: the server is on fire"
