"""The guard stops thirty changes that lose Milvus' data, each for its own reason, and admits harmless changes.

These are single steps, as the CLI writes them. Whole previews are in test_guard_by_settings.py.
"""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from operations.review import guard
from operations.review.changes import Preview, parse, read_preview
from operations.review.guard import findings, report
from operations.stack import StackError
from policies.rule import UNKNOWN, Resource
from tests.operations.review.stops import stopped
from tests.policies.samples import changed, every, one, production


class Step(NamedTuple):
    type: str
    operation: str
    path: str = ""
    value: Any = None
    name: str | None = None
    kind: str = "update"


def preview_of(step: Step) -> Preview:
    """Preview of a step on the only resource that it can mean."""
    return of_resource(step, one([*production(), *EXTRA], step.type, step.name))


def previews_of(step: Step) -> list[Preview]:
    """One for each resource of the step's type (and name)."""
    return [of_resource(step, each) for each in every([*production(), *EXTRA], step.type, step.name)]


def of_resource(step: Step, resource: Resource) -> Preview:
    urn = f"urn:pulumi:prod::milvus-on-aws::{resource.type}::{resource.name}"
    state: dict[str, Any] = {"urn": urn, "custom": True, "type": resource.type, "protect": False}
    old, new = {**state, "inputs": resource.inputs}, {**state, "inputs": resource.inputs}
    if step.path:
        new["inputs"] = changed(resource.inputs, step.path, step.value)
    path = step.path.replace("/", ".")
    difference = {path: {"kind": step.kind}} if path else {}
    states = {"create": {"newState": new}, "delete": {"oldState": old}}.get(
        step.operation, {"oldState": old, "newState": new}
    )
    return parse({"steps": [{"op": step.operation, "urn": urn, "detailedDiff": difference, **states}]})


