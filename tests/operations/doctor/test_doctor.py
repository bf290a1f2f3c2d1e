"""How the doctor shows what it finds, and what it does where nothing can be asked yet."""

import json
import time
from collections.abc import Iterable

import pytest
from rich.console import Console

from operations.doctor import doctor
from operations.doctor.check import Check, Finding, Result, Verdict
from operations.doctor.doctor import Diagnosis, show, together
from operations.preflight import Lack
from operations.stack import StackError
from tests.operations.doctor.healthy import subject

LOGIN = Lack("Pulumi login", "the backend does not know you", "make pulumi ARGS=login STACK=dev")


def sleepy(_: object) -> Iterable[Finding]:
    time.sleep(2)
    return []


def broken(_: object) -> Iterable[Finding]:
    raise KeyError("Vpcs")


def test_what_this_machine_lacks_comes_before_any_question_to_aws(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "missing", lambda stack: ([LOGIN], ["a note"]))
    assert doctor.doctor("dev", as_json=True) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["when"], said["code"], said["checks"], said["notes"]) == ("here", 1, [], ["a note"])
    assert said["faults"] == [{"layer": "here", "check": LOGIN.check, "what": LOGIN.what, "fix": LOGIN.fix}]


def test_a_local_stack_is_told_what_to_run_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "missing", lambda stack: ([], []))
    with pytest.raises(StackError, match="runs on this machine: make smoke STACK=local"):
        doctor.doctor("local")


def test_whoever_is_silent_is_left_and_holds_up_nobody() -> None:
    begin = time.monotonic()
    checks = [Check("a", "slow", "x", sleepy), Check("a", "quick", "x", lambda _: [])]
    slow, quick = together(checks, subject(), 0.3)
    assert time.monotonic() - begin < 1.5
    assert (slow.verdict, quick.verdict) == ("unanswered", "ok")
    assert slow.text == "no answer within 18 s"


def test_an_answer_that_is_not_understood_hides_no_other() -> None:
    first, second = together([Check("a", "x", "x", broken), Check("a", "y", "x", lambda _: [])], subject())
    assert (first.verdict, second.verdict) == ("unanswered", "ok")
    assert "KeyError('Vpcs')" in first.text


@pytest.mark.parametrize(
    ("verdict", "end"),
    [
        ("ok", "OK: nothing is wrong with stack dev"),
        ("skipped", "OK: nothing is wrong with stack dev (1 checks skipped)"),
        ("fault", "FAILED: 1 found with stack dev; nothing was changed"),
        ("unanswered", "UNKNOWN: 1 checks of stack dev had no answer"),
    ],
)
def test_the_screen_ends_with_a_verdict(verdict: Verdict, end: str) -> None:
    findings = (Finding("no [room] is left", "make room"),) if verdict == "fault" else ()
    console = Console(width=80)
    with console.capture() as captured:
        check = Check("quota", "gp3", "x", lambda _: [])
        show(Diagnosis("dev", "before", results=[Result(check, verdict, findings, "why")]), console)
    lines = captured.get().splitlines()
    assert lines[-1] == end
    assert lines[0].split()[1:3] == ["quota", "gp3"] or verdict == "skipped"
    if findings:
        assert lines[1:3] == ["  1. gp3: no [room] is left", "     make room"]
