"""Backups have a bucket that is closed, encrypted and kept, roles of their own, and CronJobs that run as they must.

Expected values are from docs.aws.amazon.com/AmazonS3/latest/userguide (object-lock.html, replication.html),
kubernetes.io, and milvus-backup's internal/cfg/v2, not from the component.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from planning.versions import KUBERNETES_VERSIONS
from tests.components.mounted import mount
from tests.components.recording import Recording, Resource
from tests.deployments import Sections, deployed

S3 = "aws:s3/bucket"
BUCKET, KEY, CRON = f"{S3}:Bucket", "aws:kms/key:Key", "kubernetes:batch/v1:CronJob"
ON: Sections = {"backup": {"enabled": True}}
EVERYTHING: Sections = {
    "stack": "prod",
    "backup": {"replicateTo": "us-west-2", "objectLockDays": 3, "schedule": "30 */12 * * *", "keepDays": 5},
    "bucket": {"customerKey": True},
}


def settings_of(recording: Recording, bucket: str) -> dict[str, Resource]:
    """Everything that is said about a bucket, by kind."""
    return {
        each.type.split(":")[-1]: each
        for each in recording.resources
        if each.type.startswith(S3) and each.inputs.get("bucket") in (f"{bucket}-id", f"{bucket}-1234567")
    }


@pytest.mark.parametrize(
    ("bucket", "key"), [("backup-bucket", "backup-key"), ("backup-copy-bucket", "backup-copy-key")]
)
def test_each_bucket_is_closed_versioned_and_encrypted_with_a_key_of_its_own(bucket: str, key: str) -> None:
    said = settings_of(deployed(EVERYTHING), bucket)
    block = said["BucketPublicAccessBlock"].inputs
    assert all(block[flag] is True for flag in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls"))
    assert block["restrictPublicBuckets"] is True
    assert said["BucketOwnershipControls"].inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    (statement,) = json.loads(said["BucketPolicy"].inputs["policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert said["BucketVersioning"].inputs["versioningConfiguration"] == {"status": "Enabled"}
    (rule,) = said["BucketServerSideEncryptionConfiguration"].inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": f"arn:{key}"}
    (mode,) = [said["BucketObjectLockConfiguration"].inputs["rule"]["defaultRetention"]]
    assert mode == {"mode": "GOVERNANCE", "days": 3}
    rules = said["BucketLifecycleConfiguration"].inputs["rules"]
    assert [each for each in rules if "days" in each.get("expiration", {})] == []
    assert [each["noncurrentVersionExpiration"] for each in rules if "noncurrentVersionExpiration" in each] == [
        {"noncurrentDays": 7}
    ]


def test_production_keeps_buckets_keys_and_what_protects_them_when_it_is_destroyed() -> None:
    recording = deployed(EVERYTHING)
    kept = {each.name for each in recording.resources if each.retain_on_delete and each.name.startswith("backup")}
    names = ("bucket", "key", "versions", "lifecycle", "encryption", "public-access", "ownership", "policy", "lock")
    assert kept == {f"{prefix}-{name}" for prefix in ("backup", "backup-copy") for name in names}
    for bucket in ("backup-bucket", "backup-copy-bucket"):
        assert recording.one(BUCKET, bucket).inputs["forceDestroy"] is False
    assert {each.name for each in recording.resources if each.protect and each.name.startswith("backup")} == {
        *("backup-bucket", "backup-key", "backup-copy-bucket", "backup-copy-key")
    }


def test_development_makes_no_backups_unless_asked_and_leaves_nothing() -> None:
    assert [each for each in deployed().resources if each.name.startswith("backup")] == []
    asked = deployed(ON)
    made = [each for each in asked.resources if each.name.startswith("backup")]
    assert [each.name for each in made if each.retain_on_delete or each.protect] == []
    assert asked.one(BUCKET, "backup-bucket").inputs["forceDestroy"] is True


def test_object_lock_comes_onto_a_bucket_that_keeps_versions_and_never_replaces_it() -> None:
    recording = deployed(EVERYTHING)
    for name in ("backup", "backup-copy"):
        lock = recording.one(f"{S3}ObjectLockConfiguration:BucketObjectLockConfiguration", f"{name}-lock")
        assert recording.depends(lock, recording.one(f"{S3}Versioning:BucketVersioning", f"{name}-versions"))
        assert "objectLockEnabled" not in recording.one(BUCKET, f"{name}-bucket").inputs
    assert "BucketObjectLockConfiguration" not in settings_of(deployed(ON), "backup-bucket")


def test_every_backup_is_copied_into_the_other_region_with_its_deletion() -> None:
    recording = deployed(EVERYTHING)
    copies = [each for each in recording.resources if each.name.startswith("backup-copy-")]
    assert {each.inputs.get("region") for each in copies} == {"us-west-2"}
    copy = recording.one(f"{S3}ReplicationConfig:BucketReplicationConfig")
    (rule,) = copy.inputs["rules"]
    assert rule["status"] == rule["deleteMarkerReplication"]["status"] == "Enabled"
    assert rule["sourceSelectionCriteria"] == {"sseKmsEncryptedObjects": {"status": "Enabled"}}
    assert rule["destination"] == {
        "bucket": "arn:backup-copy-bucket",
        "encryptionConfiguration": {"replicaKmsKeyId": "arn:backup-copy-key"},
    }
    for needed in ("backup-versions", "backup-copy-versions", "backup-copy-lock", "backup-copy-public-access"):
        (found,) = (each for each in recording.resources if each.name == needed)
        assert recording.depends(copy, found), needed
    policy = next(each for each in recording.all("aws:iam/rolePolicy:RolePolicy") if each.name == "backup-copy")
    assert recording.depends(copy, policy)
    assert deployed(ON).all(copy.type) == []


def test_two_service_accounts_take_two_roles_and_pods_get_no_token_of_kubernetes() -> None:
    recording = deployed(ON)
    accounts = {
        each.inputs["metadata"]["name"]: each.inputs for each in recording.all("kubernetes:core/v1:ServiceAccount")
    }
    assert {name: each["metadata"]["annotations"]["eks.amazonaws.com/role-arn"] for name, each in accounts.items()} == {
        "milvus-backup": "arn:backup-milvus-backup-role",
        "milvus-restore": "arn:backup-milvus-restore-role",
    }
    used = {job.name: pod(job)["serviceAccountName"] for job in recording.all(CRON)}
    assert used == {
        "backup": "milvus-backup",
        "backup-etcd": "milvus-backup",
        "backup-watch": "milvus-backup",
        "backup-prune": "milvus-restore",
    }
    assert all(pod(job)["automountServiceAccountToken"] is False for job in recording.all(CRON))


def pod(job: Resource) -> dict[str, Any]:
    return job.inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def test_milvus_backup_is_told_all_by_the_second_version_of_its_configuration() -> None:
    recording = deployed(EVERYTHING)
    (config,) = (each for each in recording.all("kubernetes:core/v1:ConfigMap") if each.name == "backup-config")
    assert json.loads(config.inputs["data"]["backup.yaml"]) == {
        "configVersion": "v2",
        "log": {"file": {"path": "/scratch/backup.log"}},
        "milvus": {
            "user": "root",
            "grpc": {"address": "milvus", "port": 19530},
            "management": {"endpoint": "http://milvus:9091"},
            "storage": {
                "provider": "aws",
                "address": "s3.us-east-1.amazonaws.com",
                "port": 443,
                "region": "us-east-1",
                "useSSL": True,
                "bucketName": "bucket-bucket-1234567",
                "rootPath": "milvus-prod",
                "auth": {"type": "iam"},
            },
        },
        "backup": {"storage": {"bucketName": "backup-bucket-1234567", "rootPath": "backup"}, "pauseGC": True},
    }
    job = recording.one(CRON, "backup")
    measure, container = pod(job)["initContainers"]
    (seal,) = pod(job)["containers"]
    assert [each["command"][3:] for each in (measure, seal)] == [
        ["components.backup.night_script", "measure", "/scratch"],
        ["components.backup.night_script", "seal", "/scratch"],
    ]
    assert container["command"] == ["/app/milvus-backup", "create", "--rbac", "--config", "/config/backup.yaml"]
    assert container["image"] == "milvusdb/milvus-backup:v0.6.0"
    (password,) = (each for each in container["env"] if each["name"] == "MILVUS_PASSWORD")
    assert password["valueFrom"]["secretKeyRef"]["key"] == "password"
    assert pod(job)["enableServiceLinks"] is False
    assert job.inputs["spec"]["schedule"] == "30 */12 * * *"
    assert job.inputs["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 12 * 3600


def test_no_run_overlaps_the_one_before_and_a_long_pause_stops_none_for_ever() -> None:
    for job in deployed(ON).all(CRON):
        spec = job.inputs["spec"]
        assert (spec["concurrencyPolicy"], spec["timeZone"]) == ("Forbid", "Etc/UTC")
        assert spec["startingDeadlineSeconds"] == 3600
        assert 0 < spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] <= 12 * 3600


def test_pods_meet_the_level_restricted() -> None:
    """kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    for job in deployed(ON).all(CRON):
        assert pod(job)["securityContext"]["runAsNonRoot"] is True
        assert pod(job)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in [*pod(job)["containers"], *pod(job).get("initContainers", [])]:
            context = container["securityContext"]
            assert (context["allowPrivilegeEscalation"], context["readOnlyRootFilesystem"]) == (False, True)
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
            assert "memory" in container["resources"]["limits"]