EKS, MSK, RELEASE, MILVUS = "aws:eks/cluster:Cluster", "msk/cluster:Cluster", "helm.sh/v3:Release", "milvus-release"
USER_YAML = "values/extraConfigFiles/user.yaml"
EXTRA = (
    Resource(type="kubernetes:core/v1:PersistentVolumeClaim", name="data-milvus-etcd-0", inputs={}),
    Resource(type="aws:cloudwatch/metricAlarm:MetricAlarm", name="alarm", inputs={}),
)
LOSSES = [
    (Step("s3/bucket:Bucket", "delete"), "every segment"),
    (Step("s3/bucket:Bucket", "replace", "bucket", "other", kind="update-replace"), "every segment"),
    (Step("kms/key:Key", "delete", name="kafka-key"), "can't be read again"),
    (Step("kms/key:Key", "replace", "keyUsage", "SIGN_VERIFY", "cluster-secrets", "add-replace"), "can't be read"),
    (Step(MSK, "delete"), "has not stored yet"),
    (Step(MSK, "replace", "encryptionInfo/encryptionAtRestKmsKeyArn", "x", kind="update-replace"), "has not stored"),
    (Step(MSK, "update", "brokerNodeGroupInfo/storageInfo/ebsStorageInfo/volumeSize", 1), "never shrink"),
    (Step(MSK, "update", "numberOfBrokerNodes", 2), "the partitions on the brokers that go"),
    (Step(MSK, "update", "kafkaVersion", "3.8.x.kraft"), "neither downgrades"),
    (Step("RandomPassword", "delete", name="milvus-root"), "locks everybody out"),
    (Step("RandomPassword", "replace", "length", 40, "milvus-root", "update-replace"), "locks everybody out"),
    (Step("secret:Secret", "delete", name="milvus-root"), "still use"),
    (Step("secret:Secret", "replace", "name", "x", "milvus-root", "add-replace"), "still use"),
    (Step("Namespace", "replace", "metadata/name", "x", kind="update-replace"), "etcd's volumes"),
    (Step("PersistentVolumeClaim", "delete"), "etcd's volumes"),
    (Step("StorageClass", "delete"), "etcd's next volume"),
    (Step("StorageClass", "update", "parameters", {"type": "io2"}), "etcd's next volume"),
    (Step(RELEASE, "delete", name=MILVUS), "etcd's volumes"),
    (Step(RELEASE, "replace", "name", "other", MILVUS, "update-replace"), "etcd's volumes"),
    (Step(RELEASE, "update", "values/woodpecker/enabled", True, MILVUS), "what is in the old queue"),
    (Step(RELEASE, "update", USER_YAML, '{"mq": {"type": "woodpecker"}}', MILVUS), "what is in the old queue"),
    (Step(RELEASE, "update", "values/externalKafka/brokerList", "else:9096", MILVUS), "what is in the old queue"),
    (Step(RELEASE, "update", "values/externalS3/bucketName", "other", MILVUS), "Milvus starts empty"),
    (Step(RELEASE, "update", "values/minio/enabled", True, MILVUS), "Milvus starts empty"),
    (Step(RELEASE, "update", "values/etcd/persistence/enabled", False, MILVUS), "etcd's volumes"),
    (Step(RELEASE, "update", "values/etcd/replicaCount", 5, MILVUS), "without a majority"),
    (Step(EKS, "replace", "encryptionConfig", None, kind="delete-replace"), "everything in Kubernetes"),
    (Step(EKS, "replace", "kubernetesNetworkConfig", None, kind="update-replace"), "everything in Kubernetes"),
    (Step("ec2/vpc:Vpc", "delete"), "brokers, nodes and load balancers"),
    (Step("ec2/subnet:Subnet", "delete"), "brokers, nodes and load balancers"),
    (Step("ec2/subnet:Subnet", "replace", "availabilityZone", "x", kind="update-replace"), "brokers, nodes"),
]
UNNOTICED = [
    Step("batch/v1:Job", "replace", "spec/template/metadata/annotations", {}, kind="update-replace"),
    Step("core/v1:ConfigMap", "replace", "data", {}, kind="update-replace"),
    Step("core/v1:Secret", "replace", "stringData", {}, kind="update-replace"),
    Step("pulumi:providers:kubernetes", "replace", "kubeconfig", "x", kind="update-replace"),
    Step("pulumi:providers:aws", "replace", "region", "x", kind="update-replace"),
    Step("launchTemplate:LaunchTemplate", "replace", "name", "x", kind="update-replace"),
    Step("PodDisruptionBudget", "delete"),
    Step("msk/configuration:Configuration", "delete"),
    Step("secretVersion:SecretVersion", "replace", "secretString", "hunter2", kind="update-replace"),
    Step("metricAlarm:MetricAlarm", "delete"),
    Step(RELEASE, "update", "values/queryNode/replicas", 9, MILVUS),
    Step(RELEASE, "update", "values/metrics/serviceMonitor/enabled", True, MILVUS),
    Step("nodeGroup:NodeGroup", "update", "scalingConfig/desiredSize", 9),
    Step(MSK, "update", "brokerNodeGroupInfo/storageInfo/ebsStorageInfo/volumeSize", 5000),
    Step(MSK, "update", "numberOfBrokerNodes", 6),
    Step(MSK, "update", "loggingInfo/brokerLogs/s3/enabled", True),
    Step("LogGroup", "update", "retentionInDays", 365),
    Step("iam/rolePolicy:RolePolicy", "update", "policy", "{}"),
    Step("s3/bucket:Bucket", "update", "tags", {"team": "x"}),
    Step("s3/bucket:Bucket", "create"),
]


@pytest.mark.parametrize(("step", "reason"), LOSSES, ids=lambda each: "-".join(map(str, each[:3])))
def test_a_step_that_loses_state_is_stopped_with_its_reason(step: Step, reason: str) -> None:
    for seen in previews_of(step):
        found = [each for each in findings(seen) if each.verdict == "stopped"]
        assert [each for each in found if reason in each.what and each.instead], found


