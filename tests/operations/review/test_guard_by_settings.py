"""The guard on real previews: changed settings of a deployed production."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from operations.review.changes import Preview, parse
from operations.review.guard import findings, report
from rehearsal.stage import Stage
from tests.operations.review.record_previews import settings
from tests.operations.review.stops import stopped


def unprotected(**different: Mapping[str, Any] | str) -> dict[str, Any]:
    return settings("prod", protect=False, **different)


def preview(stage: Stage, values: Mapping[str, Any]) -> Preview:
    stage.configure(values)
    return parse(json.loads(stage.pulumi("preview", "--json")))


BY_SETTINGS = {
    "what everything stands in": (
        unprotected(network={"cidr": "10.60.0.0/16"}, milvus={"namespace": "other"}),
        {
            ("network-vpc", "cidrBlock"),
            ("network-private-us-east-1a", "cidrBlock"),
            ("kafka-cluster", "brokerNodeGroupInfo.clientSubnets[0]"),
            ("milvus-namespace", "metadata.name"),
            ("milvus-release", "namespace"),
        },
    ),
    "what Milvus finds its data by, and what can't go back": (
        unprotected(milvus={"prefix": "other"}, kafka={"version": "3.8.x"}, cluster={"keepVolumes": False}),
        {
            ("milvus-release", "values.externalS3.rootPath: milvus-prod -> other"),
            ("milvus-release", "etcd.rootPath: milvus-prod -> other"),
            ("milvus-release", "msgChannel.chanNamePrefix.cluster: milvus-prod -> other"),
            ("kafka-cluster", "kafkaVersion"),
            ("cluster-storage-class", "reclaimPolicy"),
        },
    ),
    "a zone moved, a user dropped, and a prefix in values that are not known yet": (
        unprotected(
            network={"zones": ["us-east-1a", "us-east-1b", "us-east-1d"]},
            kafka={"users": ["b"], "activeUser": "b"},
            milvus={"prefix": "other"},
        ),
        {
            ("network-private-us-east-1c", ""),
            ("kafka-cluster", "brokerNodeGroupInfo.clientSubnets[2]"),
            ("kafka-a", ""),
            ("milvus-release", "values.externalS3.rootPath: milvus-prod -> other"),
        },
    ),
    "another log": (
        unprotected(log={"kind": "woodpecker"}, milvus={"prefix": "milvus-prod"}),
        {
            ("milvus-release", "message queue: externalKafka -> woodpecker"),
            ("kafka-cluster", ""),
        },
    ),
    "another tier": (
        unprotected(  # with Kafka and StorageClass as they are: behind a replaced one no value is known yet
            tier="development",
            kafka={"version": "3.9.x.kraft", "instanceType": "kafka.m7g.large"},
            cluster={"keepVolumes": True},
            network={"zones": ["us-east-1a", "us-east-1b", "us-east-1c"]},
        ),
        {("milvus-release", "values.etcd.replicaCount: 3 -> 1")},
    ),
}


SAMPLE = "what Milvus finds its data by, and what can't go back"


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=[pytest.mark.slow] * (each != SAMPLE)) for each in BY_SETTINGS]
)
def test_settings_that_would_lose_state_are_stopped(stage: Stage, name: str) -> None:
    values, expected = BY_SETTINGS[name]
    found = findings(preview(stage, values))
    if "namespace" in values.get("milvus-on-aws:milvus", {}):
        told = {each.change.name: each.what for each in found}
        assert told["parameters-namespace"].startswith("the contract's namespace changes: milvus -> other; kubectl")
    assert expected <= stopped(found)
    for each in found:
        assert each.what
        assert each.instead or each.verdict != "stopped"


@pytest.mark.slow
def test_settings_that_nobody_notices_hear_nothing(stage: Stage) -> None:
    quiet = unprotected(
        network={"flowLogDays": 365},
        cluster={
            "publicAccessCidrs": ["203.0.113.0/24"],
            "logDays": 365,
            "permissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
            "accessEntries": {"team": {"principalArn": "arn:aws:iam::123456789012:role/team"}},
        },
        kafka={"storageGib": 900, "users": ["a", "b"], "logDays": 365},
        bucket={"keepDeletedDays": 30},
        attu={"exposure": "internal"},
        access={"clientCidrs": ["198.51.100.0/24"], "idleTimeoutSeconds": 600},
    )
    seen = preview(stage, quiet)
    assert len(seen.changes) > 20
    assert findings(seen) == []


def test_what_is_noticed_is_said_and_passes(stage: Stage) -> None:
    seen = preview(
        stage,
        unprotected(
            milvus={"version": "2.6.21"}, kafka={"retentionHours": 336}, cluster={"version": "1.36"}, tags={"team": "x"}
        ),
    )
    found = findings(seen)
    assert stopped(found) == set()
    # The address waits for a new proof that Milvus answers, but stays what it is.
    assert not [each for each in found if each.change.type == "aws:ssm/parameter:Parameter"]
    said = {each.change.type: each.what for each in found if each.verdict == "expected"}
    assert said["kubernetes:helm.sh/v3:Release"].startswith("pods restart role by role")
    assert said["aws:msk/cluster:Cluster"].startswith("brokers restart one by one")
    assert said["aws:eks/nodeGroup:NodeGroup"].startswith("pods of these nodes move to others")
    assert said["aws:eks/cluster:Cluster"].startswith("the control plane is upgraded")
    assert {each.change.name for each in found if each.verdict == "harmless"} == {
        "milvus-probe",
        "kafka-configuration-b14d1561",
    }
    passwords = [
        each["outputs"]["result"]["plaintext"].strip('"')
        for each in json.loads(stage.pulumi("stack", "export", "--show-secrets"))["deployment"]["resources"]
        if each["type"].startswith("random:")
    ]
    assert len(passwords) == 2
    assert not any(password in report(seen, found) for password in passwords)
