"""What `make status` says of a stack on AWS: alarms by moto, the rest by botocore's Stubber with literal answers."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber  # pyright: ignore[reportMissingTypeStubs] - has none
from moto import mock_aws

from milvus_contract import Contract
from operations.estimate import settings_of
from operations.facts import asked
from operations.status import aws

NAME, NOW = "milvus-on-aws-prod", datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
CONTRACT = Contract(contract_version="1.0", target="aws", milvus_host="127.0.0.1", milvus_port=1, cluster_name=NAME)


def client(service: str) -> Any:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return cast(Any, boto3).client(service, region_name="us-east-1", **keys)


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    with mock_aws():
        made = client("cloudwatch")
        others = ("milvus-on-aws-dev-AttuDown", f"{NAME}-eu-AttuDown")
        for name in (f"{NAME}-KafkaDiskFilling", f"{NAME}-NatPortsExhausted-us-east-1a", *others):
            made.put_metric_alarm(
                AlarmName=name,
                Namespace="AWS/Kafka",
                MetricName="KafkaDataLogsDiskUsed",
                ComparisonOperator="GreaterThanThreshold",
                EvaluationPeriods=1,
                Threshold=1,
                Period=60,
                Statistic="Maximum",
            )
            made.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="a test")
        yield made


def test_alarms_that_are_on_are_named_with_their_pages(cloudwatch: Any) -> None:
    assert aws.firing(cloudwatch, NAME, alarmed=True) == ("good", "none of 2 alarms is on")
    cloudwatch.set_alarm_state(
        AlarmName=f"{NAME}-NatPortsExhausted-us-east-1a", StateValue="ALARM", StateReason="a test"
    )
    assert aws.firing(cloudwatch, NAME, alarmed=True) == (
        "bad",
        "1 of 2 alarms on: NatPortsExhausted-us-east-1a (docs/runbooks/NatPortsExhausted.md)",
    )


def test_another_stacks_alarm_is_not_ours(cloudwatch: Any) -> None:
    for name in ("milvus-on-aws-dev-AttuDown", f"{NAME}-eu-AttuDown"):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    assert aws.firing(cloudwatch, NAME, alarmed=True)[0] == "good"


def test_alarms_that_should_be_there_and_are_not_are_wrong(cloudwatch: Any) -> None:
    assert aws.firing(cloudwatch, "milvus-on-aws-other", alarmed=True)[0] == "bad"
    assert aws.firing(cloudwatch, NAME, alarmed=False)[0] == "soon"


@pytest.mark.parametrize(
    ("minutes_ago", "expected"),
    [
        ([4, 9], ("good", "succeeded within the last 5 minutes")),
        ([19], ("good", "succeeded within the last 20 minutes")),
        ([20, 60], ("bad", "succeeded within the last 21 minutes")),
        ([], ("bad", "has not succeeded for a day")),
    ],
)
def test_the_canarys_last_success_is_bad_once_its_alarm_would_be_on(
    minutes_ago: list[int], expected: tuple[str, str]
) -> None:
    asking = client("cloudwatch")
    with Stubber(asking) as stub:
        points = [{"Timestamp": NOW - timedelta(minutes=each), "Sum": 1.0} for each in minutes_ago]
        wanted = {
            "Namespace": "milvus-on-aws",
            "MetricName": "Succeeded",
            "Dimensions": [{"Name": "Stack", "Value": NAME}],
            "StartTime": NOW - timedelta(days=1),
            "EndTime": NOW,
            "Period": 300,
            "Statistics": ["Sum"],
        }
        cast(Any, stub).add_response("get_metric_statistics", {"Datapoints": points}, wanted)
        assert aws.canary(asking, NAME, NOW) == expected


def backed_up(complete_hours: float | None, verified_hours: float | None, *, minutes_ago: int = 40) -> tuple[str, str]:
    asking, settings = client("cloudwatch"), settings_of("prod")
    with Stubber(asking) as stub:
        for metric, hours in (("CompleteBackupAge", complete_hours), ("VerifiedBackupAge", verified_hours)):
            at = NOW - timedelta(minutes=minutes_ago)
            older = {"Timestamp": at - timedelta(hours=1), "Maximum": 9e9}
            found = [] if hours is None else [{"Timestamp": at, "Maximum": hours * 3600}, older]
            wanted = {
                "Namespace": "milvus-on-aws",
                "MetricName": metric,
                "Dimensions": [{"Name": "Stack", "Value": NAME}],
                "StartTime": NOW - timedelta(days=1),
                "EndTime": NOW,
                "Period": 3600,
                "Statistics": ["Maximum"],
            }
            cast(Any, stub).add_response("get_metric_statistics", {"Datapoints": found}, wanted)
        return aws.backup(asking, NAME, settings, NOW)


def test_the_age_of_backups_is_bad_once_their_alarms_would_be_on() -> None:
    assert backed_up(5, 71) == ("good", "the last complete one is 5 h old, the last proven one 3 days")
    assert backed_up(36, 168)[0] == "good"
    assert backed_up(36.1, 1)[0] == "bad"
    assert backed_up(5, 168.1)[0] == "bad"
    assert backed_up(None, 1)[0] == backed_up(5, 1, minutes_ago=200)[0] == "bad"


def spent(usd: str) -> tuple[str, str]:
    asking = client("ce")
    with Stubber(asking) as stub:
        result = {"Total": {"UnblendedCost": {"Amount": usd, "Unit": "USD"}}}
        wanted = {
            "TimePeriod": {"Start": "2026-11-01", "End": "2026-11-16"},
            "Granularity": "MONTHLY",
            "Metrics": ["UnblendedCost"],
            "Filter": {"Tags": {"Key": "stack", "Values": ["prod"]}},
        }
        cast(Any, stub).add_response("get_cost_and_usage", {"ResultsByTime": [result]}, wanted)
        return aws.cost(asking, "prod", 2000, NOW.date())


def test_the_months_cost_is_projected_and_compared_with_the_estimate() -> None:
    assert spent("900") == (
        "good",
        "900 USD since the 1st, 1,800 a month at that rate; the estimate goes up to 2,000",
    )
    assert spent("1251")[0] == "soon"
    assert spent("1250")[0] == "good"


def test_a_tag_that_is_not_activated_is_no_saving() -> None:
    state, text = spent("0")
    assert state == "unknown"
    assert "activate it as a cost allocation tag" in text


def test_the_first_of_a_month_is_asked_nothing() -> None:
    assert aws.cost(None, "prod", 2000, date(2026, 11, 1)) == ("unknown", "the month has just begun")


def test_versions_near_their_end_are_named_with_the_day() -> None:
    settings = settings_of("prod")
    assert aws.ending(settings, date(2026, 11, 26))[0] == "good"
    state, text = aws.ending(settings, date(2027, 1, 1))
    assert (state, text) == ("soon", "EKS 1.35 leaves standard support in 85 days, on 2027-03-27")
    assert "standard support ended on 2027-03-27" in aws.ending(settings, date(2027, 3, 28))[1]


def test_a_milvus_with_a_known_fault_is_named() -> None:
    settings = settings_of("prod")
    faulty = settings.model_copy(update={"milvus": settings.milvus.model_copy(update={"version": "2.6.23"})})
    state, text = aws.ending(faulty, date(2026, 11, 26))
    assert state == "soon"
    assert "milvus.version: 2.6.23" in text


def test_an_endpoint_that_is_not_reached_from_here_is_unknown_and_one_that_is_is_good() -> None:
    assert aws.reachable(CONTRACT)[0] == "unknown"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert aws.reachable(replace(CONTRACT, milvus_port=port)) == ("good", f"127.0.0.1:{port} accepts connections")


def test_a_question_that_is_refused_is_unknown_and_says_why() -> None:
    asking = client("ce")
    with Stubber(asking) as stub:
        cast(Any, stub).add_client_error("get_cost_and_usage", "AccessDeniedException", "not you")
        fact = asked("cost", lambda: aws.cost(asking, "prod", 2000, NOW.date()))
    assert (fact.state, "not you" in fact.text) == ("unknown", True)
