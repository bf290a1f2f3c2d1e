"""`make alarm-test`: lets CloudWatch send one alarm down each path, and asks it what became of it.

A message of our own to a topic would prove less: it would be sent with our rights, while an alarm needs CloudWatch's to
the topic and to its key. So a real alarm that is off is declared on for a moment, and then off, which tells its people
twice. Left out: whether a message arrived, which only its reader knows.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

from milvus_contract import Contract
from operations.alarms.alarms import Alarm, of_stack, signal_of
from operations.facts import Client, Fact, State, asked, many
from operations.stack import StackError
from planning.signals.signal import Severity
from planning.signals.table import TABLE

REASON = "A test by `make alarm-test`: nothing is wrong, and nothing has to be done"
DONE = "Successfully executed action"
"""Beginning of what CloudWatch's history says of an action that it could do."""
ANSWER_SECONDS, PAUSE_SECONDS = 60, 2
"""How long CloudWatch may take for its actions, and how often it is asked."""
PATHS: tuple[Severity, ...] = ("page", "mail")
SEVERITY = {signal.name: signal.severity for signal in TABLE if not signal.unreachable}
"""By which path an alarm tells. Causes of MilvusUnreachable tell by that alarm alone."""


def facts(
    contract: Contract, client: Callable[[str, str], Client], pause: Callable[[float], None] = time.sleep
) -> Iterator[Fact]:
    """What became of one alarm on each path, and who has not confirmed an address."""
    if contract.target != "aws":
        raise StackError("a local stack has no alarms")
    prefix, region = str(contract.cluster_name), str(contract.aws_region)
    cloudwatch, sns = client("cloudwatch", region), client("sns", region)
    alarms = of_stack(cloudwatch, prefix)
    for path in PATHS:
        candidates = [each for each in alarms if SEVERITY.get(signal_of(each, prefix)) == path]
        quiet = sorted((each for each in candidates if each["StateValue"] != "ALARM"), key=_period)
        if not quiet:
            yield Fact(about=path, state="unknown", text=_why_none(len(candidates)))
            continue
        yield asked(path, partial(sent, cloudwatch, quiet[0], pause))
        for topic in quiet[0]["AlarmActions"]:
            own = _account(quiet[0]["AlarmArn"])
            yield asked(f"{path}: {topic.rpartition(':')[2]}", partial(readers, sns, topic, own))


def sent(cloudwatch: Client, alarm: Alarm, pause: Callable[[float], None]) -> tuple[State, str]:
    """Declares an alarm on, waits for what CloudWatch says of its actions, and declares it off."""
    name, expected = alarm["AlarmName"], set(alarm["AlarmActions"])
    if not alarm.get("ActionsEnabled", True) or not expected:
        return "bad", f"{name} tells nobody: `make up` sets its actions"
    began = datetime.now(UTC)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason=REASON)
    told: list[str] = []
    try:
        for _ in range(ANSWER_SECONDS // PAUSE_SECONDS):
            pause(PAUSE_SECONDS)
            told = _said(cloudwatch, name, began)
            if len(told) >= len(expected):
                break
    finally:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason=f"{REASON}: its end")
    if failed := [each for each in told if not each.startswith(DONE)]:
        return "bad", f"{name}: {'; '.join(failed)}"
    if missing := sorted(topic for topic in expected if not any(topic in each for each in told)):
        return "bad", f"{name}: in {ANSWER_SECONDS} s nothing was sent to {', '.join(missing)}; is it muted?"
    return "good", f"{name} was sent to {many(len(expected), 'topic')}, and that it is over; look for both messages"


def readers(sns: Client, topic: str, own_account: str) -> tuple[State, str]:
    """Who reads a topic."""
    if (account := _account(topic)) != own_account:
        return "good", f"belongs to account {account}, which alone knows who reads it"
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    found = [each for page in pages for each in page["Subscriptions"]]
    waiting = [each["Endpoint"] for each in found if each["SubscriptionArn"] == "PendingConfirmation"]
    if waiting:
        return "bad", f"{', '.join(waiting)} gets nothing before the link in AWS' first message is followed"
    if not found:
        return "bad", "nobody reads it: set alarms.emails"
    return "good", f"read by {', '.join(each['Endpoint'] for each in found)}"


def _said(cloudwatch: Client, name: str, since: datetime) -> list[str]:
    """What CloudWatch's history says of an alarm's actions."""
    items = cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="Action", StartDate=since)
    return [each["HistorySummary"] for each in items["AlarmHistoryItems"]]


def _account(arn: str) -> str:
    return arn.split(":")[4]


def _period(alarm: Alarm) -> int:
    """Seconds after which an alarm is evaluated again, which would end the test as well."""
    return int(alarm.get("Period") or alarm["Metrics"][0]["Period"])


def _why_none(alarms: int) -> str:
    if alarms:
        return f"all of {many(alarms, 'alarm')} on this path are on: their messages are the test"
    return "there is no alarm on this path: set alarms.emails or alarms.topicArns, and `make up`"