def test_the_first_run_waits_until_milvus_answers_and_its_policies_let_it_in() -> None:
    recording = deployed(ON)
    probe = recording.one("kubernetes:batch/v1:Job")
    for job in recording.all(CRON):
        assert recording.depends(job, probe)
        for policy in ("backup-milvus", "backup-etcd"):
            assert recording.depends(job, recording.one("kubernetes:networking.k8s.io/v1:NetworkPolicy", policy))


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_every_object_is_valid(version: str) -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")
    made = [each for each in deployed(EVERYTHING).resources if each.name.startswith("backup")]
    objects = [each.inputs for each in made if each.type.startswith("kubernetes:")]
    assert {each["kind"] for each in objects} == {"ConfigMap", "CronJob", "NetworkPolicy", "ServiceAccount"}
    for each in objects:
        validate.validate(each, version, strict=True)


def test_the_containers_that_read_milvus_run_as_in_the_pod_by_the_standard_library_alone(tmp_path: Path) -> None:
    recording = deployed(ON)
    spec = pod(recording.one(CRON, "backup"))
    (_, program, _) = spec["volumes"]
    texts = recording.one("kubernetes:core/v1:ConfigMap", "backup-program").inputs["data"]
    mount(texts, program["configMap"], tmp_path)
    measure, seal = spec["initContainers"][0], spec["containers"][0]
    told = {each["name"]: each.get("value", "x") for each in seal["env"]}
    assert told["MILVUS_URL"] == "http://milvus:19530"
    for container, code in ((measure, 0), (seal, 1)):
        python, *arguments = container["command"]
        assert python == "python"
        command = [sys.executable, "-S", "-E", *arguments[:-1], str(tmp_path)]
        answer = subprocess.run(command, cwd=tmp_path, env=told, capture_output=True, text=True)
        # No backup is left out because it can't be proven, but whoever looks at its Job sees it.
        assert (answer.returncode, answer.stdout) == (code, "")
        assert answer.stderr.startswith("this backup will have no manifest, so that no restore of it can be proven: ")
