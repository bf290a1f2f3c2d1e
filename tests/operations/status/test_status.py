"""The screen of `make status`, its JSON and its exit codes."""

import json
from typing import Any

import pytest

from milvus_contract import Contract
from operations.facts import Fact, State
from operations.status import aws, status

ON_AWS = Contract(contract_version="1.0", target="aws", cluster_name="milvus-on-aws-prod", aws_region="us-east-1")


def facts(*states: State) -> list[Fact]:
    return [Fact(about=f"fact {number}", state=state, text="[text]") for number, state in enumerate(states)]


@pytest.mark.parametrize(
    ("states", "code"),
    [(("good", "soon"), 0), (("good", "unknown"), 2), (("unknown", "bad", "good"), 1), (("good",), 0)],
)
def test_what_is_wrong_outweighs_what_is_not_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], states: tuple[State, ...], code: int
) -> None:
    monkeypatch.setattr(aws, "facts", lambda *_: facts(*states))
    assert status.status("prod", ON_AWS, as_json=True) == code
    said = json.loads(capsys.readouterr().out)
    assert [each["state"] for each in said["facts"]] == list(states)


def test_the_screen_has_a_line_for_each_fact_and_takes_text_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(aws, "facts", lambda *_: facts("bad", "good"))
    status.status("prod", ON_AWS)
    out = capsys.readouterr().out
    assert "stack prod" in out
    assert [line.split() for line in out.splitlines() if "fact" in line] == [
        ["fact", "0", "bad", "[text]"],
        ["fact", "1", "good", "[text]"],
    ]


def test_everything_is_asked_although_nobody_answers(capsys: pytest.CaptureFixture[str]) -> None:
    def refused(service: str, _: str) -> Any:
        raise RuntimeError(f"no credentials for {service}")

    assert status.status("prod", ON_AWS, as_json=True, client=refused) == 2
    said = {each["about"]: each["text"] for each in json.loads(capsys.readouterr().out)["facts"]}
    assert said["alarms"] == "RuntimeError: no credentials for cloudwatch"
    assert said["cost"] == "RuntimeError: no credentials for ce"
    assert sorted(said) == ["alarms", "backup", "cost", "mute", "reachable", "versions"]
