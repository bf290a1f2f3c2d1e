"""Every documented procedure, step by step, on emulated stacks with policies and guard."""

from pathlib import Path

import pytest

from operations.procedures.run import of_stack, run
from operations.procedures.steps import BOTH, Stack
from operations.procedures.table import load


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.parametrize("stack", BOTH)
def test_every_procedure_works_and_does_what_its_page_says(stack: Stack, tmp_path: Path) -> None:
    known = load().get(stack, {})
    for procedure, outcomes in run(stack, tmp_path / "stage", of_stack(stack)):
        assert [text for each in outcomes for text in each.problems] == [], procedure.name
        assert tuple(outcomes) == known.get(procedure.name, tuple(outcomes)), procedure.name
