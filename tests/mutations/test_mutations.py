"""Mistakes in the program are noticed by checks that mean it. All of them: `python -m tests.mutations`."""

import subprocess
import sys

import pytest

from tests.engine import ROOT
from tests.mutations.frozen import literals
from tests.mutations.table import mistakes


def test_every_mistake_can_still_be_made() -> None:
    texts = {each.edit.path: (ROOT / each.edit.path).read_text(encoding="utf-8") for each in mistakes()}
    times = {str(each): texts[each.edit.path].count(each.edit.old) for each in mistakes()}
    assert {text: count for text, count in times.items() if count != 1} == {}
    assert len(times) == len(mistakes()) >= 400


def test_every_mistake_changes_something_and_says_what_harm_it_does() -> None:
    assert [str(each) for each in mistakes() if each.edit.old == each.edit.new or not each.harm] == []


def test_a_literal_is_frozen_however_it_is_quoted() -> None:
    assert literals("create=\"2h\", retries=3, awaits=True, name=f'{a}-b'") == {"2h", "3", "True", "{a}-b"}


@pytest.mark.slow
def test_ten_mistakes_are_noticed() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "tests.mutations", "--sample", "10"], cwd=ROOT, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "10 of 10; not noticed: none" in answer.stdout