@pytest.mark.parametrize("step", UNNOTICED, ids=lambda each: "-".join(map(str, each[:3])))
def test_a_step_that_nobody_notices_is_at_most_explained(step: Step) -> None:
    for seen in previews_of(step):
        found = findings(seen)
        assert [each.verdict for each in found] == (["harmless"] if step.operation in ("replace", "delete") else [])
        assert "hunter2" not in report(seen, found)


@pytest.mark.parametrize(("kept", "verdict", "what"), [(False, "stopped", "every backup"), (True, "expected", "stays")])
def test_a_bucket_of_backups_that_would_go_is_stopped_unless_it_outlives_its_stack(
    kept: bool, verdict: str, what: str
) -> None:
    urn = "urn:pulumi:prod::milvus-on-aws::milvus-on-aws:backup:Backup$aws:s3/bucket:Bucket::backup-bucket"
    state: dict[str, Any] = {"urn": urn, "custom": True, "type": "aws:s3/bucket:Bucket", "inputs": {}}
    (found,) = findings(parse({"steps": [{"op": "delete", "urn": urn, "oldState": {**state, "retainOnDelete": kept}}]}))
    assert (found.verdict, what in found.what) == (verdict, True)


def test_what_nobody_has_looked_at_is_said_so() -> None:
    urn = "urn:pulumi:prod::milvus-on-aws::aws:rds/instance:Instance::db"
    state: dict[str, Any] = {"urn": urn, "custom": True, "type": "aws:rds/instance:Instance", "inputs": {}}
    found = findings(parse({"steps": [{"op": "delete", "urn": urn, "oldState": state}]}))
    assert [(each.verdict, each.what.split(":")[0]) for each in found] == [
        ("expected", "nobody has looked yet at what this type holds")
    ]


def test_a_protection_that_is_taken_off_is_said() -> None:
    urn = "urn:pulumi:prod::milvus-on-aws::aws:s3/bucket:Bucket::bucket"
    state: dict[str, Any] = {"urn": urn, "custom": True, "type": "aws:s3/bucket:Bucket", "inputs": {}}
    step: dict[str, Any] = {"op": "same", "urn": urn, "oldState": {**state, "protect": True}, "newState": state}
    found = findings(parse({"steps": [step]}))
    assert [(each.verdict, each.what) for each in found] == [
        ("expected", "is no longer protected: the next change may delete it")
    ]


def test_the_last_step_of_a_rotation_drops_the_other_user() -> None:
    steps = [Step("secret:Secret", "delete", name="kafka-a"), Step("RandomPassword", "delete", name="kafka-a")]
    seen = [preview_of(step) for step in steps]
    both = dataclasses.replace(seen[0], changes=[change for each in seen for change in each.changes])
    assert [(each.verdict, each.what) for each in findings(both)] == [("expected", "its user can no longer log in")] * 2
    login = preview_of(Step("core/v1:Secret", "replace", "stringData", {}, "milvus-kafka", "update-replace"))
    with_login = dataclasses.replace(both, changes=[*both.changes, *login.changes])
    assert {name for name, _ in stopped(findings(with_login))} == {"kafka-a"}


def written(tmp_path: Path, *steps: Mapping[str, Any], **more: Any) -> Path:
    file = tmp_path / "preview.json"
    file.write_text(json.dumps({"steps": steps, **more}))
    return file


BUCKET = "urn:pulumi:prod::milvus-on-aws::aws:s3/bucket:Bucket::bucket-bucket"
DELETED: dict[str, Any] = {
    "op": "delete",
    "urn": BUCKET,
    "oldState": {"urn": BUCKET, "custom": True, "type": "aws:s3/bucket:Bucket", "inputs": {}},
}


@pytest.mark.parametrize(("allowed", "code"), [([], 1), (["bucket-bucket"], 0), ([BUCKET], 0), (["bucket"], 1)])
def test_only_what_is_allowed_by_its_name_passes(tmp_path: Path, allowed: list[str], code: int) -> None:
    assert guard.guard(written(tmp_path, DELETED), allowed) == code


