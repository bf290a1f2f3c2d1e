"""`make alarm-test` sends a real alarm down each path, leaves it as it was, and says what did not arrive."""

from collections.abc import Iterator
from typing import Any

import pytest

from milvus_contract import Contract
from operations.alarms import commands, trial
from operations.stack import StackError
from tests.operations.alarms.emulated import NAME, REGION, TOPICS, stack

CONTRACT = Contract(contract_version="1.0", target="aws", cluster_name=NAME, aws_region=REGION)
NOT_ITS_KEY = "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."


@pytest.fixture
def clients() -> Iterator[dict[str, Any]]:
    with stack() as (cloudwatch, sns):
        for topic in TOPICS.values():
            sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@corp.internal")
        yield {"cloudwatch": cloudwatch, "sns": sns}


def said(clients: dict[str, Any]) -> dict[str, tuple[str, str]]:
    facts = trial.facts(CONTRACT, lambda service, _: clients[service], pause=lambda _: None)
    return {each.about: (each.state, each.text) for each in facts}


def test_each_path_gets_one_alarm_whose_state_is_then_as_before(clients: dict[str, Any]) -> None:
    assert said(clients) == {
        "page": (
            "good",
            f"{NAME}-KafkaPartitionsOffline was sent to 1 topic, and that it is over; look for both messages",
        ),
        "page: page": ("good", "read by ops@corp.internal"),
        "mail": (
            "good",
            f"{NAME}-NatPacketsDropped-us-east-1a was sent to 1 topic, and that it is over; look for both messages",
        ),
        "mail: mail": ("good", "read by ops@corp.internal"),
    }
    assert clients["cloudwatch"].set == [
        (f"{NAME}-KafkaPartitionsOffline", "ALARM"),
        (f"{NAME}-KafkaPartitionsOffline", "OK"),
        (f"{NAME}-NatPacketsDropped-us-east-1a", "ALARM"),
        (f"{NAME}-NatPacketsDropped-us-east-1a", "OK"),
    ]


def test_a_key_that_cloudwatch_may_not_use_is_said_in_its_words(clients: dict[str, Any]) -> None:
    clients["cloudwatch"].failing[TOPICS["page"]] = NOT_ITS_KEY
    found = said(clients)
    assert found["page"][0] == "bad"
    assert NOT_ITS_KEY in found["page"][1]
    assert found["mail"][0] == "good"


def test_actions_that_never_happen_are_missed_and_the_alarm_still_ends(clients: dict[str, Any]) -> None:
    clients["cloudwatch"].silent = True
    state, text = said(clients)["page"]
    assert (state, text.endswith("nothing was sent to arn:aws:sns:us-east-1:123456789012:page; is it muted?")) == (
        "bad",
        True,
    )
    assert clients["cloudwatch"].set[1] == (f"{NAME}-KafkaPartitionsOffline", "OK")


def test_an_alarm_that_is_on_is_not_touched(clients: dict[str, Any]) -> None:
    for name in ("KafkaPartitionsOffline", "KafkaDiskAlmostFull"):
        clients["cloudwatch"].set_alarm_state(AlarmName=f"{NAME}-{name}", StateValue="ALARM", StateReason="a fault")
    clients["cloudwatch"].set.clear()
    assert said(clients)["page"] == ("unknown", "all of 2 alarms on this path are on: their messages are the test")
    assert {name for name, _ in clients["cloudwatch"].set} == {f"{NAME}-NatPacketsDropped-us-east-1a"}


def test_an_alarm_that_was_told_to_tell_nobody_is_wrong(clients: dict[str, Any]) -> None:
    clients["cloudwatch"].disable_alarm_actions(AlarmNames=[f"{NAME}-KafkaPartitionsOffline"])
    assert said(clients)["page"] == ("bad", f"{NAME}-KafkaPartitionsOffline tells nobody: `make up` sets its actions")


class Pages:
    """Subscriptions as SNS lists them; moto confirms every address at once."""

    def __init__(self, *found: dict[str, str]) -> None:
        self.found = list(found)

    def get_paginator(self, _: str) -> "Pages":
        return self

    def paginate(self, *, TopicArn: str) -> list[dict[str, Any]]:  # noqa: N803
        assert TopicArn == TOPICS["mail"]
        return [{"Subscriptions": self.found}]


def test_an_address_that_is_not_confirmed_is_named_and_so_is_a_topic_without_any() -> None:
    waiting = {"Endpoint": "ops@corp.internal", "SubscriptionArn": "PendingConfirmation"}
    read = {"Endpoint": "two@corp.internal", "SubscriptionArn": f"{TOPICS['mail']}:1"}
    state, text = trial.readers(Pages(waiting, read), TOPICS["mail"], "123456789012")
    assert (state, text.split()[0]) == ("bad", "ops@corp.internal")
    assert trial.readers(Pages(), TOPICS["mail"], "123456789012") == ("bad", "nobody reads it: set alarms.emails")


def test_a_topic_of_another_account_is_not_asked_who_reads_it() -> None:
    assert trial.readers(None, TOPICS["mail"], "999999999999") == (
        "good",
        "belongs to account 123456789012, which alone knows who reads it",
    )


def test_a_stack_without_alarms_has_nothing_to_test(clients: dict[str, Any]) -> None:
    names = [each["AlarmName"] for each in clients["cloudwatch"].describe_alarms()["MetricAlarms"]]
    clients["cloudwatch"].delete_alarms(AlarmNames=names)
    assert {state for state, _ in said(clients).values()} == {"unknown"}
    with pytest.raises(StackError, match="a local stack has no alarms"):
        list(trial.facts(Contract(contract_version="1.0", target="embedded"), lambda *_: None))


@pytest.mark.parametrize(("failing", "code"), [({}, 0), ({TOPICS["mail"]: NOT_ITS_KEY}, 1)])
def test_the_exit_code_says_whether_all_was_sent(
    clients: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    failing: dict[str, str],
    code: int,
) -> None:
    monkeypatch.setattr(trial, "PAUSE_SECONDS", 1)
    clients["cloudwatch"].failing.update(failing)
    assert commands.alarm_test("prod", CONTRACT, lambda service, _: clients[service]) == code
    assert "KafkaPartitionsOffline" in capsys.readouterr().out


def test_every_path_of_the_table_has_an_alarm_that_tells() -> None:
    assert set(trial.SEVERITY.values()) == set(trial.PATHS)
