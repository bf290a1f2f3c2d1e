"""Every benchmark runs in its smallest form, and its last line contains the number that it measures.

Left out: the numbers themselves, for which a quiet machine is needed (`.venv/bin/python benchmarks/<name>.py`).
"""

import importlib
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine import ROOT
from tools.kubernetes import build

Benchmark = Callable[..., str]


@pytest.fixture
def last_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Benchmark:
    """A function that runs a benchmark with smaller constants, and returns the last line that it prints."""

    def run(name: str, **smaller: Any) -> str:
        module = importlib.import_module(f"benchmarks.{name}")
        for constant, value in smaller.items():
            assert hasattr(module, constant)
            monkeypatch.setattr(module, constant, value)
        monkeypatch.setattr(sys, "argv", [f"benchmarks/{name}.py"])
        assert not module.main()
        return capsys.readouterr().out.splitlines()[-1]

    return run


def test_estimates(last_line: Benchmark) -> None:
    assert re.fullmatch(r"ratio: \d+\.\d\d", last_line("estimates", ROUNDS=1, RANDOM=3))


@pytest.mark.slow
def test_preview(last_line: Benchmark) -> None:
    assert re.fullmatch(r"preview of dev / bare program: \d+\.\d\d", last_line("preview", ROUNDS=1))


@pytest.mark.slow
def test_local(last_line: Benchmark) -> None:
    assert re.fullmatch(r"make up / by hand: \d+\.\d\d", last_line("local", ROUNDS=1))


@pytest.mark.slow
def test_review(last_line: Benchmark) -> None:
    assert re.fullmatch(r"review of one pull request of stack dev: \d+\.\d s", last_line("review", STACK="dev"))


@pytest.mark.slow
def test_rag(last_line: Benchmark) -> None:
    found = re.fullmatch(
        r"speed of index / of embedding alone, median of 2 parts: (\d+\.\d\d)",
        last_line("rag", PARTS=2, PASSAGES_A_PART=20),
    )
    assert found
    assert float(found[1]) > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_copying(last_line: Benchmark) -> None:
    found = re.fullmatch(r"speed of copy / of a bare insert: (\d+\.\d\d)", last_line("copying", ROWS=200))
    assert found
    assert float(found[1]) > 0


@pytest.mark.slow
@pytest.mark.skipif(bool(build.left_out(build.SERVER)), reason=build.left_out(build.SERVER))
def test_kubernetes(last_line: Benchmark) -> None:
    assert re.fullmatch(
        r"API server ready after \d+\.\d s, extra time of a rehearsal -?\d+\.\d s, ratio \d+\.\d\d",
        last_line("kubernetes", ROUNDS=1),
    )


def test_each_of_them_is_here() -> None:
    benchmarks = {file.stem for file in (ROOT / "benchmarks").glob("*.py")}
    assert {f"test_{name}" for name in benchmarks} <= globals().keys()