def test_a_preview_that_failed_does_not_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = {"severity": "error", "message": "error: preview failed\n"}
    assert guard.guard(written(tmp_path, diagnostics=[error])) == 1
    assert "the preview itself failed, so this may not be all:\n  error: preview failed" in capsys.readouterr().out


def test_something_else_than_a_preview_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"version": 3}')
    with pytest.raises(StackError, match=r"make -s pulumi STACK=dev ARGS='preview --json' > x\.json"):
        read_preview(tmp_path / "x.json")


def test_the_report_names_resource_cause_loss_and_way_out() -> None:
    seen = preview_of(Step(RELEASE, "update", "values/externalS3/rootPath", "other", MILVUS))
    assert report(seen, findings(seen)).splitlines()[:4] == [
        "1 stopped unless allowed by name:",
        "  Milvus starts empty under the new one; its garbage collector may delete what it no longer knows"
        " (milvus#45267)",
        "  instead: undo the change (milvus.prefix keeps an old name); to move the data: deploy a second stack with the"
        " new setting, copy the data (`make copy FROM=... TO=...`), move the clients, destroy the first"
        " (docs/backup.md#move-to-a-second-stack)",
        "    milvus-release (kubernetes:helm.sh/v3:Release), update by"
        " values.externalS3.rootPath: milvus-prod -> other",
    ]


def test_a_kafka_that_is_only_made_now_is_another_one_though_its_addresses_are_not_known() -> None:
    seen = preview_of(Step(RELEASE, "update", "values", UNKNOWN, MILVUS))
    (release,) = seen.changes
    made = dataclasses.replace(
        release, operation="create", type="aws:msk/cluster:Cluster", urn="a::kafka-cluster", old={}
    )
    assert not [each for each in findings(seen) if "what is in the old queue" in each.what]
    (found,) = [
        each
        for each in findings(dataclasses.replace(seen, changes=[release, made]))
        if "what is in the old queue" in each.what
    ]
    assert found.verdict == "stopped"
    assert found.causes == ("message queue: externalKafka -> a Kafka that this change makes",)


def test_a_standalone_pod_that_becomes_a_cluster_keeps_its_queue() -> None:
    seen, other, none = (
        preview_of(Step(RELEASE, "update", path, value, MILVUS))
        for path, value in (
            ("values/standalone/messageQueue", "kafka"),
            ("values/standalone/messageQueue", "woodpecker"),
            ("values/standalone", None),
        )
    )
    (before,) = seen.changes

    def stops(after: Preview) -> list[bool]:
        change = dataclasses.replace(after.changes[0], old=before.new)
        found = findings(dataclasses.replace(seen, changes=[change]))
        return ["what is in the old queue" in each.what for each in found if each.verdict == "stopped"]

    assert stops(none) == []
    assert stops(other) == [True]


def test_a_bucket_that_is_only_made_now_is_another_one_though_its_name_is_not_known() -> None:
    seen = preview_of(Step(RELEASE, "update", "values", UNKNOWN, MILVUS))
    (release,) = seen.changes
    bucket: dict[str, Any] = {"operation": "create", "type": "aws:s3/bucket:Bucket", "old": {}}
    made = dataclasses.replace(release, **bucket, urn="milvus-on-aws:bucket:Bucket$aws:s3/bucket:Bucket::bucket-bucket")
    backups = dataclasses.replace(release, **bucket, urn="milvus-on-aws:backup:Backup$aws:s3/bucket:Bucket::backup")

    def told(*changes: Any) -> list[str]:
        found = findings(dataclasses.replace(seen, changes=[release, *changes]))
        return [cause for each in found for cause in each.causes if "that this change makes" in cause]

    assert [cause.partition(":")[0] for cause in told(made)] == ["bucket"]
    assert told(backups) == []
