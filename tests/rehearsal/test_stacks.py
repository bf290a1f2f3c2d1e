"""The unchanged program passes with the stacks in the repository."""

import json
from pathlib import Path

import pytest

from rehearsal.report.report import Report
from rehearsal.run import rehearse


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    dump = tmp_path_factory.mktemp("dump")
    return rehearse("dev", dump=dump), dump


def test_dev_comes_up_stays_the_same_and_goes_without_a_trace(dev: tuple[Report, Path]) -> None:
    report, _ = dev
    assert report.violations == []
    assert (report.second_up_changes, report.secrets_in_plaintext) == (0, 0)
    assert report.left == ["aws:cloudwatch/logGroup:LogGroup=/aws/eks/milvus-on-aws-dev/cluster"]
    assert report.resources > 100
    assert report.estimate is not None
    assert report.estimate["usd_per_month"] < 0.30 * 1_511  # the guides' topology


def test_nothing_on_the_way_to_milvus_waits_longer_than_kafka_makes_it(dev: tuple[Report, Path]) -> None:
    report, _ = dev
    assert report.minutes_to_ready <= 1.05 * report.lower_bound_minutes
    assert report.minutes_to_ready <= 0.70 * report.guide_minutes
    assert [name for name in report.critical_path if name in ("kafka-cluster", "kafka-users", "milvus-release")] == [
        "kafka-cluster",
        "kafka-users",
        "milvus-release",
    ]


def test_brokers_go_with_the_nodes_and_balancers_and_nat_with_the_cluster(dev: tuple[Report, Path]) -> None:
    report, _ = dev
    assert report.minutes_to_destroy <= 14
    slow = {bar.name: bar.minutes for bar in report.details.deleted if bar.minutes >= 1} if report.details else {}
    assert slow == {"milvus-release": 1, "kafka-cluster": 8, "cluster-eksCluster": 3}


def test_the_dump_has_every_resource_and_no_secret(dev: tuple[Report, Path]) -> None:
    _, dump = dev
    password = json.loads((dump / "RandomPassword-kafka-a.json").read_text())
    assert password["outputs"]["result"] == "********"
    release = json.loads((dump / "Release-milvus-release.json").read_text())
    assert release["inputs"]["values"]["externalKafka"]["brokerList"].count(":9096") == 2


@pytest.mark.slow
def test_prod_comes_up_and_gives_up_its_protection_only_when_told() -> None:
    report = rehearse("prod")
    assert report.violations == []
    assert sorted(each.partition("=")[0].rpartition(":")[2] for each in report.left) == [
        "Bucket",
        "BucketLifecycleConfiguration",
        "BucketOwnershipControls",
        "BucketPolicy",
        "BucketPublicAccessBlock",
        "BucketServerSideEncryptionConfiguration",
        "BucketVersioning",
        "Key",
        "LogGroup",
    ]
    of_buckets = {each.partition("=")[2] for each in report.left if "aws:s3/" in each}
    assert [each.startswith("backup-bucket-") for each in of_buckets] == [True]
    assert report.minutes_to_destroy <= 14
