"""CloudWatch and SNS by moto, with the two things that moto lacks: what becomes of actions, and rules that mute."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import boto3
from moto import mock_aws

NAME, REGION = "milvus-on-aws-prod", "us-east-1"
TOPICS = {"page": "arn:aws:sns:us-east-1:123456789012:page", "mail": "arn:aws:sns:us-east-1:123456789012:mail"}
ALARMS = {
    "KafkaDiskAlmostFull": ("page", 300),
    "KafkaPartitionsOffline": ("page", 60),
    "MilvusNoHealthyProxy": ("", 60),
    "BackupOverdue": ("mail", 3600),
    "NatPacketsDropped-us-east-1a": ("mail", 300),
}
"""Some alarms of a stack: whom they tell, and their periods in seconds."""


class CloudWatch:
    """A client of moto's CloudWatch that keeps a history of actions, and a rule that mutes."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.failing: dict[str, str] = {}
        """Reasons by the topic that CloudWatch may not use."""
        self.silent = False
        self.history: list[dict[str, Any]] = []
        self.set: list[tuple[str, str]] = []
        """States that were set, in order."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def set_alarm_state(self, **call: str) -> None:
        self._client.set_alarm_state(**call)
        self.set.append((call["AlarmName"], call["StateValue"]))
        (alarm,) = self._client.describe_alarms(AlarmNames=[call["AlarmName"]])["MetricAlarms"]
        if call["StateValue"] == "ALARM" and not self.silent:
            self.history += [{"AlarmName": call["AlarmName"], **self._done(each)} for each in alarm["AlarmActions"]]

    def _done(self, topic: str) -> dict[str, Any]:
        failure = self.failing.get(topic)
        text = f"Failed to execute action {topic}. Received error: {failure}" if failure else ""
        return {"HistorySummary": text or f"Successfully executed action {topic}", "Timestamp": datetime.now(UTC)}

    def describe_alarm_history(self, *, AlarmName: str, HistoryItemType: str, StartDate: datetime) -> Any:  # noqa: N803
        assert HistoryItemType == "Action"
        found = [e for e in self.history if e["AlarmName"] == AlarmName and e["Timestamp"] >= StartDate]
        return {"AlarmHistoryItems": found}


def of_service(service: str) -> Any:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return cast(Any, boto3).client(service, region_name=REGION, **keys)


@contextmanager
def stack() -> Generator[tuple[CloudWatch, Any]]:
    """A stack's alarms, which are all off, and its topics, which nobody reads."""
    with mock_aws():
        cloudwatch, sns = CloudWatch(of_service("cloudwatch")), of_service("sns")
        for topic in TOPICS:
            sns.create_topic(Name=topic)
        for name, (path, seconds) in ALARMS.items():
            cloudwatch.put_metric_alarm(
                AlarmName=f"{NAME}-{name}",
                Namespace="AWS/Kafka",
                MetricName="metric",
                ComparisonOperator="GreaterThanThreshold",
                EvaluationPeriods=1,
                Threshold=1,
                Period=seconds,
                Statistic="Maximum",
                AlarmActions=[TOPICS[path]] if path else [],
            )
            cloudwatch.set_alarm_state(AlarmName=f"{NAME}-{name}", StateValue="OK", StateReason="a test")
        cloudwatch.set.clear()
        yield cloudwatch, sns
