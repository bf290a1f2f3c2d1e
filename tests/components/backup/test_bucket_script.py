"""What looks after the backup bucket: by an S3, IAM, STS and CloudWatch that enforce the pod's own roles (moto)."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from moto.server import ThreadedMotoServer  # pyright: ignore[reportMissingTypeStubs] - has none

from components.backup.bucket_script import Backup, backups, delete, judged, measured, prune, upload, watch
from components.backup.policies import backup_policy, restore_policy
from components.pods import aws_script
from components.pods.aws_script import Aws, AwsError, Object
from planning.signals.backup import METRICS, SIGNALS
from tests.components.mounted import mount
from tests.deployments import deployed
from tests.iam.untyped import boto3, moto_core

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BUCKET, DATA, STACK, NAMESPACE = "backups", "data", "milvus-on-aws-prod", "milvus-on-aws"
VERIFIED = b'{"at": "2026-11-26T11:00:00+00:00", "collections": ["default.x"]}'
"""As it was written before it said which other collections there are."""
GOOD, FAILED = b'{"state_code": 2, "name": "b"}', b'{"state_code": 3}'


def backup(name: str, days_old: float, *, complete: bool = True, proven: str = "", of: str = "") -> Backup:
    """Collections have names of one letter."""
    return Backup(name, 10, NOW - timedelta(days=days_old), complete, frozenset(proven), frozenset(proven + of))


def deleted(*found: Backup, keep_days: int = 7) -> list[str]:
    return [each.backup.name for each in judged(found, NOW, keep_days) if each.deleted]


def test_old_backups_go_once_a_newer_one_is_verified() -> None:
    assert deleted(backup("a", 20), backup("b", 9), backup("c", 1, proven="x")) == ["a", "b"]


def test_old_backups_stay_until_newer_ones_are_proven_to_hold_each_collection() -> None:
    old, middle, new = backup("a", 20), backup("b", 9, proven="x", of="y"), backup("c", 1, proven="x", of="y")
    assert deleted(old, middle, new) == []
    assert [each.why for each in judged([old, middle, new], NOW, 7)][:2] == [
        "nobody has proven y: `make drill` does",
        "nobody has proven y: `make drill` does",
    ]
    assert deleted(old, backup("b", 9, proven="y", of="x"), new) == ["a"]
    assert deleted(old, middle, backup("c", 1, proven="xy")) == ["a", "b"]


def test_a_collection_that_is_gone_keeps_no_backup() -> None:
    assert deleted(backup("a", 20, proven="gone"), backup("b", 1, proven="x")) == ["a"]


def test_the_age_of_what_is_proven_is_that_of_the_collection_that_was_proven_longest_ago() -> None:
    def days(*found: Backup) -> float:
        return measured(found, [], [], NOW)["VerifiedBackupAge"][0] / 86400

    assert days(backup("a", 5, proven="x"), backup("b", 1, proven="x")) == 1
    assert days(backup("a", 5, proven="y", of="x"), backup("b", 1, proven="x", of="y")) == 5
    # A collection that nobody has proven yet is as old as the first backup that is known to hold it.
    assert days(backup("a", 5, proven="x"), backup("b", 3, proven="x", of="y"), backup("c", 1, proven="x", of="y")) == 3


def test_the_last_good_one_stays_however_old_it_is() -> None:
    assert deleted(backup("a", 90), backup("good", 80, proven="x"), backup("b", 9), backup("c", 1)) == ["a"]


def test_nothing_goes_while_nothing_is_verified() -> None:
    found = [backup("a", 400), backup("b", 1)]
    assert deleted(*found) == []
    assert [each.why for each in judged(found, NOW, 7)] == [
        "nobody has proven any backup: `make drill` does",
        "1.0 days old, and 7 days are kept",
    ]


def test_a_broken_backup_goes_with_the_old_ones_and_proves_nothing() -> None:
    broken = backup("broken", 9, complete=False)
    assert deleted(broken, backup("good", 1, proven="x")) == ["broken"]
    assert deleted(backup("a", 20), broken) == []


class Interrupted(Aws):
    """Deletes the first few objects, and fails."""

    def __init__(self, objects: list[Object]) -> None:
        self.objects = objects

    def listed(self, bucket: str, prefix: str = "", *, first: bool = False) -> Iterator[Object]:
        return (each for each in list(self.objects) if each.key.startswith(prefix))

    def delete(self, bucket: str, keys: Iterable[str]) -> None:
        gone = list(keys)
        if not self.objects or len(gone) != 2:
            raise AwsError("interrupted")
        self.objects = [each for each in self.objects if each.key not in gone]


def test_what_is_left_of_an_interrupted_deletion_is_no_backup() -> None:
    names = ("binlogs/1", "binlogs/2", "binlogs/3", "manifest.json", "meta/backup_meta.json", "verified.json")
    aws = Interrupted([Object(f"backup/b/{name}", 1, NOW) for name in names])
    with pytest.raises(AwsError, match="interrupted"):
        delete(aws, BUCKET, "b")
    (left,) = backups(aws.objects, lambda _: GOOD)
    assert (left.complete, left.proven, left.bytes) == (False, frozenset(), 4)


def test_it_runs_as_in_the_pod_by_the_standard_library_alone(tmp_path: Path) -> None:
    jobs = deployed({"backup": {"enabled": True}})
    spec = jobs.one("kubernetes:batch/v1:CronJob", "backup-watch").inputs["spec"]["jobTemplate"]["spec"]
    (container,), (program, _) = (spec["template"]["spec"][part] for part in ("containers", "volumes"))
    texts = jobs.one("kubernetes:core/v1:ConfigMap", "backup-program").inputs["data"]
    mount(texts, program["configMap"], tmp_path)
    assert container["volumeMounts"][0] == {"name": "program", "mountPath": container["workingDir"], "readOnly": True}
    python, *arguments = container["command"]
    assert (python, arguments) == ("python", ["-B", "-m", "components.backup.bucket_script", "watch"])
    command = [sys.executable, "-S", "-E", *arguments]
    told = {"AWS_REGION": "us-east-1", "DNS_SUFFIX": "amazonaws.com", "BACKUP_BUCKET": "b", "DATA_BUCKET": "d"}
    told |= {"METRICS_NAMESPACE": "n", "STACK": "s"}
    assert told.keys() == {each["name"] for each in container["env"]} - {"KEEP_DAYS"}
    role = "'AWS_ROLE_ARN' is not set: has the pod's service account a role?\n"
    for environment, said in (({}, "'AWS_REGION' is not set\n"), (told, role)):
        answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert (answer.returncode, answer.stderr) == (1, said)


@pytest.mark.parametrize("meta", [FAILED, b"", b"[]", b'{"state_code": 1}', b"{"])
def test_a_backup_without_the_state_success_is_not_complete(meta: bytes) -> None:
    keys = ("backup/b/meta/backup_meta.json", "backup/b/verified.json")
    (found,) = backups([Object(key, 1, NOW) for key in keys], lambda _: meta)
    assert (found.complete, found.proven) == (False, frozenset())


def test_the_age_is_that_of_the_backup_and_not_of_its_verification() -> None:
    meta = Object("backup/b/meta/backup_meta.json", 1, NOW - timedelta(days=3))
    marks = {meta.key: GOOD, "backup/b/verified.json": VERIFIED}
    found = backups([meta, Object("backup/b/verified.json", 1, NOW)], marks.__getitem__)
    metrics = measured(found, [], [], NOW)
    assert metrics["CompleteBackupAge"] == metrics["VerifiedBackupAge"] == (3 * 86400, "Seconds")


def test_without_any_backup_the_data_are_as_old_as_they_are_unprotected() -> None:
    data = [Object("files/1", 1, NOW - timedelta(hours=30)), Object("files/2", 1, NOW)]
    metrics = measured([backup("broken", 1, complete=False)], [], data, NOW)
    assert {name: value for name, (value, _) in metrics.items()} == {
        "CompleteBackupAge": 30 * 3600,
        "VerifiedBackupAge": 30 * 3600,
        "VerifiedBackupSize": 0,
        "EtcdSnapshotAge": 30 * 3600,
    }
    assert all(value == 0 for value, _ in measured([], [], [], NOW).values())


def test_the_metrics_are_those_that_are_watched_and_priced() -> None:
    assert tuple(measured([], [], [], NOW)) == METRICS
    assert {each.namespace for each in SIGNALS} == {NAMESPACE}


class Cloud(NamedTuple):
    s3: Any
    cloudwatch: Any
    by: Callable[[str], Aws]
    """AWS as a pod sees it that takes a role by its service account's token."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        at = {"region_name": "us-east-1", "endpoint_url": f"http://127.0.0.1:{port}"}
        s3, iam, cloudwatch = (boto3.client(service, **at) for service in ("s3", "iam", "cloudwatch"))
        for bucket in (BUCKET, DATA):
            s3.create_bucket(Bucket=bucket)
        arns: dict[str, Any] = {"data": f"arn:aws:s3:::{DATA}", "data_key": None, "backups": f"arn:aws:s3:::{BUCKET}"}
        roles: dict[str, str] = {}
        for name, policy in (("backup", backup_policy), ("restore", restore_policy)):
            roles[name] = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
            text = policy(**arns, backup_key="arn:aws:kms:us-east-1:123456789012:key/k", region="us-east-1")
            # moto takes the name by which requests are signed for the prefix of IAM's actions, and asks at the bucket
            # for the right to delete several objects, AWS at each object (API_DeleteObjects.html).
            text = text.replace("cloudwatch:PutMetricData", "monitoring:PutMetricData")
            text = text.replace(f'"arn:aws:s3:::{BUCKET}/*"', f'["arn:aws:s3:::{BUCKET}", "arn:aws:s3:::{BUCKET}/*"]')
            iam.put_role_policy(RoleName=name, PolicyName="buckets", PolicyDocument=text)
        token = tmp_path_factory.mktemp("token") / "token"
        token.write_text("eyJhbGciOiJSUzI1NiJ9.e30.c2ln")
        patch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))

        def by(role: str) -> Aws:
            patch.setenv("AWS_ROLE_ARN", roles[role])
            here = partial(http.client.HTTPConnection, host, port, timeout=30)
            return Aws("us-east-1", "amazonaws.com", session=role, seconds=30, connect=lambda _: here())

        yield Cloud(s3, cloudwatch, by)
    server.stop()


