"""Values in a configuration of MSK: those that brokers take, and those that they do not."""

import pytest

from rehearsal.cloud.cloud import Cloud, Refused
from rehearsal.cloud.resource import Resource
from rehearsal.rules.msk import CONFIGURATION, a_configuration_has_values_that_brokers_take


def judge(text: str) -> None:
    configuration = Resource(CONFIGURATION, "a", inputs={"serverProperties": text})
    a_configuration_has_values_that_brokers_take(Cloud(), configuration)


@pytest.mark.parametrize(
    ("taken", "refused", "reason"),
    [
        ("auto.create.topics.enable=true", "auto.create.topics.enable=yes", "one of true, false"),
        ("compression.type=zstd", "compression.type=brotli", "one of gzip, snappy, lz4, zstd"),
        ("log.cleanup.policy=compact,delete", "log.cleanup.policy=remove", "one of compact, delete"),
        ("num.partitions=1", "num.partitions=0", "a whole number, at least 1"),
        ("log.retention.hours=-1", "log.retention.hours=7d", "a whole number"),
        ("log.cleaner.min.cleanable.ratio=0.5", "default.replication.factor=0", "a whole number, at least 1"),
        (
            "default.replication.factor=3\nmin.insync.replicas=2",
            "default.replication.factor=2\nmin.insync.replicas=3",
            "no write would ever be taken",
        ),
    ],
)
def test_a_value_is_one_that_brokers_take(taken: str, refused: str, reason: str) -> None:
    judge(taken)
    with pytest.raises(Refused, match=reason):
        judge(refused)
