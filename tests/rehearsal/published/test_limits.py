"""Limits in botocore's service models are found and checked."""

import pytest

from rehearsal.protocol import schema
from rehearsal.protocol.wire import UNKNOWN
from rehearsal.published import limits


@pytest.mark.parametrize(
    ("type_", "inputs", "path"),
    [
        ("aws:cloudwatch/logGroup:LogGroup", {"name": "a b"}, "name"),
        ("aws:eks/addon:Addon", {"resolveConflictsOnUpdate": "KEEP"}, "resolveConflictsOnUpdate"),
        ("aws:eks/nodeGroup:NodeGroup", {"amiType": "AL3"}, "amiType"),
        ("aws:eks/nodeGroup:NodeGroup", {"scalingConfig": {"maxSize": 0}}, "scalingConfig.maxSize"),
        ("aws:iam/role:Role", {"name": "r" * 65}, "name"),
        ("aws:iam/role:Role", {"description": "it\u2019s"}, "description"),
        ("aws:iam/role:Role", {"maxSessionDuration": 60}, "maxSessionDuration"),
        ("aws:kms/key:Key", {"deletionWindowInDays": 400}, "deletionWindowInDays"),
        ("aws:lb/targetGroup:TargetGroup", {"protocol": "FTP"}, "protocol"),
        ("aws:lb/targetGroup:TargetGroup", {"port": 70000}, "port"),
        ("aws:msk/cluster:Cluster", {"clusterName": "c" * 65}, "clusterName"),
        (
            "aws:msk/cluster:Cluster",
            {"brokerNodeGroupInfo": {"storageInfo": {"ebsStorageInfo": {"volumeSize": 20000}}}},
            "brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize",
        ),
        (
            "aws:msk/cluster:Cluster",
            {"encryptionInfo": {"encryptionInTransit": {"clientBroker": "SSL"}}},
            "encryptionInfo.encryptionInTransit.clientBroker",
        ),
        ("aws:secretsmanager/secretVersion:SecretVersion", {"secretString": "s" * 70000}, "secretString"),
    ],
)
def test_what_the_api_refuses_is_found_before(type_: str, inputs: dict[str, object], path: str) -> None:
    assert [found for found, _ in limits.problems(type_, inputs)] == [path]


def test_the_reason_gives_the_value_and_what_is_allowed() -> None:
    inputs = {"clusterName": "c" * 65, "enhancedMonitoring": "ALL"}
    assert [reason for _, reason in limits.problems("aws:msk/cluster:Cluster", inputs)] == [
        "clusterName: 65 characters; AWS takes 1 to 64",
        "enhancedMonitoring: 'ALL' is none of DEFAULT, PER_BROKER, PER_TOPIC_PER_BROKER, PER_TOPIC_PER_PARTITION",
    ]


def test_what_is_not_known_yet_is_not_judged() -> None:
    assert limits.problems("aws:msk/cluster:Cluster", {"clusterName": UNKNOWN}) == []


def test_every_type_and_every_call_exists() -> None:
    for type_, (service, operation) in limits.CALLS.items():
        assert schema.of(type_), type_
        assert limits.problems(type_, {"no": 1}) == []
        assert service
        assert operation
