"""Silence is a lease: it lasts 30 minutes, gets longer while a command runs, and spares what no maintenance excuses."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from botocore.stub import ANY, Stubber  # pyright: ignore[reportMissingTypeStubs] - has none

from milvus_contract import Contract
from operations.alarms import commands
from operations.alarms.mute import Lease, muted, muted_until
from operations.stack import StackError
from tests.operations.alarms.emulated import ALARMS, NAME, REGION, of_service, stack

NOW = datetime(2026, 11, 26, 14, 3, 20, tzinfo=UTC)
RULE = "milvus-on-aws-prod-maintenance"


class Muting:
    """CloudWatch with rules that mute, which moto lacks."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.put: list[dict[str, Any]] = []
        self.deleted: list[str] = []
        self.refusals = 0
        """How many of the next rules are refused."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_alarm_mute_rule(self, **rule: Any) -> None:
        if self.refusals:
            self.refusals -= 1
            raise PermissionError("not you")
        self.put.append(rule)

    def delete_alarm_mute_rule(self, *, AlarmMuteRuleName: str) -> None:  # noqa: N803
        self.deleted.append(AlarmMuteRuleName)


@pytest.fixture
def cloudwatch() -> Iterator[Muting]:
    with stack() as (client, _):
        for name in ("MilvusUnreachable", "MilvusCanaryFailing", "eu-KafkaDiskFilling"):  # of stack prod-eu, the last
            client.put_metric_alarm(
                AlarmName=f"{NAME}-{name}",
                Namespace="n",
                MetricName="m",
                ComparisonOperator="LessThanThreshold",
                EvaluationPeriods=1,
                Threshold=1,
                Period=60,
                Statistic="Sum",
            )
        yield Muting(client)


def test_a_lease_mutes_for_30_minutes_all_but_what_maintenance_does_not_excuse(cloudwatch: Muting) -> None:
    assert Lease(cast(Any, cloudwatch), NAME, now=lambda: NOW).renew() == NOW.replace(minute=34, second=0)
    (rule,) = cloudwatch.put
    assert rule["Rule"]["Schedule"] == {"Expression": "at(2026-11-26T14:03)", "Duration": "PT31M", "Timezone": "UTC"}
    assert rule["MuteTargets"]["AlarmNames"] == sorted(f"{NAME}-{name}" for name in ALARMS)
    assert rule["Name"] == RULE


def test_a_renewed_lease_has_no_gap_and_ends_after_four_hours_whatever_runs(cloudwatch: Muting) -> None:
    now = [NOW.replace(second=0)]
    lease = Lease(cast(Any, cloudwatch), NAME, now=lambda: now[0])
    for minutes, duration in ((0, "PT30M"), (10, "PT40M"), (200, "PT230M"), (211, "PT240M"), (500, "PT240M")):
        now[0] = NOW.replace(second=0) + timedelta(minutes=minutes)
        lease.renew()
        assert cloudwatch.put[-1]["Rule"]["Schedule"]["Duration"] == duration
    assert {each["Rule"]["Schedule"]["Expression"] for each in cloudwatch.put} == {"at(2026-11-26T14:03)"}
    assert cloudwatch.put[-1]["ExpireDate"] == NOW.replace(hour=18, second=0)


def test_cloudwatch_accepts_what_is_asked_of_it() -> None:
    client = of_service("cloudwatch")
    with Stubber(client) as stub:
        answers = cast(Any, stub)
        answers.add_response("describe_alarms", {"MetricAlarms": [{"AlarmName": f"{NAME}-AttuDown"}]}, {**PREFIX})
        answers.add_response(
            "put_alarm_mute_rule",
            {},
            {
                "Name": RULE,
                "Description": ANY,
                "Rule": ANY,
                "MuteTargets": {"AlarmNames": [f"{NAME}-AttuDown"]},
                "ExpireDate": NOW.replace(minute=33, second=0) + timedelta(minutes=1),
            },
        )
        answers.add_response(
            "get_alarm_mute_rule", {"Status": "ACTIVE", "ExpireDate": NOW}, {"AlarmMuteRuleName": RULE}
        )
        answers.add_response("get_alarm_mute_rule", {"Status": "EXPIRED", "ExpireDate": NOW})
        answers.add_client_error("get_alarm_mute_rule", "ResourceNotFoundException", http_status_code=404)
        answers.add_response("delete_alarm_mute_rule", {}, {"AlarmMuteRuleName": RULE})
        lease = Lease(client, NAME, now=lambda: NOW)
        lease.renew()
        assert [muted_until(client, NAME) for _ in range(3)] == [NOW, None, None]
        lease.end()


PREFIX = {"AlarmNamePrefix": f"{NAME}-", "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}


def test_a_command_renews_its_lease_while_it_runs_and_ends_it_however_it_ends(cloudwatch: Muting) -> None:
    said: list[str] = []

    def command() -> None:
        with muted(cast(Any, cloudwatch), NAME, said.append, every=timedelta(milliseconds=10)):
            end = time.monotonic() + 10
            while len(cloudwatch.put) < 3 and time.monotonic() < end:
                time.sleep(0.01)
            assert not cloudwatch.deleted
            raise RuntimeError("its own")

    with pytest.raises(RuntimeError, match="its own"):
        command()
    renewed = len(cloudwatch.put)
    assert renewed >= 3
    assert cloudwatch.deleted == [RULE]
    time.sleep(0.05)
    assert len(cloudwatch.put) == renewed
    assert said == [
        "alarms are muted meanwhile, but for MilvusCanaryFailing, MilvusUnreachable; a crash ends it within 30 minutes"
    ]


def test_a_renewal_that_is_refused_is_said_and_tried_again(cloudwatch: Muting) -> None:
    said: list[str] = []
    with muted(cast(Any, cloudwatch), NAME, said.append, every=timedelta(milliseconds=10)):
        cloudwatch.refusals = 1
        end = time.monotonic() + 10
        while (len(cloudwatch.put) < 3 or cloudwatch.refusals) and time.monotonic() < end:
            time.sleep(0.01)
    assert said[1] == "alarms are not muted any longer than they are now: not you"
    assert len(cloudwatch.put) >= 3


def test_a_silence_that_is_refused_stops_no_command(cloudwatch: Muting) -> None:
    cloudwatch.refusals = 1
    said: list[str] = []
    with muted(cast(Any, cloudwatch), NAME, said.append):
        ran = True
    assert (ran, cloudwatch.put, cloudwatch.deleted) == (True, [], [])
    assert said == ["alarms are not muted any longer than they are now: not you"]


def test_a_stack_without_alarms_has_none_to_mute() -> None:
    client = of_service("cloudwatch")
    with Stubber(client) as stub:
        cast(Any, stub).add_response("describe_alarms", {}, PREFIX)
        with pytest.raises(StackError, match=r"set alarms\.emails"):
            Lease(client, NAME).renew()


def test_the_commands_begin_and_end_it(cloudwatch: Muting, capsys: pytest.CaptureFixture[str]) -> None:
    contract = Contract(contract_version="1.0", target="aws", cluster_name=NAME, aws_region=REGION)
    assert commands.mute(contract, end=False, client=lambda *_: cloudwatch) == 0
    assert commands.mute(contract, end=True, client=lambda *_: cloudwatch) == 0
    assert (len(cloudwatch.put), cloudwatch.deleted) == (1, [RULE])
    assert "but for MilvusCanaryFailing, MilvusUnreachable" in capsys.readouterr().out
    with pytest.raises(StackError, match="a local stack has no alarms"):
        commands.mute(Contract(contract_version="1.0", target="embedded"), end=False)