def enforced(call: Callable[[], object]) -> None:
    moto_core.set_initial_no_auth_action_count(1)(call)()  # STS is asked first, without credentials


def put(cloud: Cloud, key: str, content: bytes = b"x" * 7) -> None:
    cloud.s3.put_object(Bucket=BUCKET, Key=key, Body=content)


def keys(cloud: Cloud) -> list[str]:
    return [each["Key"] for each in cloud.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_a_pod_uploads_measures_and_prunes_with_the_rights_of_its_role_alone(
    cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = tmp_path / "etcd.db"
    snapshot.write_bytes(b"snapshot " * 1000)
    os.utime(snapshot, (1_795_690_000, 1_795_690_000))
    enforced(lambda: upload(cloud.by("backup"), BUCKET, snapshot))
    assert keys(cloud) == ["etcd/2026-11-26T10-46-40Z.db"]
    body = cloud.s3.get_object(Bucket=BUCKET, Key="etcd/2026-11-26T10-46-40Z.db")["Body"].read()
    assert body == snapshot.read_bytes()

    cloud.s3.put_object(Bucket=DATA, Key="files/1", Body=b"x")
    for name, verified in (("old", False), ("good", True)):
        time.sleep(1.1)  # S3 tells when an object was written in whole seconds
        put(cloud, f"backup/{name}/binlogs/insert_log/1 2+3/é")
        put(cloud, f"backup/{name}/meta/backup_meta.json", GOOD)
        if verified:
            put(cloud, f"backup/{name}/verified.json", VERIFIED)
    enforced(lambda: watch(cloud.by("backup"), BUCKET, DATA, NAMESPACE, STACK))
    dimensions = [{"Name": "Stack", "Value": STACK}]
    published = cloud.cloudwatch.list_metrics(Namespace=NAMESPACE, Dimensions=dimensions)["Metrics"]
    assert sorted(each["MetricName"] for each in published) == sorted(METRICS)
    size = 7 + len(GOOD) + len(VERIFIED)
    assert f'"VerifiedBackupSize": {size}' in capsys.readouterr().out

    enforced(lambda: prune(cloud.by("restore"), BUCKET, -1))  # everything is old
    assert keys(cloud) == [
        "backup/good/binlogs/insert_log/1 2+3/é",
        "backup/good/meta/backup_meta.json",
        "backup/good/verified.json",
        "etcd/2026-11-26T10-46-40Z.db",
    ]
    said = capsys.readouterr().out
    assert "deleted old: " in said
    assert "kept good: the last that proves a collection" in said


def test_a_refusal_is_told_in_awss_own_words(cloud: Cloud) -> None:
    put(cloud, "backup/kept/binlogs/1")
    with pytest.raises(AwsError, match="AccessDenied"):
        enforced(lambda: cloud.by("backup").delete(BUCKET, ["backup/kept/binlogs/1"]))
    with pytest.raises(AwsError, match="NoSuchBucket"):
        list(cloud.by("backup").listed("nobodys"))
    assert "backup/kept/binlogs/1" in keys(cloud)


def test_more_objects_than_a_call_may_name_are_listed_and_deleted(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws_script, "AT_ONCE", 3)
    for number in range(8):
        put(cloud, f"many/{number}", b"")
    aws = cloud.by("restore")
    found = [each.key for each in aws.listed(BUCKET, "many/")]
    assert found == [f"many/{number}" for number in range(8)]
    assert len(list(aws.listed(BUCKET, "many/", first=True))) == 3
    aws.delete(BUCKET, found)
    assert list(aws.listed(BUCKET, "many/")) == []
