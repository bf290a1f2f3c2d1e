"""The table of signals: names, sources, and what CloudWatch accepts."""

import re
from dataclasses import replace

import pytest

from planning.signals.signal import DAY, Resource, Signal, metrics, watching
from planning.signals.table import TABLE

ids = [signal.name for signal in TABLE]


def test_each_signal_has_one_row() -> None:
    assert len(set(ids)) == len(TABLE) == 22


@pytest.mark.parametrize("signal", TABLE, ids=ids)
def test_a_row_names_its_sources_and_begins_with_the_component(signal: Signal) -> None:
    assert re.fullmatch(r"(Milvus|Attu|Certificate|Nat|Pods|Kafka|Bucket|Backup)[A-Z]\w+", signal.name)
    assert signal.source.startswith("docs.aws.amazon.com/")
    assert signal.why
    assert not signal.why.endswith(".")


@pytest.mark.parametrize("signal", TABLE, ids=ids)
def test_cloudwatch_evaluates_the_signal(signal: Signal) -> None:
    """A query sees three hours, and an alarm looks back for a day, or by periods of an hour and more for a week
    (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html)."""
    span = signal.period_seconds * signal.periods
    assert signal.period_seconds % 60 == 0
    assert signal.datapoints <= signal.periods
    assert span <= (3 * 3600 if signal.worst_of else DAY)


def test_what_is_gone_is_missed_and_errors_that_are_not_counted_are_none() -> None:
    assert [signal.name for signal in TABLE if signal.missing == "breaching"] == [
        "MilvusNoHealthyProxy",
        "AttuDown",
        "MilvusCanaryFailing",
        "KafkaNoController",
        "BackupOverdue",
        "BackupNotVerified",
        "BackupOfEtcdOverdue",
    ]
    # The age of a backup grows; whoever measures it is gone if it is missing.
    gone = [signal for signal in TABLE if signal.missing == "breaching"]
    assert all(signal.wrong == "below" for signal in gone if signal.resource != "backup")


def test_a_query_takes_the_worst_of_all_brokers_of_this_cluster_alone() -> None:
    disk = next(signal for signal in TABLE if signal.name == "KafkaDiskAlmostFull")
    assert disk.query({"Cluster Name": "kafka-1"}) == (
        'SELECT MAX(KafkaDataLogsDiskUsed) FROM SCHEMA("AWS/Kafka", "Broker ID", "Cluster Name")'
        " WHERE \"Cluster Name\" = 'kafka-1'"
    )
    busy = replace(disk, metric="CpuIdle", statistic="Minimum")
    assert busy.query({"Cluster Name": "kafka-1"}).startswith("SELECT MIN(CpuIdle) FROM")


def test_a_warning_comes_before_its_page() -> None:
    limits = {signal.name: signal.threshold for signal in TABLE}
    assert limits["KafkaDiskFilling"] < limits["KafkaDiskAlmostFull"]
    assert limits["CertificateExpiring"] > limits["CertificateExpiresThisWeek"]


def test_every_metric_that_an_alarm_reads_is_charged_once_an_alarm() -> None:
    present: dict[Resource, int] = {"milvus": 1, "nat": 3, "eks": 1, "kafka": 1, "bucket": 1}
    assert metrics(TABLE, "production", present, brokers=3) == 31
    assert metrics(TABLE, "production", present, brokers=6) == 49
    assert metrics(TABLE, "development", present, brokers=2) == 10
    assert not [each.name for each in watching(TABLE, "production", {"kafka": 1}) if each.resource != "kafka"]
