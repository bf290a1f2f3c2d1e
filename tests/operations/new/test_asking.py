"""The questions on a terminal, driven through prompt_toolkit's own input pipe."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import questionary
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from operations.new.answers import Draft, Kept
from operations.new.asking import ask, change, one
from operations.new.questions import BY_KEY, QUESTIONS

ENTER, DOWN, CLEAR, CTRL_C = "\r", "\x1b[B", "\x15", "\x03"
GIVEN: dict[str, Any] = {
    "region": "us-east-1",
    "tier": "production",
    "workload.vectors": 1_000_000,
    "workload.dimension": 1024,
    "workload.index": "HNSW",
    "workload.scalarBytes": 0,
    "workload.growth": 1,
    "log.kind": "kafka",
    "network.zones": [],
    "cluster.publicAccessCidrs": ["52.1.2.0/24"],
    "access.accountIds": [],
    "access.clientCidrs": [],
    "access.domain.milvus": None,
    "access.domain.zoneId": None,
    "access.certificateArn": None,
    "attu.exposure": "none",
    "alarms.emails": [],
    "protect": True,
}
"""Everything but replicas, so that a test asks what it is about."""
DRAFT = Draft("prod")
Typed = Callable[..., Any]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(questionary, "print", lambda text, **_: lines.append(str(text)))
    return lines


def typed(text: str, asked: Callable[[], Any]) -> Any:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(text)
        pipe.close()  # whoever asks for more than was typed gets an EOFError, and does not wait for ever
        return asked()


def without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in GIVEN.items() if key not in keys}


def test_a_refused_answer_is_asked_for_again_with_the_reason(said: list[str]) -> None:
    value = typed(f"0{ENTER}{CLEAR}1e6{ENTER}", lambda: one(DRAFT, BY_KEY["workload.vectors"], {}, None))
    assert value == 1_000_000
    assert said == ["  workload.vectors: 0 is not allowed: at least 1. Rows to hold, over all collections."]


def test_what_must_be_chosen_is_not_passed_over(said: list[str]) -> None:
    question = BY_KEY["cluster.publicAccessCidrs"]
    assert typed(f"{ENTER}none{ENTER}", lambda: one(DRAFT, question, GIVEN, None)) == []
    assert said == ["  cluster.publicAccessCidrs: needs an answer: a list with commas, or none"]


def test_a_choice_is_offered_with_the_tiers_default(said: list[str]) -> None:
    question = BY_KEY["attu.exposure"]
    assert typed(ENTER, lambda: one(DRAFT, question, {"tier": "production"}, None)) == "none"
    assert typed(ENTER, lambda: one(DRAFT, question, {"tier": "development"}, None)) == "internal"
    assert (
        typed(f"{DOWN}{ENTER}{DOWN}{DOWN}{ENTER}", lambda: one(DRAFT, question, {}, "public")) == "none"
    )  # wraps around
    assert said == ["  attu.exposure: public needs access.clientCidrs or access.clientPrefixLists: the networks that "
                    "may connect\n"
                    "attu.exposure: public needs HTTPS: give access.certificateArn or access.domain"]  # fmt: skip


def test_an_offer_that_no_longer_fits_is_not_made(said: list[str]) -> None:
    offer = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert typed(ENTER, lambda: one(DRAFT, BY_KEY["network.zones"], GIVEN, offer)) == []
    offer = ["us-east-1b", "us-east-1c", "us-east-1d"]
    assert typed(ENTER, lambda: one(DRAFT, BY_KEY["network.zones"], GIVEN, offer)) == offer
    assert said == []


def test_the_price_is_shown_when_it_is_known_and_again_when_it_changes(said: list[str], tmp_path: Path) -> None:
    given = without("workload.dimension", "workload.growth")
    text = f"1024{ENTER}{CLEAR}2{ENTER}{CLEAR}3{ENTER}"  # dimension, replicas, growth
    answers = typed(text, lambda: ask(DRAFT, given, {}, Kept(tmp_path / "prod.json")))
    assert (answers["workload.replicas"], answers["workload.growth"]) == (2, 3)
    assert [line.split(" USD")[0].strip() for line in said] == ["1,408", "2,118"]  # a copy is in production anyway
    assert all("; the guides' fixed topology: 1,512." in line for line in said)


def test_a_price_that_stays_is_not_said_twice(said: list[str], tmp_path: Path) -> None:
    typed(
        f"{ENTER}52.1.2.3/32{ENTER}", lambda: ask(DRAFT, without("cluster.publicAccessCidrs"), {}, Kept(tmp_path / "x"))
    )
    assert len(said) == 1


def test_back_asks_the_question_before_again_and_what_hangs_on_it(said: list[str], tmp_path: Path) -> None:
    given = without("access.clientCidrs", "access.domain.milvus")
    text = f"1{CLEAR}2{ENTER}10.0.0.0/8{ENTER}<{ENTER}{CLEAR}none{ENTER}{ENTER}"
    answers = typed(text, lambda: ask(DRAFT, given, {}, Kept(tmp_path / "prod.json")))
    assert (answers["workload.replicas"], answers["access.clientCidrs"]) == (2, [])
    assert "access.public" not in answers  # asked only where there are networks


def test_a_placeholder_is_taken_with_a_warning(said: list[str], tmp_path: Path) -> None:
    given = without("cluster.publicAccessCidrs")
    typed(f"{ENTER}203.0.113.0/24{ENTER}", lambda: ask(DRAFT, given, {}, Kept(tmp_path / "prod.json")))
    assert said[-1] == (
        "  cluster.publicAccessCidrs[0]: 203.0.113.0/24 stands in documents for a network (203.0.113.0/24): write your"
        " own; `make up` refuses it"
    )


def test_an_interrupt_leaves_the_answers_so_far_and_the_next_run_offers_them(said: list[str], tmp_path: Path) -> None:
    kept, given = Kept(tmp_path / "prod.json"), without("cluster.publicAccessCidrs")
    with pytest.raises(KeyboardInterrupt):
        typed(f"{CLEAR}3{ENTER}{CTRL_C}", lambda: ask(DRAFT, given, {}, kept))
    assert kept.read()["workload.replicas"] == 3
    answers = typed(f"{ENTER}52.1.2.3/32{ENTER}", lambda: ask(DRAFT, given, kept.read(), kept))
    assert answers["workload.replicas"] == 3


def test_every_answer_can_be_changed_at_the_end(said: list[str], tmp_path: Path) -> None:
    answers = {**GIVEN, "workload.replicas": 1}
    asked = [question.key for question in QUESTIONS if question.asked and question.when(answers)]
    text = DOWN * asked.index("workload.replicas") + ENTER + CLEAR + "2" + ENTER
    typed(text, lambda: change(DRAFT, answers, Kept(tmp_path / "prod.json")))
    assert answers["workload.replicas"] == 2
